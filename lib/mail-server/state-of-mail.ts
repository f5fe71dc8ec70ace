import type { CredentialHealth, DeliveryHealth } from './ports'

/** The state of mail in one word, on every page. `failover`: the failover server delivers, as the mail server itself cannot. */
export const MAIL_STATES = ['off', 'failing', 'failover', 'not-yet-proven', 'expiring', 'delivering'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** Of several mail servers that are in use; none: off. */
export const worstState = (states: readonly MailState[]): MailState =>
  MAIL_STATES.find((state) => states.includes(state)) ?? 'off'

const DAY_MS = 24 * 60 * 60 * 1000

/** The first word that holds, most urgent first. */
export function stateOfMail(facts: {
  /** Null: no mail server is configured. */
  latestRun: { outcome: 'accepted' | 'ready' | 'failed'; startedAt: Date } | null
  /** Settings or secret cannot be read: mail cannot leave, whatever the last test said. */
  unreadable: boolean
  delivery: DeliveryHealth
  configured: boolean
  proven: boolean
  secretExpiresAt: Date | null
  /** What fresh tokens told: evidence beats dates. */
  credential: CredentialHealth
  now: Date
}): MailState {
  const { refused, onFallback, expiringWithinDays } = facts.credential
  if (!facts.configured) return 'off'
  if (facts.delivery.pausedBy === 'person') return 'off'
  if (facts.delivery.failover !== null) return 'failover'
  if (facts.unreadable || facts.delivery.pausedBy === 'diagnosis' || latestFailed(facts)) return 'failing'
  if (refused && !onFallback) return 'failing'
  if (!facts.proven) return 'not-yet-proven'
  if (refused) return 'expiring'
  const leftMs = facts.secretExpiresAt && facts.secretExpiresAt.getTime() - facts.now.getTime()
  if (leftMs !== null && leftMs <= expiringWithinDays * DAY_MS) return 'expiring'
  return 'delivering'
}

/** Whichever was last, a test or an attempt of the outbox, knows best. */
function latestFailed({
  latestRun,
  delivery: { latestAttempt },
}: {
  latestRun: { outcome: 'accepted' | 'ready' | 'failed'; startedAt: Date } | null
  delivery: DeliveryHealth
}): boolean {
  const attemptIsLater = latestAttempt !== null && (latestRun === null || latestAttempt.at > latestRun.startedAt)
  return attemptIsLater ? latestAttempt.failed : latestRun?.outcome === 'failed'
}
