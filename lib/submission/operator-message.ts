import { appendAudit, auditEntry } from '../audit'
import type { DbDeps } from '../db'
import { bind, type Caller, fail, newId, ok, type Result } from '../kernel'
import type { AcceptFault } from '../outbox/accept'
import type { Declined } from '../outbox/delivery/choose-sender'
import type { AcceptedMessage, Envelope, NewMessage } from '../outbox/message'
import { insertMessages } from '../outbox/store/insert'
import { composeSubmitted } from '../smtp/message'
import { needSmtpUtf8, parseRecipientEmails, parseSenderEmail } from '../validation/email-address'
import { parseBody, parseSubject, TEXT_OCTETS_MAX } from '../validation/text'
import { allParsed, invalid, type ValidationError } from '../validation/validation-error'
import type { Refusal } from './refusal'
import { ACCEPT_REFUSALS, composeRefusal, declineRefusal } from './submit'

export interface OperatorMessageDeps extends DbDeps {
  baseUrl: URL
  outbox: {
    prepare(message: NewMessage): Promise<Result<AcceptedMessage, AcceptFault>>
    declinedNow(envelope: Envelope): Promise<Declined[]>
    wake(): Promise<void>
  }
}

/** As typed into the form or passed to the command. */
export interface OperatorMessageFields {
  /** Who sends it, and gets the report if it fails. */
  from: string
  /** For whom the rules decide; empty if that is `from`. */
  as: string
  /** Separated by commas, semicolons or line ends. */
  to: string
  subject: string
  text: string
}
export type OperatorMessageFault =
  | { kind: 'errors'; errors: Partial<Record<keyof OperatorMessageFields, ValidationError>> }
  | { kind: 'refused'; refusal: Refusal }

/** Messages that an operator sends, from the Messages page or at a shell. */
export const createOperatorMessages = (deps: OperatorMessageDeps) => bind(deps, { send })

/** Stores a message with its audit entry in one transaction. */
async function send(
  deps: OperatorMessageDeps,
  caller: Caller,
  fields: OperatorMessageFields,
): Promise<Result<{ id: string }, OperatorMessageFault>> {
  const { db, clock, outbox } = deps
  const parsed = parse(fields)
  if (!parsed.ok) return fail({ kind: 'errors', errors: parsed.error })
  const { from, originator, recipients, subject, text } = parsed.value
  const declined = await outbox.declinedNow({ originator, recipients })
  // Those that the rules decline while others are allowed are declined by the outbox, which reports it.
  if (declined[0] && declined.length === recipients.length)
    return fail({ kind: 'refused', refusal: declineRefusal(originator, declined[0]) })
  const messageId = `<${newId()}@${deps.baseUrl.hostname.replace(/[^a-z0-9.-]/g, '')}>`
  const composed = await composeSubmitted({ to: recipients, subject, text, messageId, date: clock.now() })
  if (!composed.ok)
    return composed.error === 'address'
      ? fail({ kind: 'errors', errors: { to: { key: 'email.local' } } })
      : fail({ kind: 'refused', refusal: composeRefusal(composed.error, recipients) })
  const prepared = await outbox.prepare({
    messageId,
    bytes: composed.value,
    source: 'console',
    cause: null,
    originator,
    recipients,
    subject,
    needsUtf8: needSmtpUtf8(recipients),
    submission: { clientId: null, returnPath: from, originalLines: null },
  })
  if (!prepared.ok) return fail({ kind: 'refused', refusal: ACCEPT_REFUSALS[prepared.error] })
  const { id } = prepared.value
  const details = { id, from, ...(originator !== from && { as: originator }), recipients: recipients.length }
  await db.$transaction(async (tx) => {
    await insertMessages(tx, [prepared.value])
    await appendAudit(tx, auditEntry('message.send', caller, `message:${id}`, details), clock.now())
  })
  await outbox.wake().catch(() => {}) // Workers also poll.
  return ok({ id })
}

function parse(fields: OperatorMessageFields) {
  const parsed = allParsed({
    from: parseSenderEmail(fields.from),
    as: fields.as.trim() === '' ? ok(null) : parseSenderEmail(fields.as),
    to: parseRecipientEmails(fields.to),
    subject: parseSubject(fields.subject),
    text: fields.text.trim() === '' ? invalid('required') : parseBody(fields.text, TEXT_OCTETS_MAX),
  })
  if (!parsed.ok) return parsed
  const { from, as: originator, to: recipients, subject, text } = parsed.value
  return ok({ from, originator: originator ?? from, recipients, subject, text })
}
