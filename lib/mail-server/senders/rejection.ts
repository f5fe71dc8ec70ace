import type { DiagnosisCode } from '../../kernel/diagnosis-code'

/** Said of the mailbox that logs in: it does not exist, may not be used by the application, not over SMTP, or not at all. */
const OF_THE_LOGIN: readonly DiagnosisCode[] = [
  'exchange-rejected-token',
  'smtp-auth-disabled-for-mailbox',
  'smtp-auth-disabled-for-tenant',
  'mailbox-permission-missing',
  'sender-blocked',
]

/**
 * Exchange said no to this sender. Anything else (the network, the token, a full mailbox, a recipient) says nothing of it.
 * @param ownLogin the sender's own mailbox logged in, so what was said of that mailbox was said of the sender.
 */
export const isSenderRefusal = (code: DiagnosisCode, { ownLogin }: { ownLogin: boolean }): boolean =>
  code === 'send-as-denied' || (ownLogin && OF_THE_LOGIN.includes(code))
