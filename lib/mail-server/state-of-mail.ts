import { isCredentialRefusal } from '../delivery/credential-refusal'
import type { CredentialHealth, DeliveryHealth } from './ports'

/**
 * The state of mail in one word, on every page. `failover`: the failover server delivers, as the mail server itself cannot. `fallback`:
 * mail is sent with the previous credential, as the current one is rejected.
 */
export const MAIL_STATES = [
  'off',
  'failing',
  'failover',
  'fallback',
  'not-yet-proven',
  'expiring',
  'delivering',
] as const
export type MailState = (typeof MAIL_STATES)[number]

/** Of several mail servers that are in use; none: off. */
export const worstState = (states: readonly MailState[]): MailState =>
  MAIL_STATES.find((state) => states.includes(state)) ?? 'off'

const DAY_MS = 24 * 60 * 60 * 1000

/** The first word that holds, most urgent first. */
export function stateOfMail(facts: {
  /** Null: no mail server is configured. */
  latestRun: LatestRun | null
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
  const { refused, fallbackUntil, expiringWithinDays } = facts.credential
  const isOnFallback = refused && fallbackUntil !== null
  if (!facts.configured) return 'off'
  if (facts.delivery.pausedBy === 'person') return 'off'
  if (facts.delivery.failover !== null) return 'failover'
  if (facts.unreadable || facts.delivery.pausedBy === 'diagnosis' || latestFailed(facts, isOnFallback)) return 'failing'
  if (refused) return isOnFallback ? 'fallback' : 'failing'
  if (!facts.proven) return 'not-yet-proven'
  const leftMs = facts.secretExpiresAt && facts.secretExpiresAt.getTime() - facts.now.getTime()
  if (leftMs !== null && leftMs <= expiringWithinDays * DAY_MS) return 'expiring'
  return 'delivering'
}

interface LatestRun {
  outcome: 'accepted' | 'ready' | 'failed'
  diagnosisCode: string | null
  startedAt: Date
}

/**
 * Whichever was last, a test or an attempt of the outbox, knows best. A test uses the current credential alone, so one that failed
 * because Entra rejects that says nothing about deliveries that use the previous one.
 */
function latestFailed(
  { latestRun: run, delivery: { latestAttempt } }: { latestRun: LatestRun | null; delivery: DeliveryHealth },
  isOnFallback: boolean,
): boolean {
  const isExplained = isOnFallback && run?.diagnosisCode != null && isCredentialRefusal(run.diagnosisCode)
  const latestRun = isExplained ? null : run
  const attemptIsLater = latestAttempt !== null && (latestRun === null || latestAttempt.at > latestRun.startedAt)
  return attemptIsLater ? latestAttempt.failed : latestRun?.outcome === 'failed'
}
