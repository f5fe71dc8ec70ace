import { createHmac } from 'node:crypto'
import type { Locale } from '../i18n/locale'
import type { Redacted } from '../kernel'
import templates from '../kernel/generated/examples.json'
import type { WebhookMessage } from '../webhooks/client'
import { linksOf, type Notice } from './notice'

/**
 * A notice for a program (docs/reminders.md). The signature covers the time of this attempt and the body, so that a receiver can
 * refuse what is older than five minutes and recognise a second copy by the delivery id. While a key is being replaced, the message
 * carries a signature by each of the two keys.
 */
export function noticeWebhook(
  { deliveryId, at, event }: Notice,
  { baseUrl, ...to }: { url: Redacted; keys: readonly Redacted[]; baseUrl: URL; now: Date },
): WebhookMessage {
  return signedWebhook({
    ...to,
    deliveryId,
    body: JSON.stringify({ ...event(baseUrl), deliveryId, at: at.toISOString() }),
  })
}

/** How a receiver verifies a notice, to be copied. A test runs exactly this text against what is sent. */
export const VERIFY_SAMPLE = templates['verify-signature.mjs']

/** A POST whose receiver can verify that it is ours. */
export function signedWebhook(post: {
  url: Redacted
  keys: readonly Redacted[]
  now: Date
  deliveryId: string
  body: string
}): WebhookMessage {
  const { url, keys, now, deliveryId, body } = post
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signatures = keys.map(
    (key) => `v1=${createHmac('sha256', key.reveal()).update(`${timestamp}.${body}`).digest('hex')}`,
  )
  return {
    url,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'postroom-delivery': deliveryId,
      'postroom-timestamp': timestamp,
      'postroom-signature': signatures.join(','),
    },
    body,
  }
}

/**
 * Texts of a card are Markdown, so a name must not become a link or an image, nor a German date, such as "30. November", an item of a
 * list: Teams on Android shows the first item of every list as number 1.
 */
const plain = (text: string): string =>
  text.replace(/[\\`*_{}[\]()#+!|<>~]/g, (character) => `\\${character}`).replace(/^(\d+\.|-) /gm, '$1\u00a0')

/** An adaptive card for the Workflows webhook of Teams. Every client shows version 1.4. */
export function noticeCard(
  notice: Notice,
  { url, locale, baseUrl }: { url: Redacted; locale: Locale; baseUrl: URL },
): WebhookMessage {
  const text = notice.text(locale, baseUrl)
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
    actions: linksOf(text).map(({ open, url }) => ({ type: 'Action.OpenUrl', title: open, url })),
  }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }
  return {
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', 'postroom-delivery': notice.deliveryId },
    body: JSON.stringify({ type: 'message', attachments: [attachment] }),
  }
}
