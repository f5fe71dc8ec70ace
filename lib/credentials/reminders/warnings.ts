import { compareNames, pick } from '../../kernel'
import { type CredentialState, type OutlookFacts, outlookOf, urgencyOf } from '../expiry'
import type { Credential } from '../store/credentials'
import { isRefusalNews } from './plan'

/** What a warning about a credential is made from, for the state of mail on every page and for the Overview. */
export interface WarnedCredential extends OutlookFacts, Pick<Credential, 'id' | 'slot'> {
  /** The mail server that uses it, or the client with the API key. */
  holderId: string
  holderName: string
  /** Another one is prepared and Entra accepts it, so it only has to be made current. */
  nextIsVerified: boolean
  /** Until when mail can be sent with a previous credential if Entra rejects this one; null if with none. As `pickFallback` has it. */
  fallbackUntil: Date | null
}

const WARNED_STATES = ['refused', 'expired', 'critical', 'soon'] as const satisfies CredentialState[]

export type Warning = NonNullable<ReturnType<typeof warningOf>>

function warningOf(credential: WarnedCredential, thresholdsDays: readonly number[], now: Date) {
  if (credential.slot === 'previous') return null
  const outlook = outlookOf(outlookFacts(credential), thresholdsDays, now)
  const state = WARNED_STATES.find((each) => each === outlook.state)
  if (!state) return null
  const { slot, expiresAt, refusedAt } = credential
  return {
    credentialId: credential.id,
    ...pick(credential, 'kind', 'slot', 'holderId', 'holderName', 'expiresAt', 'refusedAt', 'refusedCode'),
    state,
    /** Days on the UTC calendar; 0 on the day itself, negative after it. Null if no date is known. */
    daysLeft: outlook.daysLeft,
    /** Whether its date has passed, even if today. */
    isPast: expiresAt !== null && expiresAt <= now,
    nextIsVerified: credential.nextIsVerified && slot === 'current',
    /** Until when mail is sent with the previous credential because Entra rejects this one; null if it is not. */
    fallbackUntil: refusedAt === null ? null : credential.fallbackUntil,
  }
}

/**
 * What must not be overlooked: credentials in use or prepared that have crossed a threshold, have expired, or are refused by Entra.
 * What no longer works comes first, oldest first; then what expires, soonest first.
 */
export const warningsOf = (
  credentials: readonly WarnedCredential[],
  { thresholdsDays, now }: { thresholdsDays: readonly number[]; now: Date },
): Warning[] =>
  credentials
    .flatMap((credential) => warningOf(credential, thresholdsDays, now) ?? [])
    .sort((a, b) => urgency(a) - urgency(b) || sinceMs(a) - sinceMs(b) || compareNames(a.holderName, b.holderName))

const urgency = ({ state, fallbackUntil }: Warning): number => urgencyOf(state, { isCarried: fallbackUntil !== null })

/** When it stopped working, by its date or because Entra rejects it, or when it expires. */
const sinceMs = ({ isPast, expiresAt, refusedAt }: Warning): number =>
  (isPast ? expiresAt : (refusedAt ?? expiresAt))?.getTime() ?? 0

/** A refusal that is not news appears only on the page that tests the credential; its date still counts. */
const outlookFacts = (credential: WarnedCredential): OutlookFacts =>
  isRefusalNews(credential) ? credential : { ...credential, refusedAt: null, refusedCode: null }
