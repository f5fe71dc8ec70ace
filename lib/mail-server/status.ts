import { isCredentialRefusal } from '../credentials/propagation'
import { DAY_MS, type FailingCause } from '../kernel'
import type { CredentialHealth } from './store/credential-health'
import type { DeliveryHealth } from './store/pauses'
import type { LatestRun } from './store/test-runs'

/**
 * The state of a mail server, which every page shows; the most urgent first. `failover` means that its failover server delivers
 * because it cannot; `fallback` means that the previous credential is used because the current one is rejected.
 */
export const MAIL_STATES = ['off', 'failing', 'failover', 'fallback', 'unverified', 'expiring', 'delivering'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** The most urgent state of several mail servers; `off` if there are none. */
export const worstState = (states: readonly MailState[]): MailState =>
  MAIL_STATES.find((state) => states.includes(state)) ?? 'off'

export interface StateFacts {
  /** Null if nothing was tested. */
  latestRun: LatestRun | null
  /** Whether settings or secret cannot be read. No message can be sent then, whatever the last test showed. */
  unreadable: boolean
  delivery: DeliveryHealth
  configured: boolean
  verified: boolean
  secretExpiresAt: Date | null
  /** What fresh tokens showed; it counts more than the expiry date. */
  credential: CredentialHealth
  now: Date
}

/** The most urgent state that applies. */
export function stateOfMail(facts: StateFacts): MailState {
  const { refused, expiringWithinDays } = facts.credential
  if (!facts.configured) return 'off'
  if (facts.delivery.pausedBy === 'person') return 'off'
  if (facts.delivery.failover !== null) return 'failover'
  if (causeOfFailing(facts) !== null) return 'failing'
  if (refused) return 'fallback'
  if (!facts.verified) return 'unverified'
  const leftMs = facts.secretExpiresAt && facts.secretExpiresAt.getTime() - facts.now.getTime()
  if (leftMs !== null && leftMs <= expiringWithinDays * DAY_MS) return 'expiring'
  return 'delivering'
}

/** Why the state is `failing`; null if it is another one. */
export const failingCause = (facts: StateFacts): FailingCause | null =>
  stateOfMail(facts) === 'failing' ? causeOfFailing(facts) : null

/** The first cause that applies. A rejected credential is a cause only if no previous one delivers in its place. */
function causeOfFailing(facts: StateFacts): FailingCause | null {
  const { refused, fallbackUntil } = facts.credential
  const isOnFallback = refused && fallbackUntil !== null
  if (facts.unreadable) return { kind: 'unreadable' }
  if (facts.delivery.pausedBy === 'diagnosis') return { kind: 'paused' }
  return latestFailure(facts, isOnFallback) ?? (refused && !isOnFallback ? { kind: 'credential-refused' } : null)
}

/**
 * The failure of the last test or delivery attempt, whichever was later; null if that one did not fail. A test uses only the current
 * credential, so one that failed because Entra rejects it says nothing about deliveries with the previous one.
 */
function latestFailure(
  { latestRun: run, delivery: { latestAttempt } }: { latestRun: LatestRun | null; delivery: DeliveryHealth },
  isOnFallback: boolean,
): FailingCause | null {
  const isExplained = isOnFallback && run?.diagnosisCode != null && isCredentialRefusal(run.diagnosisCode)
  const latestRun = isExplained ? null : run
  if (latestAttempt !== null && (latestRun === null || latestAttempt.at > latestRun.startedAt)) {
    const { failed, messageId: evidenceId, resumedAt } = latestAttempt
    return failed ? { kind: 'delivery', evidenceId, ...(resumedAt && { resumedAt }) } : null
  }
  return latestRun?.outcome === 'failed' ? { kind: 'test', evidenceId: latestRun.id } : null
}
