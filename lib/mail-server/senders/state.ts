import { isDiagnosisCode } from '../../diagnosis'
import type { DiagnosisCode } from '../../kernel'
import type { SenderObservation } from '../../policy/sender'
import type { MailFacts } from '../read-status'

/** Faults of the login mailbox: it does not exist, or it may not be used by the application, over SMTP, or at all. */
const OF_THE_LOGIN: readonly DiagnosisCode[] = [
  'exchange-rejected-token',
  'smtp-auth-disabled-for-mailbox',
  'smtp-auth-disabled-for-tenant',
  'mailbox-permission-missing',
  'sender-blocked',
]

/** Faults that concern one sender: it was rejected, or the mailbox that logs in for it was. */
export const SENDER_FAULTS: readonly DiagnosisCode[] = ['send-as-denied', ...OF_THE_LOGIN]

/**
 * Whether Exchange rejected this sender. Other faults (network, token, full mailbox, recipient) say nothing about it.
 *
 * @param ownLogin whether the sender's own mailbox logged in, so that a fault of that mailbox is one of the sender
 */
export const isSenderRefusal = (code: DiagnosisCode, { ownLogin }: { ownLogin: boolean }): boolean =>
  code === 'send-as-denied' || (ownLogin && OF_THE_LOGIN.includes(code))

/** `outdated` means that the newest result is from other settings, or from the other login mailbox. */
export const SENDER_STATES = ['verified', 'refused', 'unverified', 'outdated'] as const
export type SenderState = (typeof SENDER_STATES)[number]

/** @param applies whether the result is about the settings in use */
export function senderState(result: Pick<SenderObservation, 'outcome'> | null, applies: boolean): SenderState {
  if (result === null) return 'unverified'
  if (!applies) return 'outdated'
  return result.outcome === 'accepted' ? 'verified' : 'refused'
}

/** The state of the mail server's own sender, which logs in itself. It may fail for a reason that says nothing about this sender. */
export function ownSenderState(facts: Pick<MailFacts, 'ownResult' | 'verifiedBy' | 'deliveredBy'>): SenderState {
  const code = facts.ownResult?.code ?? ''
  if (isDiagnosisCode(code) && isSenderRefusal(code, { ownLogin: true })) return 'refused'
  return facts.verifiedBy || facts.deliveredBy ? 'verified' : 'unverified'
}
