import { calendarDays } from '../kernel/calendar-days'
import { DAY_MS } from '../kernel/time'
import type { Credential } from './credential'
import { isPropagating, type PropagationFacts } from './propagation'

/** How a credential stands, in one word. */
export const CREDENTIAL_STATES = ['healthy', 'soon', 'critical', 'expired', 'date-unknown', 'refused'] as const
export type CredentialState = (typeof CREDENTIAL_STATES)[number]

/** Within a week of its end it is too late to wait for the next round of work. */
export const CRITICAL_WITHIN_DAYS = 7

/** Kinds that have no end of their own: the deployment gives each proof anew. */
const ENDLESS: readonly Credential['kind'][] = ['federated-token', 'managed-identity']
export const isEndless = ({ kind }: Pick<Credential, 'kind'>): boolean => ENDLESS.includes(kind)

export interface Outlook {
  state: CredentialState
  /** Days on the UTC calendar until it expires: 0 on the day itself, negative after it. Null if no date is known. */
  daysLeft: number | null
}

export type OutlookFacts = Pick<Credential, 'kind' | 'expiresAt' | 'acceptedAt'> & PropagationFacts

/**
 * Pure; spans are counted in milliseconds of UTC, so neither a time zone nor daylight saving moves them. What Entra
 * said counts before any date: a refused credential is refused today, and one that Entra accepted after its date is
 * not expired, but its date cannot be right. While a new one settles, Entra has said nothing of it yet.
 *
 * @param thresholdsDays when people are told; within the largest the end counts as soon.
 */
export function outlookOf(facts: OutlookFacts, thresholdsDays: readonly number[], now: Date): Outlook {
  const leftMs = facts.expiresAt === null ? null : facts.expiresAt.getTime() - now.getTime()
  const daysLeft = facts.expiresAt === null ? null : calendarDays(now, facts.expiresAt)
  return { state: stateOf(facts, leftMs, thresholdsDays, now), daysLeft }
}

function stateOf(
  facts: OutlookFacts,
  leftMs: number | null,
  thresholdsDays: readonly number[],
  now: Date,
): CredentialState {
  if (facts.refusedAt !== null && !isPropagating(facts, now))
    return facts.refusedCode === 'secret-expired' ? 'expired' : 'refused'
  if (leftMs === null) return isEndless(facts) ? 'healthy' : 'date-unknown'
  if (leftMs <= 0) return isAcceptedAfterEnd(facts) ? 'critical' : 'expired'
  if (leftMs <= CRITICAL_WITHIN_DAYS * DAY_MS) return 'critical'
  return leftMs <= Math.max(0, ...thresholdsDays) * DAY_MS ? 'soon' : 'healthy'
}

/** A typed day counts from its first second, so the real end may come hours later. */
const isAcceptedAfterEnd = ({ acceptedAt, expiresAt }: OutlookFacts): boolean =>
  acceptedAt !== null && expiresAt !== null && acceptedAt.getTime() >= expiresAt.getTime()
