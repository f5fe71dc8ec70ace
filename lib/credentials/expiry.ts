import { calendarDays, DAY_MS, type ExpiringKind } from '../kernel'
import { isPropagating, type PropagationFacts } from './propagation'
import type { Credential } from './store/credentials'

/** `soon`: it expires within the largest threshold of reminders. `critical`: within `CRITICAL_WITHIN_DAYS`. */
export type CredentialState = 'healthy' | 'soon' | 'critical' | 'expired' | 'date-unknown' | 'refused'

/** Within a week of the expiry date it is too late to wait for the next planned maintenance. */
export const CRITICAL_WITHIN_DAYS = 7

/** Kinds without an expiry date: the deployment provides a new assertion each time. */
const ENDLESS: readonly ExpiringKind[] = ['federated-token', 'managed-identity']
export const isEndless = ({ kind }: { kind: ExpiringKind }): boolean => ENDLESS.includes(kind)

export type OutlookFacts = Pick<Credential, 'expiresAt' | 'acceptedAt'> & PropagationFacts

/**
 * Pure. Periods are counted in milliseconds of UTC, so neither a time zone nor daylight saving moves them. Entra's answer counts
 * before any date: a refused credential is refused today, and one that Entra accepted after its date is not expired; its date must
 * be wrong. While a new credential propagates, Entra has not answered yet.
 *
 * @param thresholdsDays when people are notified; within the largest the state is `soon`
 */
export function outlookOf(facts: OutlookFacts, thresholdsDays: readonly number[], now: Date) {
  const { expiresAt } = facts
  return {
    state: stateOf(facts, thresholdsDays, now),
    /** Days on the UTC calendar until it expires: 0 on the day itself, negative after it. Null if no date is known. */
    daysLeft: expiresAt && calendarDays(now, expiresAt),
  }
}

function stateOf(facts: OutlookFacts, thresholdsDays: readonly number[], now: Date): CredentialState {
  const leftMs = facts.expiresAt && facts.expiresAt.getTime() - now.getTime()
  if (facts.refusedAt !== null && !isPropagating(facts, now))
    return facts.refusedCode === 'secret-expired' ? 'expired' : 'refused'
  if (leftMs === null) return isEndless(facts) ? 'healthy' : 'date-unknown'
  if (leftMs <= 0) return isAcceptedAfterExpiry(facts) ? 'critical' : 'expired'
  if (leftMs <= CRITICAL_WITHIN_DAYS * DAY_MS) return 'critical'
  return leftMs <= Math.max(0, ...thresholdsDays) * DAY_MS ? 'soon' : 'healthy'
}

/** While one of these, mail is sent only if a previous credential carries it. */
export const STOPPED: readonly CredentialState[] = ['refused', 'expired']

/** Lowest first: what stopped, what stops this week, then what a previous credential carries, for which there is time. */
export function urgencyOf(state: CredentialState, { isCarried }: { isCarried: boolean }): number {
  if (isCarried) return 2
  if (STOPPED.includes(state)) return 0
  return state === 'critical' ? 1 : 3
}

/** Entra rejects it, or calls it expired although its date is still to come or unknown. */
export const isRejected = ({ state, daysLeft }: { state: CredentialState; daysLeft: number | null }): boolean =>
  state === 'refused' || (state === 'expired' && (daysLeft === null || daysLeft > 0))

/** Entra accepts it although the stored day is over, so that date is wrong. */
export const hasWrongDate = ({ state, daysLeft }: { state: CredentialState; daysLeft: number | null }): boolean =>
  state === 'critical' && daysLeft !== null && daysLeft < 0

/** A typed day counts from its first second, so the real expiry may come hours later. */
const isAcceptedAfterExpiry = ({ acceptedAt, expiresAt }: OutlookFacts): boolean =>
  acceptedAt !== null && expiresAt !== null && acceptedAt.getTime() >= expiresAt.getTime()
