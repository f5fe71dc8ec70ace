import { faultTitle, isDiagnosisCode } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'
import { CONCERN_OF } from '@/lib/kernel/diagnosis-code'
import { type FailureGroup, LASTING_RECIPIENT_FAULTS } from '@/lib/outbox/store/failures'
import type { MessageDetail } from '@/lib/outbox/store/messages'

/** Why a message failed or waits; null if nothing is wrong with it. Some recipients may have got it, and the others may have the same fault. */
export function faultCode(message: Pick<MessageDetail, 'state' | 'reason' | 'lastCode' | 'to'>): string | null {
  const { state, reason, lastCode, to } = message
  if (state === 'queued') return lastCode
  if (state !== 'failed' && state !== 'dismissed') return null
  const failed = reason === 'partly' ? to.filter((each) => each.state === 'failed') : []
  const [code, ...more] = new Set(failed.map((each) => each.code))
  return (more.length === 0 && code) || (reason ?? lastCode)
}

type FailedMessage = Pick<MessageDetail, 'attempts' | 'mailServerId' | 'mailbox' | 'to' | 'source'>

/** The mail server, sender, mailbox and recipient of the newest attempt that ended with this diagnosis code. */
export function faultOf({ attempts, mailServerId, mailbox, to, source }: FailedMessage, code: string) {
  const attempt = attempts.find((each) => each.code === code)
  const { from, login } = attempt?.decision ?? {}
  const loggedIn = typeof login === 'string' ? login : mailbox
  return {
    mailServerId: attempt?.mailServerId ?? mailServerId,
    mail: {
      ...(typeof from === 'string' && { sender: from }),
      ...(loggedIn !== '' && { mailbox: loggedIn }),
      ...(attempt && { stage: attempt.stage, evidence: attempt.reply }),
      recipient: to.find((each) => each.code === code)?.address ?? null,
      isReport: source === 'report',
    },
  }
}

export const isOfRecipient = (code: string | null): boolean => code !== null && LASTING_RECIPIENT_FAULTS.includes(code)

/** Whether this message is rejected again until its sender, recipients or content are other ones. */
export const needsRepair = (code: string | null): boolean =>
  code !== null && isDiagnosisCode(code) && (code === 'send-as-denied' || CONCERN_OF[code] === 'message')

export const causeOf = ({ code, sender }: Pick<FailureGroup, 'code' | 'sender'>, t: Translator<'messages'>): string =>
  t.lookUp(`groups.cause.${code}`, { sender: sender ?? '–' }) ?? faultTitle(code, t.locale)
