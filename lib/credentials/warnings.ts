import type { CredentialKind } from '../kernel/credential-kind'
import type { Credential } from './credential'
import { type CredentialState, type OutlookFacts, outlookOf } from './expiry'
import { isRefusalNews } from './remind-plan'

/** What the banner on every page needs of a credential. */
export interface WarnedCredential extends OutlookFacts, Pick<Credential, 'id' | 'slot'> {
  mailServerId: string
  serverName: string
  /** Another one is prepared and Entra accepts it: it only has to be made current. */
  nextIsProven: boolean
}

/** Worst first. */
export const WARNED_STATES = ['refused', 'expired', 'critical', 'soon'] as const satisfies CredentialState[]
export type WarnedState = (typeof WARNED_STATES)[number]

export interface Warning {
  credentialId: string
  kind: CredentialKind
  slot: Credential['slot']
  mailServerId: string
  serverName: string
  state: WarnedState
  /** Whole days, negative once past; null: no date is known. */
  daysLeft: number | null
  expiresAt: Date | null
  /** Of a refusal. */
  refusedCode: string | null
  nextIsProven: boolean
}

/**
 * What must not be overlooked: a credential in use, or prepared, that has crossed a threshold, is past its end, or is
 * refused by Entra. Worst first.
 */
export function warningsOf(
  credentials: readonly WarnedCredential[],
  { thresholdsDays, now }: { thresholdsDays: readonly number[]; now: Date },
): Warning[] {
  const warnings = credentials.flatMap((credential) => {
    if (credential.slot === 'retired') return []
    const { state, daysLeft } = outlookOf(toldBy(credential), thresholdsDays, now)
    const known = WARNED_STATES.find((each) => each === state)
    if (!known) return []
    const { id, kind, slot, mailServerId, serverName, expiresAt, refusedCode, nextIsProven } = credential
    return {
      credentialId: id,
      kind,
      slot,
      mailServerId,
      serverName,
      state: known,
      daysLeft,
      expiresAt,
      refusedCode,
      nextIsProven: nextIsProven && slot === 'current',
    }
  })
  return warnings.sort((a, b) => WARNED_STATES.indexOf(a.state) - WARNED_STATES.indexOf(b.state) || endOf(a) - endOf(b))
}

const endOf = ({ expiresAt }: Warning): number => expiresAt?.getTime() ?? 0

/** A refusal that is no news is left to the page that tests it; its date still counts. */
const toldBy = (credential: WarnedCredential): OutlookFacts =>
  isRefusalNews(credential) ? credential : { ...credential, refusedAt: null, refusedCode: null }
