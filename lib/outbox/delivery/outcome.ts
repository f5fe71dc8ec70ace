import type { Diagnosis } from '../../diagnosis'
import type { Fault } from '../../kernel/faults'
import type { Result } from '../../kernel/result'
import type { Accepted, FailedAttempt } from '../../smtp/contracts'
import type { AttemptOutcome, AttemptRecord, ClaimedMessage, Decision, RecipientResult } from '../message'
import { type Scope, scopeOf } from './retry-plan'

/** What one try of one group of recipients came to. */
export interface Judged {
  recipients: RecipientResult[]
  attempt: AttemptRecord
  /** Of those who still wait: what holds them up. Null: nobody waits, or nothing does. */
  wait: Diagnosis | null
  scope: Scope
  unknownOutcome: boolean
  /** What it rested on is gone: it is decided anew at once. */
  isDecidedAnew?: boolean
}

type Group = Extract<Decision, { kind: 'allowed' }>
type Own = Parameters<typeof scopeOf>[1]
type Diagnose = (fault: Fault, stage: Diagnosis['stage']) => Diagnosis

export interface TriedGroup {
  message: ClaimedMessage
  group: Group
  at: Date
  durationMs: number
}

/** Each recipient by its own answer (F-31). */
export function judgeSent(
  tried: TriedGroup,
  sent: Result<Accepted, FailedAttempt>,
  diagnose: Diagnose,
  own: Own,
): Judged {
  if (sent.ok) return judgeAccepted(tried, sent.value, diagnose)
  const { stage, fault, refused = [], unknownOutcome = false } = sent.error
  if (refused.length > 0) {
    const judged = eachByItself(tried, refused, diagnose)
    return { ...judged, attempt: record(tried, 'refused', judged.worst), unknownOutcome: false }
  }
  const diagnosis = diagnose(fault, stage)
  return judgeFailed(tried, diagnosis, { scope: scopeOf(diagnosis, own), unknownOutcome })
}

/** No try reached the mail: no token, no connection, no login. */
export const judgeNoWay = (tried: TriedGroup, diagnosis: Diagnosis, own: Own): Judged =>
  judgeFailed(tried, diagnosis, { scope: scopeOf(diagnosis, own), unknownOutcome: false })

/** An error of our own ended the attempt. Whether the server has the message is unknown once the final dot was sent. */
export function judgeBroken(tried: TriedGroup, diagnosis: Diagnosis, own: Own, unknownOutcome: boolean): Judged {
  const judged = judgeFailed(tried, diagnosis, { scope: scopeOf(diagnosis, own), unknownOutcome })
  return { ...judged, attempt: { ...judged.attempt, outcome: unknownOutcome ? 'unknown' : 'failed' } }
}

/** The sender was proven and is refused now: who waits for it is decided about anew, with another sender perhaps. */
export const decidedAnew = (judged: Judged, diagnosis: Diagnosis): Judged => ({
  ...judged,
  recipients: judged.recipients.map((each) => ({ ...each, state: 'queued' })),
  wait: diagnosis,
  scope: 'message',
  isDecidedAnew: true,
})

export const judgeDeclined = (
  { message, at }: Pick<TriedGroup, 'message' | 'at'>,
  { recipients, trace, reason }: Extract<Decision, { kind: 'declined' }>,
): Pick<Judged, 'recipients' | 'attempt'> => ({
  recipients: positionsOf(message, recipients).map((position) => ({
    position,
    state: 'declined',
    code: reason,
    reply: null,
  })),
  attempt: {
    at,
    durationMs: 0,
    version: message.version,
    decision: trace,
    positions: positionsOf(message, recipients),
    outcome: 'refused',
    stage: null,
    code: 'declined-by-rule',
    reply: null,
    serverMessageId: null,
  },
})

function judgeAccepted(tried: TriedGroup, { reply, serverMessageId, refused }: Accepted, diagnose: Diagnose): Judged {
  const { wait, recipients: others } = eachByItself(tried, refused, diagnose)
  const notTaken = new Set(refused.map(({ address }) => address))
  const taken = positionsOf(
    tried.message,
    tried.group.recipients.filter((address) => !notTaken.has(address)),
  )
  const delivered = taken.map((position): RecipientResult => ({ position, state: 'delivered', code: null, reply }))
  const attempt = { ...record(tried, 'accepted', null), reply, serverMessageId }
  return { recipients: [...delivered, ...others], attempt, wait, scope: 'message', unknownOutcome: false }
}

function eachByItself(tried: TriedGroup, refused: Accepted['refused'], diagnose: Diagnose) {
  let wait: Diagnosis | null = null
  let worst: Diagnosis | null = null
  const recipients = refused.flatMap(({ address, fault }): RecipientResult[] => {
    const diagnosis = diagnose(fault, 'recipient')
    const waits = diagnosis.retry === 'yes' || diagnosis.retry === 'later'
    if (waits) wait = diagnosis
    worst = wait ?? diagnosis
    const { code, evidence: reply } = diagnosis
    return positionsOf(tried.message, [address]).map((position) => ({
      position,
      state: waits ? 'queued' : 'failed',
      code,
      reply,
    }))
  })
  return { recipients, wait: wait as Diagnosis | null, worst: worst as Diagnosis | null, scope: 'message' as const }
}

function judgeFailed(
  tried: TriedGroup,
  diagnosis: Diagnosis,
  { scope, unknownOutcome }: { scope: Scope; unknownOutcome: boolean },
): Judged {
  const { code, evidence: reply, retry } = diagnosis
  const waits = unknownOutcome || scope !== 'message' || retry !== 'no'
  const state = waits ? ('queued' as const) : ('failed' as const)
  const outcome = unknownOutcome ? 'unknown' : scope === 'message' ? 'refused' : 'failed'
  return {
    recipients: positionsOf(tried.message, tried.group.recipients).map((position) => ({
      position,
      state,
      code,
      reply,
    })),
    attempt: record(tried, outcome, diagnosis),
    wait: waits ? diagnosis : null,
    scope,
    unknownOutcome,
  }
}

const record = (
  { message, group, at, durationMs }: TriedGroup,
  outcome: AttemptOutcome,
  diagnosis: Diagnosis | null,
): AttemptRecord => ({
  at,
  durationMs,
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
