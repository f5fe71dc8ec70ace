import { takeEach } from '../access/rate-limits'
import type { DbDeps } from '../db'
import { bind, fail, newOrderedId, ok, type Result } from '../kernel'
import type { AcceptFault } from '../outbox/accept'
import { BOUNDS } from '../outbox/capacity'
import type { Declined } from '../outbox/delivery/choose-sender'
import type { Envelope, Idempotency, MessageSource, NewMessage } from '../outbox/message'
import { isUnstorable } from '../outbox/store/deps'
import type { ComposeFault } from '../smtp/message'
import type { WireSafe } from '../smtp/wire-safe'
import { needSmtpUtf8, parseRecipientEmail, parseSenderEmail, plainAddress } from '../validation/email-address'
import { type Client, maySendAs } from './client'
import { type FailureLog, failureRefusal } from './failure-refusal'
import { type Arrival, takeIn } from './intake'
import { declinedBy, type Refusal, refusal } from './refusal'
import { earlierAnswer } from './store/messages'

/** RFC 5321 §4.5.3.1.8 asks for 100 at least. */
export const RECIPIENTS_MAX = BOUNDS.recipients
export const MESSAGE_MIB_MAX = 25
export const MESSAGE_BYTES_MAX = MESSAGE_MIB_MAX * 1024 ** 2

export interface SubmitDeps extends DbDeps {
  log: FailureLog
  outbox: {
    now(): Promise<Date>
    accept(message: NewMessage): Promise<Result<{ id: string }, AcceptFault>>
    declinedNow(envelope: Envelope): Promise<Declined[]>
  }
}

/** The checks of a submission in their order. The listener, the HTTP API and the simulator all use these. */
export const createSubmission = (deps: SubmitDeps) => ({
  /** The time by which messages are accepted. */
  now: () => deps.outbox.now(),
  checkSender,
  ...bind(deps, { checkRecipient, checkRate, submit }),
})
export type SubmissionChecks = ReturnType<typeof createSubmission>

/** The sender of an envelope, normalised, if this client may use it. */
export function checkSender(client: Client, supplied: string): Result<string, Refusal> {
  if (supplied.trim() === '') return fail(refusal('null-sender'))
  const sender = parseSenderEmail(supplied)
  if (!sender.ok) return fail(refusal('sender-invalid', { sender: excerpt(supplied) }))
  return maySendAs(client, sender.value)
    ? ok(sender.value)
    : fail(refusal('sender-not-allowed', { client: client.name, sender: sender.value }))
}

/** A recipient as it comes by SMTP: `postmaster` without a domain (RFC 5321 §4.5.1) is that of the sender's. */
export const withDomain = (recipient: string, sender: string): string =>
  /^postmaster$/i.test(recipient) ? recipient + sender.slice(sender.lastIndexOf('@')) : recipient

/** A recipient in its one spelling, unless a rule declines it. */
export async function checkRecipient(
  { outbox }: SubmitDeps,
  sender: string,
  supplied: string,
): Promise<Result<string, Refusal>> {
  const recipient = parseRecipientEmail(supplied)
  if (!recipient.ok) return fail(refusal('recipient-invalid', { recipient: excerpt(supplied) }))
  const [declined] = await outbox.declinedNow({ originator: sender, recipients: [recipient.value] })
  return declined ? fail(declineRefusal(sender, declined)) : ok(plainAddress(recipient.value))
}

export const declineRefusal = (sender: string, { recipient, rule }: Declined): Refusal =>
  refusal('rule-declines', { sender, recipient, rule: declinedBy(rule) })

/** Counts one message of a client that has its own limit. */
async function checkRate({ db }: SubmitDeps, { id, name, maxPerMinute }: Client): Promise<Result<true, Refusal>> {
  if (maxPerMinute === null) return ok(true)
  const turn = await takeEach(db, [{ name: 'client-rate', key: id, points: maxPerMinute, perSeconds: 60 }])
  return turn.ok ? ok(true) : fail(refusal('too-fast', { client: name, max: maxPerMinute }))
}

/** A message as a client submits it. Its envelope has been checked by `checkSender` and `checkRecipient`. */
export interface SubmittedMessage {
  client: Client
  source: Extract<MessageSource, 'smtp' | 'api'>
  sender: string
  recipients: readonly string[]
  bytes: WireSafe
  /** The client may use addresses and header fields in UTF-8; most declare it for every message. */
  needsUtf8: boolean
  arrival: Omit<Arrival, 'id' | 'at' | 'sender'>
  idempotency?: Idempotency
}

/**
 * Checks a message and stores it. It is durable when it returns. The author in its From field, who may differ from the envelope's sender,
 * must be allowed too, and the rules decide by the author.
 */
async function submit(deps: SubmitDeps, submitted: SubmittedMessage): Promise<Result<{ id: string }, Refusal>> {
  const { outbox, log } = deps
  const { client, sender, recipients, source, idempotency } = submitted
  try {
    const at = await outbox.now()
    const id = newOrderedId(at)
    const { from, by, protocol } = submitted.arrival
    const arrival = { from, by, protocol, sender, at, id }
    const intake = takeIn(submitted.bytes, arrival, (address) => maySendAs(client, address))
    if (!intake.ok) return intake
    const { author, bytes, originalLines, subject, messageId, hasUtf8Header } = intake.value
    const originator = author ?? sender
    // The client may have been changed since its envelope was checked.
    const foreign = [sender, originator].find((address) => !maySendAs(client, address))
    if (foreign !== undefined) return fail(refusal('from-not-allowed', { client: client.name, sender: foreign }))
    const declined = originator === sender ? [] : await outbox.declinedNow({ originator, recipients })
    // Those that the rules decline while others are allowed are declined by the outbox, which reports it.
    if (declined[0] && declined.length === recipients.length) return fail(declineRefusal(originator, declined[0]))
    const accepted = await outbox.accept({
      id,
      source,
      cause: null,
      originator,
      recipients,
      subject,
      messageId,
      bytes,
      needsUtf8: hasUtf8Header && (submitted.needsUtf8 || needSmtpUtf8(recipients)),
      submission: { clientId: client.id, returnPath: sender, originalLines, idempotency },
    })
    return accepted.ok ? accepted : fail(ACCEPT_REFUSALS[accepted.error])
  } catch (error) {
    const earlier = idempotency && isUnstorable(error) && (await earlierAnswer(deps.db, client.id, idempotency))
    if (earlier) return earlier
    return fail(failureRefusal(log, 'a submission', error))
  }
}

export const ACCEPT_REFUSALS: Readonly<Record<AcceptFault, Refusal>> = {
  full: refusal('outbox-full'),
  'share-used': refusal('too-many-waiting'),
  'too-large': refusal('too-large', { max: MESSAGE_MIB_MAX }),
  'too-many-recipients': refusal('too-many-recipients', { max: RECIPIENTS_MAX }),
}

export const composeRefusal = (fault: ComposeFault, recipients: readonly string[]): Refusal =>
  fault === 'address' ? refusal('recipient-invalid', { recipient: excerpt(recipients.join(', ')) }) : refusal(fault)

const EXCERPT_CHARS = 100
const excerpt = (text: string): string => text.slice(0, EXCERPT_CHARS) || '<>'
