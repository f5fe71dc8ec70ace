import type { DiagnosisCode } from '../../kernel/diagnosis-code'

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
