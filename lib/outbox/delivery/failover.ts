import { CONCERN_OF, type DiagnosisCode } from '../../kernel/diagnosis-code'
import { BEFORE_ANY_MESSAGE, type Stage } from '../../kernel/stage'
import { isSenderRefusal } from '../../mail-server/senders/state'
import type { Scope } from './scope'

/**
 * Whether a fault is certainly the mail server's own, so that its failover server takes over. Every code has an answer at every
 * stage. Whether the server may have accepted the message is a question to the attempt, not to this function.
 */
export function isServerFault(
  { code, stage }: { code: DiagnosisCode; stage: Stage },
  { scope, isOwnMailbox }: { scope: Scope; isOwnMailbox: boolean },
): boolean {
  // A fault of one message is not the server's, and a permission that another mailbox lacks says nothing about the server.
  if (scope === 'message' || (!isOwnMailbox && isSenderRefusal(code, { ownLogin: true }))) return false
  const concern = CONCERN_OF[code]
  return concern === 'server' || (concern === 'connection' && BEFORE_ANY_MESSAGE.includes(stage))
}
