import type { Diagnosis } from '../../diagnosis'
import type { Fault, Result } from '../../kernel'
import type { Accepted, FailedAttempt } from '../../smtp/contracts'
import type {
  AllowedGroup,
  AttemptOutcome,
  AttemptRecord,
  ClaimedMessage,
  GroupDecision,
  RecipientResult,
} from '../message'
import { type Scope, scopeOf } from './scope'

export interface GroupOutcome {
  recipients: RecipientResult[]
  attempt: AttemptRecord
  waitsFor: Diagnosis | null
  scope: Scope
  /** The server may have accepted the message although no reply came. */
  isUnknown: boolean
  /** The evidence for the sender no longer holds, so the sender is chosen again at once. */
  choosesSenderAgain: boolean
}

export type DeclinedOutcome = Pick<GroupOutcome, 'recipients' | 'attempt'>

export interface AttemptedGroup {
  message: ClaimedMessage
  group: AllowedGroup
  at: Date
  durationMs: number
}

type Ownership = Parameters<typeof scopeOf>[1]
/** Why an attempt failed as a whole. `isUnknown` if the final dot may have reached the server. */
type Failure = { diagnosis: Diagnosis; isUnknown: boolean }
type Diagnose = (fault: Fault, stage: Diagnosis['stage']) => Diagnosis

/** The server has replied: each recipient gets the result of the reply to it, unless all were refused for a reason that concerns other messages. */
export function outcomeOfReply(
  attempted: AttemptedGroup,
  reply: Result<Accepted, FailedAttempt>,
  diagnose: Diagnose,
  ownership: Ownership,
): GroupOutcome {
  if (reply.ok) return acceptedOutcome(attempted, reply.value, diagnose)
  const { stage, fault, refused = [], unknownOutcome = false } = reply.error
  const { recipients, diagnoses, waitsFor, worst } = refusedRecipients(attempted, refused, diagnose)
  // Postfix waits for RCPT before it rejects a client, its login, its HELO or its sender, and so all our mail.
  const wider = diagnoses.find((diagnosis) => scopeOf(diagnosis, ownership) !== 'message')
  if (refused.length === 0 || wider) {
    const diagnosis = wider ?? diagnose(fault, stage)
    return outcomeOfFailure(attempted, { diagnosis, isUnknown: unknownOutcome }, ownership)
  }
  const attempt = attemptRecord(attempted, 'refused', worst)
  return { recipients, attempt, waitsFor, scope: 'message', isUnknown: false, choosesSenderAgain: false }
}

export function outcomeOfFailure(
  attempted: AttemptedGroup,
  { diagnosis, isUnknown }: Failure,
  ownership: Ownership,
): GroupOutcome {
  const { code, evidence: reply, retry } = diagnosis
  const scope = scopeOf(diagnosis, ownership)
  const waits = isUnknown || scope !== 'message' || retry !== 'no'
  const state = waits ? 'queued' : 'failed'
  const failure = scope === 'message' ? 'refused' : 'failed'
  const { message, group } = attempted
  return {
    recipients: positionsOf(message, group.recipients).map((position) => ({ position, state, code, reply })),
    attempt: attemptRecord(attempted, isUnknown ? 'unknown' : failure, diagnosis),
    waitsFor: waits ? diagnosis : null,
    scope,
    isUnknown,
    choosesSenderAgain: false,
  }
}

/** An error of our own ended the attempt, which is never the server's refusal. */
export function outcomeOfError(attempted: AttemptedGroup, failure: Failure, ownership: Ownership): GroupOutcome {
  const outcome = outcomeOfFailure(attempted, failure, ownership)
  return { ...outcome, attempt: { ...outcome.attempt, outcome: failure.isUnknown ? 'unknown' : 'failed' } }
}

/** The sender was verified and has just been refused: its recipients wait for another decision, perhaps with another sender. */
export const withSenderRefused = (outcome: GroupOutcome, diagnosis: Diagnosis): GroupOutcome => ({
  ...outcome,
  recipients: outcome.recipients.map((each) => ({ ...each, state: 'queued' })),
  waitsFor: diagnosis,
  scope: 'message',
  choosesSenderAgain: true,
})

export function declinedOutcome(
  message: ClaimedMessage,
  { recipients, trace }: Extract<GroupDecision, { kind: 'declined' }>,
  at: Date,
): DeclinedOutcome {
  const attempt = attemptRecord({ message, group: { recipients, trace }, at, durationMs: 0 }, 'refused', null)
  const code = 'declined-by-rule'
  return {
    recipients: attempt.positions.map((position) => ({ position, state: 'declined', code, reply: null })),
    attempt: { ...attempt, code },
  }
}

function acceptedOutcome(attempted: AttemptedGroup, accepted: Accepted, diagnose: Diagnose): GroupOutcome {
  const { reply, serverMessageId, refused } = accepted
  const { recipients, waitsFor } = refusedRecipients(attempted, refused, diagnose)
  const refusedAddresses = new Set(refused.map(({ address }) => address))
  const acceptedAddresses = attempted.group.recipients.filter((address) => !refusedAddresses.has(address))
  const delivered = positionsOf(attempted.message, acceptedAddresses).map(
    (position): RecipientResult => ({ position, state: 'delivered', code: null, reply }),
  )
  const attempt = { ...attemptRecord(attempted, 'accepted', null), reply, serverMessageId }
  const all = [...delivered, ...recipients]
  return { recipients: all, attempt, waitsFor, scope: 'message', isUnknown: false, choosesSenderAgain: false }
}

/** `worst`: the diagnosis that the attempt is recorded with, which is one that a retry may resolve if there is any. */
function refusedRecipients({ message }: AttemptedGroup, refused: Accepted['refused'], diagnose: Diagnose) {
  let waitsFor: Diagnosis | null = null
  let worst: Diagnosis | null = null
  const recipients: RecipientResult[] = []
  const diagnoses: Diagnosis[] = []
  for (const { address, fault } of refused) {
    const diagnosis = diagnose(fault, 'recipient')
    diagnoses.push(diagnosis)
    const waits = diagnosis.retry === 'yes' || diagnosis.retry === 'later'
    if (waits) waitsFor = diagnosis
    worst = waitsFor ?? diagnosis
    const { code, evidence: reply } = diagnosis
    for (const position of positionsOf(message, [address]))
      recipients.push({ position, state: waits ? 'queued' : 'failed', code, reply })
  }
  return { recipients, diagnoses, waitsFor, worst }
}

export const attemptRecord = (
  { message, group, ...time }: Omit<AttemptedGroup, 'group'> & { group: Pick<AllowedGroup, 'recipients' | 'trace'> },
  outcome: AttemptOutcome,
  diagnosis: Diagnosis | null,
): AttemptRecord => ({
  ...time,
  version: message.version,
  decision: group.trace,
  positions: positionsOf(message, group.recipients),
  outcome,
  stage: diagnosis?.stage ?? null,
  code: diagnosis?.code ?? null,
  reply: diagnosis?.evidence ?? null,
  serverMessageId: null,
})

function positionsOf({ recipients }: ClaimedMessage, addresses: readonly string[]): number[] {
  const wanted = new Set(addresses)
  return recipients.filter(({ address }) => wanted.has(address)).map(({ position }) => position)
}
