import { CONCERN_OF, type DiagnosisCode, type Retry } from '../../kernel/diagnosis-code'
import { BEFORE_ANY_MESSAGE, type Stage } from '../../kernel/stage'
import { isSenderRefusal } from '../../mail-server/senders/state'

/** Replies about the mailbox or the whole server, at whatever stage they come. */
const ABOUT_THE_QUEUE: readonly DiagnosisCode[] = [
  'concurrency-exceeded',
  'reputation-block',
  'daily-quota-exceeded',
  'tenant-recipient-limit',
  'server-busy',
  'temporarily-refused',
]
/** Those of them that concern only one recipient or message when they come in reply to it. */
const ALSO_ABOUT_A_MESSAGE: readonly DiagnosisCode[] = ['server-busy', 'temporarily-refused']
/** Faults that a person must fix before any message can be delivered. */
const ABOUT_THE_SERVER: readonly DiagnosisCode[] = [
  'credentials-incorrect',
  'not-authenticated',
  'starttls-required',
  'mailbox-permission-missing',
  'sender-blocked',
  'tenant-blocked',
  'wrong-region',
  'our-address-blocked',
  'helo-rejected',
]

/** Faults of a From line or its domain. The server's own sender is the same in every message, so the next one would be refused as well. */
const ABOUT_THE_SENDER: readonly DiagnosisCode[] = ['send-as-denied', 'from-header-invalid', 'domain-not-registered']
/** Replies to AUTH that need not concern other mailboxes. */
const ABOUT_THE_LOGIN: readonly DiagnosisCode[] = ['credentials-incorrect', 'blocked-by-sign-in-policy', 'unrecognised']

/** Whether another mailbox than the mail server's own may not log in or send. A fault of all mailboxes shows at the server's own. */
const isOfOtherMailbox = ({ code, stage }: { code: DiagnosisCode; stage: Stage }, isOwnMailbox: boolean): boolean =>
  !isOwnMailbox &&
  (isSenderRefusal(code, { ownLogin: true }) || (stage === 'auth' ? ABOUT_THE_LOGIN : ABOUT_THE_SENDER).includes(code))

/** What a failure concerns: this message, all messages of its delivery queue, or the mail server until a person fixes it. */
export type Scope = 'message' | 'queue' | 'server'

export function scopeOf(
  { code, stage, retry }: { code: DiagnosisCode; stage: Stage; retry: Retry },
  { isOwnSender, isOwnMailbox }: { isOwnSender: boolean; isOwnMailbox: boolean },
): Scope {
  if (isOfOtherMailbox({ code, stage }, isOwnMailbox)) return code === 'send-as-denied' ? 'message' : 'queue'
  if (BEFORE_ANY_MESSAGE.includes(stage)) return retry === 'yes' || retry === 'later' ? 'queue' : 'server'
  if (ABOUT_THE_SERVER.includes(code)) return 'server'
  if (ABOUT_THE_SENDER.includes(code)) return isOwnSender ? 'server' : 'message'
  if (ABOUT_THE_QUEUE.includes(code) && (stage === 'sender' || !ALSO_ABOUT_A_MESSAGE.includes(code))) return 'queue'
  return 'message'
}

/**
 * Whether a fault is certainly the mail server's own, so that its failover server takes over. Every code has an answer at every
 * stage. Whether the server may have accepted the message is a question to the attempt, not to this function.
 */
export function isServerFault(
  { code, stage }: { code: DiagnosisCode; stage: Stage },
  { scope, isOwnMailbox }: { scope: Scope; isOwnMailbox: boolean },
): boolean {
  if (scope === 'message' || isOfOtherMailbox({ code, stage }, isOwnMailbox)) return false
  const concern = CONCERN_OF[code]
  return concern === 'server' || (concern === 'connection' && BEFORE_ANY_MESSAGE.includes(stage))
}
