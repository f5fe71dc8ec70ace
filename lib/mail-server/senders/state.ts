import { isDiagnosisCode } from '../../diagnosis'
import type { SenderObservation } from '../../policy/sender'
import type { MailFacts } from '../read-status'
import { isSenderRefusal } from './rejection'

/** `void` means that the newest result is from other settings, or from the other login mailbox. */
export const SENDER_STATES = ['verified', 'refused', 'unverified', 'void'] as const
export type SenderState = (typeof SENDER_STATES)[number]

/** @param applies whether the result is about the settings in use */
export function senderState(result: Pick<SenderObservation, 'outcome'> | null, applies: boolean): SenderState {
  if (result === null) return 'unverified'
  if (!applies) return 'void'
  return result.outcome === 'accepted' ? 'verified' : 'refused'
}

/** Of the mail server's own sender, which logs in itself. It may fail for a reason that says nothing about this sender. */
export function ownSenderState(facts: Pick<MailFacts, 'ownResult' | 'verifiedBy' | 'deliveredBy'>): SenderState {
  const code = facts.ownResult?.code ?? ''
  if (isDiagnosisCode(code) && isSenderRefusal(code, { ownLogin: true })) return 'refused'
  return facts.verifiedBy || facts.deliveredBy ? 'verified' : 'unverified'
}
