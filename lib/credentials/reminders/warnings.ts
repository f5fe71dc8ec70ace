import type { ExpiringKind } from '../../kernel/credential-kind'
import { type CredentialState, type OutlookFacts, outlookOf } from '../expiry'
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

export const WARNED_STATES = ['refused', 'expired', 'critical', 'soon'] as const satisfies CredentialState[]
export type WarnedState = (typeof WARNED_STATES)[number]

export interface Warning {
  credentialId: string
  kind: ExpiringKind
  slot: Credential['slot']
  holderId: string
  holderName: string
  state: WarnedState
  /** Days on the UTC calendar; 0 on the day itself, negative after it. Null if no date is known. */
  daysLeft: number | null
  /** Whether its date has passed, even if today. */
  isPast: boolean
  expiresAt: Date | null
  refusedAt: Date | null
  /** Null unless Entra refuses it. */
  refusedCode: string | null
  nextIsVerified: boolean
  /** Until when mail is sent with the previous credential because Entra rejects this one; null if it is not. */
  fallbackUntil: Date | null
}

/**
 * What must not be overlooked: credentials in use or prepared that have crossed a threshold, have expired, or are refused by Entra.
 * What no longer works comes first, oldest first; then what expires, soonest first.
 */
export function warningsOf(
  credentials: readonly WarnedCredential[],
  { thresholdsDays, now }: { thresholdsDays: readonly number[]; now: Date },
): Warning[] {
  const warnings = credentials.flatMap((credential) => {
    if (credential.slot === 'previous') return []
    const { state, daysLeft } = outlookOf(outlookFacts(credential), thresholdsDays, now)
    const known = WARNED_STATES.find((each) => each === state)
    if (!known) return []
    const { id, kind, slot, holderId, holderName, expiresAt, refusedAt, refusedCode, nextIsVerified } = credential
    return {
      credentialId: id,
      kind,
      slot,
      holderId,
      holderName,
      state: known,
      daysLeft,
      isPast: expiresAt !== null && expiresAt <= now,
      expiresAt,
      refusedAt,
      refusedCode,
      nextIsVerified: nextIsVerified && slot === 'current',
      fallbackUntil: refusedAt === null ? null : credential.fallbackUntil,
    }
  })
  return warnings.sort(
    (a, b) => urgency(a) - urgency(b) || sinceMs(a) - sinceMs(b) || a.holderName.localeCompare(b.holderName),
  )
}

/** While mail is sent with the previous credential there is time. */
function urgency({ state, fallbackUntil }: Warning): number {
  if (fallbackUntil !== null) return 2
  return state === 'refused' || state === 'expired' ? 0 : state === 'critical' ? 1 : 3
}

/** When it stopped working, by its date or because Entra rejects it, or when it expires. */
const sinceMs = ({ isPast, expiresAt, refusedAt }: Warning): number =>
  (isPast ? expiresAt : (refusedAt ?? expiresAt))?.getTime() ?? 0

/** A refusal that is not news appears only on the page that tests the credential; its date still counts. */
const outlookFacts = (credential: WarnedCredential): OutlookFacts =>
  isRefusalNews(credential) ? credential : { ...credential, refusedAt: null, refusedCode: null }
