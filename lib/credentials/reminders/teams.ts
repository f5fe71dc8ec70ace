import type { Locale } from '../../i18n/locale'
import type { Redacted } from '../../kernel/redacted'
import type { WebhookClient } from '../../webhooks/client'
import type { Notice } from './send'
import { reminderText } from './text'

/** Text blocks of a card know Markdown: a name must not become a link or an image. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~]/g, (character) => `\\${character}`)

/** An adaptive card as the Workflows webhook of Teams takes it; version 1.4 is shown by every client. */
export function reminderCard(
  notice: Notice,
  { url, locale, baseUrl }: { url: Redacted; locale: Locale; baseUrl: URL },
): Parameters<WebhookClient['post']>[0] {
  const told = reminderText(notice, { locale, baseUrl })
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: plain(told.title), weight: 'Bolder', size: 'Medium', wrap: true },
      { type: 'TextBlock', text: plain(told.intro), wrap: true },
      ...(told.rows.length > 0
        ? [
            {
              type: 'FactSet',
              facts: told.rows.map(([title, value]) => ({ title: plain(title), value: plain(value) })),
            },
          ]
        : []),
      ...(told.how ? [{ type: 'TextBlock', text: plain(told.how), wrap: true }] : []),
    ],
    actions: [{ type: 'Action.OpenUrl', title: told.open, url: told.url }],
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }
  return {
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', 'postroom-delivery': notice.deliveryId },
    body: JSON.stringify({ type: 'message', attachments: [attachment] }),
  }
}
