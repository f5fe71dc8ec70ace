import { isCredentialRefusal } from '../credentials/rejection'
import type { FailingCause } from '../kernel/failing-cause'
import { DAY_MS } from '../kernel/time'
import type { CredentialHealth, DeliveryHealth } from './ports'

/**
 * The state of mail in one word, on every page. `failover`: the failover server delivers, as the mail server itself cannot. `fallback`:
 * mail is sent with the previous credential, as the current one is rejected.
 */
export const MAIL_STATES = ['off', 'failing', 'failover', 'fallback', 'unverified', 'expiring', 'delivering'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** Of several mail servers that are in use; none: off. */
export const worstState = (states: readonly MailState[]): MailState =>
  MAIL_STATES.find((state) => states.includes(state)) ?? 'off'

export interface StateFacts {
  /** Null: no mail server is configured. */
  latestRun: LatestRun | null
  /** Settings or secret cannot be read: mail cannot leave, whatever the last test said. */
  unreadable: boolean
  delivery: DeliveryHealth
  configured: boolean
  verified: boolean
  secretExpiresAt: Date | null
  /** What fresh tokens told: evidence beats dates. */
  credential: CredentialHealth
  now: Date
}

/** The first word that holds, most urgent first. */
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

/** Why the state is `failing`; null where it is another one. */
export const failingCause = (facts: StateFacts): FailingCause | null =>
  stateOfMail(facts) === 'failing' ? causeOfFailing(facts) : null

/** The first cause that holds. A rejected credential is one only as long as no previous one delivers in its place. */
function causeOfFailing(facts: StateFacts): FailingCause | null {
  const { refused, fallbackUntil } = facts.credential
  const isOnFallback = refused && fallbackUntil !== null
  if (facts.unreadable) return { kind: 'unreadable' }
  if (facts.delivery.pausedBy === 'diagnosis') return { kind: 'paused' }
  return latestFailure(facts, isOnFallback) ?? (refused && !isOnFallback ? { kind: 'credential-refused' } : null)
}

interface LatestRun {
  id: string
  outcome: 'accepted' | 'ready' | 'failed'
  diagnosisCode: string | null
  startedAt: Date
}

/**
 * Whichever was last, a test or an attempt of the outbox, knows best. A test uses the current credential alone, so one that failed
 * because Entra rejects that says nothing about deliveries that use the previous one. Null if the last one did not fail.
 */
function latestFailure(
  { latestRun: run, delivery: { latestAttempt } }: { latestRun: LatestRun | null; delivery: DeliveryHealth },
  isOnFallback: boolean,
): FailingCause | null {
  const isExplained = isOnFallback && run?.diagnosisCode != null && isCredentialRefusal(run.diagnosisCode)
  const latestRun = isExplained ? null : run
  if (latestAttempt !== null && (latestRun === null || latestAttempt.at > latestRun.startedAt))
    return latestAttempt.failed ? { kind: 'delivery', evidenceId: latestAttempt.messageId } : null
  return latestRun?.outcome === 'failed' ? { kind: 'test', evidenceId: latestRun.id } : null
}
