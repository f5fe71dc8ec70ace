import { isDatabaseAway } from '../../db/outage'
import { type Diagnosis, diagnoseInternalError } from '../../diagnosis'
import type { Result } from '../../kernel'
import { startDeadline } from '../../kernel/deadline'
import { isSenderRefusal } from '../../mail-server/senders/state'
import { sameAddress } from '../../policy/sender'
import type { Accepted, Composed, FailedAttempt } from '../../smtp/contracts'
import type { AllowedGroup, ClaimedMessage } from '../message'
import type { QueueConnection } from './connection'
import type { DeliveryDeps } from './deps'
import {
  type AttemptedGroup,
  type GroupOutcome,
  outcomeOfError,
  outcomeOfFailure,
  outcomeOfReply,
  withSenderRefused,
} from './group-outcome'

interface GroupToAttempt {
  message: ClaimedMessage
  group: AllowedGroup
  /** Ends the attempt at once. */
  cut: AbortSignal
}

/** Attempts delivery to one group of recipients. `unreadable` if the message cannot be composed. */
export async function attemptGroup(
  deps: DeliveryDeps,
  connection: QueueConnection,
  { message, group, cut }: GroupToAttempt,
): Promise<GroupOutcome | 'unreadable' | 'interrupted'> {
  const { clock } = deps
  const at = clock.now()
  const startedMs = clock.monotonicMs()
  const composed = await compose(deps, message, group)
  if (!composed) return 'unreadable'
  const sent = await send(deps, connection, composed, { message, cut })
  if (sent.kind === 'interrupted') return 'interrupted'
  const attempted = { message, group, at, durationMs: Math.round(clock.monotonicMs() - startedMs) }
  // A login as the From address has its permissions for every message, so a refusal concerns more than this one.
  const isOwnSender = connection.tokenMailbox() === group.identity.from.address
  const ownership = { isOwnSender, isOwnMailbox: message.mailbox === '' }
  if (sent.kind === 'error') return outcomeOfError(attempted, sent, ownership)
  if (sent.kind === 'not-connected') {
    const outcome = outcomeOfFailure(attempted, { diagnosis: sent.diagnosis, isUnknown: false }, ownership)
    return noteSender(deps, attempted, outcome, sent.diagnosis)
  }
  const { reply } = sent
  const diagnoseIt = connection.diagnose.bind(connection)
  const outcome = outcomeOfReply(attempted, reply, diagnoseIt, ownership)
  return noteSender(deps, attempted, outcome, reply.ok ? null : diagnoseIt(reply.error.fault, reply.error.stage))
}

/** Stores what the reply shows about the sender, before the next decision depends on it. */
async function noteSender(
  { senders, log }: DeliveryDeps,
  { message, group, at }: AttemptedGroup,
  outcome: GroupOutcome,
  diagnosis: Diagnosis | null,
): Promise<GroupOutcome> {
  const { sender } = group
  if (!sender || outcome.isUnknown) return outcome
  const isRefused = diagnosis !== null && isSenderRefusal(diagnosis.code, { ownLogin: message.mailbox !== '' })
  const refusal = isRefused ? diagnosis : null
  const isNews = refusal !== null || (diagnosis === null && !sender.isVerified)
  if (!isNews) return outcome
  const { mailServerId, version: revision, id: evidenceId } = message
  const { address, digest, isVerified } = sender
  const evidence = { mailServerId, address, digest, revision, evidenceId, at, refusal, enters: !isVerified }
  try {
    await senders.note(evidence)
  } catch (error) {
    // The reply to this message counts in spite of it.
    log.error('the result for a sender could not be recorded', { subject: `message:${evidenceId}`, error })
    return outcome
  }
  return refusal && isVerified ? withSenderRefused(outcome, refusal) : outcome
}

async function compose(
  { factory, log }: DeliveryDeps,
  { bytes, needsUtf8, id, originator, originalLines }: ClaimedMessage,
  { identity, envelopeFrom, recipients }: AllowedGroup,
): Promise<Composed | null> {
  try {
    const original = {
      lines: originalLines,
      isSender: originator !== null && sameAddress(identity.from.address, originator),
    }
    const signed = bytes && (await factory.sign({ bytes, needsUtf8 }, identity, original))
    return signed && { envelope: { from: envelopeFrom, to: [...recipients] }, ...signed }
  } catch (error) {
    log.error('a message cannot be composed', { subject: `message:${id}`, error })
    return null
  }
}

type Sent =
  /** `isUntouched` if the connection had ended and the server has nothing of the message. */
  | { kind: 'replied'; reply: Result<Accepted, FailedAttempt>; isUntouched: boolean }
  | { kind: 'not-connected'; diagnosis: Diagnosis }
  /**
   * `cut` ended the attempt, or the database was away, while the server certainly had nothing of the message. That says nothing about server
   * or message.
   */
  | { kind: 'interrupted' }
  /** An error of our own. `isUnknown` once the final dot was sent. */
  | { kind: 'error'; diagnosis: Diagnosis; isUnknown: boolean }

/**
 * A server may end a connection between two messages, or while it waits for a text that we hold back. It has nothing of this message then,
 * which is sent once more on a new connection, in the second case as soon as the text may follow.
 */
async function send(...it: Parameters<typeof sendOnce>): Promise<Sent> {
  const sent = await sendOnce(...it)
  return sent.kind === 'replied' && sent.isUntouched ? sendOnce(...it) : sent
}

async function sendOnce(
  { deadlines, log }: DeliveryDeps,
  connection: QueueConnection,
  composed: Composed,
  { message, cut }: Pick<GroupToAttempt, 'message' | 'cut'>,
): Promise<Sent> {
  const progress: { stage: Diagnosis['stage'] } = { stage: 'connect' }
  const deadline = startDeadline(deadlines, cut)
  try {
    const opened = await connection.get(deadline)
    if (!opened.ok) return cut.aborted ? { kind: 'interrupted' } : { kind: 'not-connected', diagnosis: opened.error }
    progress.stage = 'sender'
    const reply = await opened.value.connection.send(composed, {
      signal: deadline.signal,
      dryRun: false,
      mayFollow: connection.mayFollow,
      onStep() {},
      onDot() {
        progress.stage = 'data'
        deadline.finalDotSent()
      },
    })
    const { isReused } = opened.value
    if (!opened.value.connection.ended) return { kind: 'replied', reply, isUntouched: false }
    connection.drop()
    const isUntouched =
      !reply.ok &&
      (reply.error.textHeld ? (await connection.mayFollow) === true : isReused && hadEndedBefore(reply.error))
    const isCutOff = !reply.ok && reply.error.fault.kind === 'net' && !reply.error.unknownOutcome
    if (cut.aborted && (isUntouched || isCutOff)) return { kind: 'interrupted' }
    return { kind: 'replied', reply, isUntouched }
  } catch (error) {
    if (cut.aborted) throw error
    const { stage } = progress
    if (stage === 'connect' && isDatabaseAway(error)) return { kind: 'interrupted' }
    log.error('an attempt ended with an error', { subject: `message:${message.id}`, stage, error })
    return { kind: 'error', diagnosis: diagnoseInternalError(error, stage), isUnknown: stage === 'data' }
  } finally {
    deadline.clear()
  }
}

const hadEndedBefore = ({ stage, fault }: FailedAttempt): boolean =>
  stage === 'sender' &&
  ((fault.kind === 'net' && fault.code === 'connection-lost') || (fault.kind === 'smtp' && fault.code === 421))
