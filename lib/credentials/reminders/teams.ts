import type { Locale } from '../../i18n/locale'
import type { Redacted } from '../../kernel/redacted'
import type { WebhookClient } from '../../webhooks/client'
import type { Notice } from './notice'
import { reminderText } from './text'

/** Text blocks of a card are Markdown, so a name must not become a link or an image. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~]/g, (character) => `\\${character}`)

/** An adaptive card for the Workflows webhook of Teams. Every client shows version 1.4. */
export function reminderCard(
  notice: Notice,
  { url, locale, baseUrl }: { url: Redacted; locale: Locale; baseUrl: URL },
): Parameters<WebhookClient['post']>[0] {
  const text = reminderText(notice, { locale, baseUrl })
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: plain(text.title), weight: 'Bolder', size: 'Medium', wrap: true },
      { type: 'TextBlock', text: plain(text.intro), wrap: true },
      ...(text.rows.length > 0
        ? [
            {
              type: 'FactSet',
              facts: text.rows.map(([title, value]) => ({ title: plain(title), value: plain(value) })),
            },
          ]
        : []),
      ...(text.how ? [{ type: 'TextBlock', text: plain(text.how), wrap: true }] : []),
    ],
    actions: [{ type: 'Action.OpenUrl', title: text.open, url: text.url }],
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }
  return {
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', 'postroom-delivery': notice.deliveryId },
    body: JSON.stringify({ type: 'message', attachments: [attachment] }),
  }
}
