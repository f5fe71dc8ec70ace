import { createHmac } from 'node:crypto'
import type { Locale } from '../../i18n/locale'
import type { Redacted } from '../../kernel'
import templates from '../../kernel/generated/examples.json'
import type { WebhookClient } from '../../webhooks/client'
import type { ExpiringView } from '../views'
import type { CredentialNotice, Notice } from './notice'
import { daysLeftAt, noticeUrl, occasionOf, reminderText } from './text'

const TYPE_OF = {
  ends: 'credential.expiring',
  ended: 'credential.expired',
  refused: 'credential.refused',
  test: 'test',
  digest: 'credentials.digest',
} as const

/**
 * A reminder for a program (docs/reminders.md). The signature covers the time of this attempt and the body, so that a receiver can
 * refuse what is older than five minutes and recognise a second copy by the delivery id. While a key is being replaced, the message
 * carries a signature by each of the two keys.
 */
export function reminderWebhook(
  notice: Notice,
  { url, keys, baseUrl, now }: { url: Redacted; keys: readonly Redacted[]; baseUrl: URL; now: Date },
): Parameters<WebhookClient['post']>[0] {
  const { deliveryId, at } = notice
  const event = notice.occasion === 'other' ? notice.event(baseUrl) : credentialEvent(notice, baseUrl)
  const body = JSON.stringify({ ...event, deliveryId, at: at.toISOString() })
  return signedWebhook({ url, keys, now, deliveryId, body })
}

/** How a receiver verifies a reminder, to be copied. A test runs exactly this text against what is sent. */
export const VERIFY_SAMPLE = templates['verify-signature.mjs']

/** A POST whose receiver can verify that it is ours. */
export function signedWebhook(post: {
  url: Redacted
  keys: readonly Redacted[]
  now: Date
  deliveryId: string
  body: string
}): Parameters<WebhookClient['post']>[0] {
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

/** The members of a reminder besides those that every notice has. */
function credentialEvent(notice: CredentialNotice, baseUrl: URL) {
  const { credential, thresholdDays, at, digest } = notice
  return {
    type: TYPE_OF[occasionOf(notice)],
    thresholdDays: thresholdOf(thresholdDays),
    credential: credential && credentialOf(credential, at),
    ...(digest && {
      reminders: digest.map((item) => ({
        type: TYPE_OF[occasionOf({ ...item, at })],
        thresholdDays: thresholdOf(item.thresholdDays),
        credential: credentialOf(item.credential, at),
      })),
    }),
    url: noticeUrl(notice, baseUrl),
  }
}

/** Null for a refusal. */
const thresholdOf = (days: number | null): number | null => (days !== null && days >= 0 ? days : null)

/** Each member is named, so that nothing else of a credential is sent. */
const credentialOf = (credential: ExpiringView, at: Date) => ({
  id: credential.id,
  kind: credential.kind,
  slot: credential.slot,
  state: credential.state,
  expiresAt: credential.expiresAt?.toISOString() ?? null,
  daysLeft: daysLeftAt(credential.expiresAt, at),
  keyId: credential.keyId,
  hint: credential.hint,
  note: credential.note,
  owners: credential.owners,
  refusedCode: credential.refusedCode,
  fallbackUntil: credential.carriedBy?.until.toISOString() ?? null,
  ...(credential.kind === 'api-key'
    ? { mailServer: null, client: { id: credential.client.id, name: credential.client.name } }
    : { mailServer: { name: credential.mailServer.name, senderAddress: credential.mailServer.senderAddress } }),
})

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
