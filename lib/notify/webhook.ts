import { createHmac } from 'node:crypto'
import type { Notice } from '../credentials/remind'
import type { Redacted } from '../kernel/redacted'
import type { WebhookClient } from '../net'
import { daysLeftAt, toldBy } from './reminder-text'

const TYPE_OF = {
  ends: 'credential.expiring',
  ended: 'credential.expired',
  refused: 'credential.refused',
  test: 'test',
} as const

/**
 * A reminder for a program (docs/reminders.md). The signature covers the time of this try and the body, so a receiver refuses what
 * is older than five minutes and knows a second copy by the delivery id. While a key is being changed over there is a signature by each.
 */
export function reminderWebhook(
  notice: Notice,
  { url, keys, baseUrl, now }: { url: Redacted; keys: readonly Redacted[]; baseUrl: URL; now: Date },
): Parameters<WebhookClient['post']>[0] {
  const { credential, deliveryId, thresholdDays } = notice
  const body = JSON.stringify({
    type: TYPE_OF[toldBy(notice)],
    deliveryId,
    at: notice.at.toISOString(),
    thresholdDays: thresholdDays !== null && thresholdDays >= 0 ? thresholdDays : null,
    credential: credential && {
      id: credential.id,
      kind: credential.kind,
      slot: credential.slot,
      state: credential.state,
      expiresAt: credential.expiresAt?.toISOString() ?? null,
      daysLeft: daysLeftAt(credential.expiresAt, notice.at),
      keyId: credential.keyId,
      hint: credential.hint,
      note: credential.note,
      refusedCode: credential.refusedCode,
      mailServer: { name: credential.mailServer.name, senderAddress: credential.mailServer.senderAddress },
    },
    url: new URL('/credentials', baseUrl).href,
  })
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
