import type { Diagnosis } from '../../diagnosis'
import { BEFORE_ANY_MESSAGE } from '../../kernel/stage'
import { isSenderRefusal } from '../../mail-server/senders/state'
import {
  type AttemptRecord,
  type AttemptResult,
  type ClaimedMessage,
  type DeliveryQueue,
  NOTIFICATIONS,
  type RecipientResult,
  type RecipientState,
  type WaitingQueue,
} from '../message'
import { attemptRecord, type DeclinedOutcome, type GroupOutcome } from './group-outcome'
import { planRetry, type RetryFacts } from './retry-plan'
import type { Scope } from './scope'

/** What one attempt has shown about a message, and how far its failure reaches. */
export interface MessageOutcome {
  result: AttemptResult
  scope: Scope
  /** Why the message waits, or null if nothing delays it. */
  diagnosis: Diagnosis | null
  /** Where recipients wait that this attempt was not for. */
  elsewhere: readonly WaitingQueue[]
}

/** The recipients of a message by what came of them in one attempt. */
export interface RecipientGroups {
  attempted: readonly GroupOutcome[]
  declined: readonly DeclinedOutcome[]
  /** Recipients that belong to another mail server or mailbox. */
  elsewhere: readonly { recipients: readonly string[]; queue: DeliveryQueue & Pick<WaitingQueue, 'movedFromId'> }[]
}

export type OutcomeFacts = Pick<RetryFacts, 'now' | 'random' | 'changedAt'>

/** The group that decides when the message is attempted again. */
export const waitingGroup = ({ attempted }: RecipientGroups): GroupOutcome | null =>
  attempted.find(({ waitsFor }) => waitsFor !== null) ?? null

/** Combines the outcomes of a message's groups into the result of the attempt. */
export function outcomeOf(message: ClaimedMessage, groups: RecipientGroups, facts: OutcomeFacts): MessageOutcome {
  const { attempted, declined, elsewhere } = groups
  const diagnosis = waitingGroup(groups)?.waitsFor ?? null
  const scope = attempted.find((group) => group.scope !== 'message')?.scope ?? 'message'
  const mayBeDuplicate = attempted.some(({ isUnknown }) => isUnknown)
  const replies = attempted.flatMap(({ recipients }) => recipients)
  const isRefusedByFailover = message.movedFromId !== null && replies.some(({ state }) => state === 'failed')
  const returnsHome = isRefusedByFailover && !message.mayBeDuplicate && !mayBeDuplicate
  const results = [
    // A refusal by a failover server is not final: the message's own server may know the recipient, or accept the sender.
    ...(returnsHome ? withState(replies, 'failed', 'queued') : replies),
    ...declined.flatMap(({ recipients }) => recipients),
  ]
  const elsewhereCount = elsewhere.reduce((sum, group) => sum + group.recipients.length, 0)
  const isUnattempted = message.recipients.length - results.length > elsewhereCount
  const plannedAt = nextAttemptAt(message, groups, scope, facts)
  const hasNoNextAttempt = diagnosis !== null && plannedAt === null && !returnsHome
  const recipients = hasNoNextAttempt ? withState(results, 'queued', 'failed') : results
  const waitsHere = isUnattempted || recipients.some(({ state }) => state === 'queued')
  const failed = recipients.find(({ state }) => state === 'failed')
  const end = endState([...message.finalStates, ...recipients.map(({ state }) => state)])
  const waits = waitsHere || elsewhereCount > 0
  const isCounted = attempted.length > 0 && scope !== 'server'
  const here = returnsHome
    ? { ...hereAt(message, facts.now, { isCounted }), ...homeOf(message), failoverRejected: true }
    : hereAt(message, plannedAt ?? facts.now, { isCounted })
  const queues = queuesOf(message, elsewhere, facts.now)
  return {
    scope,
    diagnosis,
    elsewhere: queues,
    result: {
      state: waits ? 'queued' : end.state,
      ...unchanged(message),
      reason: waits ? null : (failed?.code ?? end.reason),
      ...placed(message, { here: waitsHere ? here : null, elsewhere: queues }),
      lastCode: diagnosis?.code ?? failed?.code ?? replies.find(({ code }) => code !== null)?.code ?? null,
      isCounted,
      mayBeDuplicate,
      recipients,
      attempts: [...attempted, ...declined].map(({ attempt }) => attempt),
    },
  }
}

/** The queue in which the message was claimed. @param isCounted whether this attempt counts against it */
const hereAt = (message: ClaimedMessage, dueAt: Date, { isCounted }: { isCounted: boolean }): WaitingQueue => {
  const { mailServerId, mailbox, movedFromId, failoverRejected } = message
  const attemptCount = message.attemptCount + (isCounted ? 1 : 0)
  return { mailServerId, mailbox, movedFromId, failoverRejected, dueAt, attemptCount }
}

/**
 * The queues of recipients that belong elsewhere. One in which they wait already keeps its time. Another mail server may have chosen a
 * mailbox, or a failover server may have taken over, which this attempt does not know.
 */
function queuesOf(message: ClaimedMessage, elsewhere: RecipientGroups['elsewhere'], now: Date): WaitingQueue[] {
  const queues = new Map(elsewhere.map(({ queue }) => [JSON.stringify(queue), queue]))
  return [...queues.values()].flatMap((queue): WaitingQueue[] => {
    const isOfThisServer = queue.mailServerId === message.mailServerId
    const known = message.otherQueues.filter(({ mailServerId, mailbox, movedFromId }) =>
      isOfThisServer
        ? mailServerId === queue.mailServerId && mailbox === queue.mailbox && movedFromId === queue.movedFromId
        : (movedFromId ?? mailServerId) === queue.mailServerId,
    )
    if (known.length > 0) return known
    const failoverRejected = isOfThisServer && message.failoverRejected
    return [{ ...queue, failoverRejected, dueAt: now, attemptCount: 0 }]
  })
}

/** The message waits in the queue that is due first. If several are, recipients that were not attempted come first. */
function placed(
  message: ClaimedMessage,
  { here, elsewhere }: { here: WaitingQueue | null; elsewhere: readonly WaitingQueue[] },
) {
  const queues = [...elsewhere, ...(here ? [here] : [])]
  const [next, ...otherQueues] = queues.toSorted((one, other) => one.dueAt.getTime() - other.dueAt.getTime())
  const { movedFromId, failoverRejected } = next ?? message
  const stays = !next || (next.mailServerId === message.mailServerId && next.mailbox === message.mailbox)
  return {
    movedFromId,
    failoverRejected,
    dueAt: next?.dueAt ?? null,
    otherQueues: otherQueues.length + message.otherQueues.length > 0 ? otherQueues : null,
    nextQueue: stays ? null : { mailServerId: next.mailServerId, mailbox: next.mailbox },
    nextAttemptCount: !next || next === here ? null : next.attemptCount,
  }
}

const withState = (recipients: readonly RecipientResult[], from: RecipientState, to: RecipientState) =>
  recipients.map((each) => (each.state === from ? { ...each, state: to } : each))

/** Null if nothing delays the message, or if there is no next attempt. */
function nextAttemptAt(message: ClaimedMessage, groups: RecipientGroups, scope: Scope, facts: OutcomeFacts) {
  const waiting = waitingGroup(groups)
  if (!waiting?.waitsFor) return null
  const { waitsFor: diagnosis, isUnknown, choosesSenderAgain } = waiting
  const { now, changedAt, random } = facts
  if (scope === 'server' || choosesSenderAgain) return now
  const isPartlyDelivered = groups.attempted.some(({ recipients }) =>
    recipients.some(({ state }) => state === 'delivered'),
  )
  // The server accepted as many recipients as it allows at a time; the others may follow at once.
  if (isPartlyDelivered && diagnosis.code === 'too-many-recipients') return now
  const { attemptCount, expiresAt } = message
  const retry = retryOf({ scope, diagnosis, isUnknown })
  return planRetry({ retry, attempts: attemptCount + 1, now, expiresAt, changedAt, random })
}

type Waiting = { scope: Scope; diagnosis: Diagnosis; isUnknown: boolean }
function retryOf({ scope, diagnosis, isUnknown }: Waiting): Diagnosis['retry'] {
  // Whatever the lost reply would have said, the server may not have the message: it is attempted again.
  if (isUnknown) return 'yes'
  // A person fixes what another mailbox may not do at some time; until then its messages wait as long as any message does.
  const isOfMailbox = diagnosis.retry === 'no' || isSenderRefusal(diagnosis.code, { ownLogin: true })
  return scope === 'queue' && isOfMailbox ? 'later' : diagnosis.retry
}

/** Recipients that a policy rule declined do not make a message fail, nor undo its delivery to the others. */
function endState(states: readonly RecipientState[]): Pick<AttemptResult, 'state' | 'reason'> {
  if (states.includes('failed')) return { state: 'failed', reason: 'partly' }
  if (!states.includes('declined')) return { state: 'delivered', reason: null }
  return states.includes('delivered')
    ? { state: 'delivered', reason: 'declined-in-part' }
    : { state: 'declined', reason: 'declined-by-rule' }
}

/** Back from the failover server to the message's own mail server. */
const homeOf = ({ movedFromId }: Pick<ClaimedMessage, 'movedFromId'>) => ({
  ...(movedFromId !== null && { mailServerId: movedFromId, mailbox: '' }),
  movedFromId: null,
})

/** A computed field comes before the first copy: V8 takes a microsecond for each field that it adds to a copy. */
const unchanged = (message: ClaimedMessage) => {
  const { id, fence, source, mailServerId, mailbox, movedFromId, failoverRejected, otherQueues } = message
  return {
    otherQueues: otherQueues.length > 0 ? otherQueues : null,
    id,
    fence,
    source,
    movedFromId,
    failoverRejected,
    queue: { mailServerId, mailbox },
    reason: null,
    nextQueue: null,
    nextAttemptCount: null,
    dueAt: null,
    lastCode: null,
    isCounted: false,
    mayBeDuplicate: false,
    recipients: [],
    attempts: [],
  }
}

/**
 * The mail server has been paused because of this attempt, so the attempt does not count against the message. Recipients that were
 * certainly not reached move in the transaction that records the attempt: to the failover server, or from there back home. A message
 * that may have been sent stays, and so does one that the failover server has refused before. A notification keeps its time, which is
 * before all others, unless its own text may have caused the pause. A paused server then attempts another message next.
 */
export function outcomeAfterPause(
  outcome: MessageOutcome,
  message: ClaimedMessage,
  { failoverServerId, now }: { failoverServerId: string | null; now: Date },
): MessageOutcome {
  const { result, elsewhere, diagnosis } = outcome
  if (result.state !== 'queued' || result.mayBeDuplicate) return outcome
  const here = { ...hereAt(message, now, { isCounted: false }), ...destinationAfterPause(message, failoverServerId) }
  const place = placed(message, { here, elsewhere })
  const isFirst = NOTIFICATIONS.includes(message.source) && diagnosis && BEFORE_ANY_MESSAGE.includes(diagnosis.stage)
  return { ...outcome, result: { ...result, isCounted: false, ...place, ...(isFirst && { dueAt: null }) } }
}

function destinationAfterPause(message: ClaimedMessage, failoverServerId: string | null): Partial<WaitingQueue> {
  if (message.mayBeDuplicate) return {}
  if (message.movedFromId !== null) return homeOf(message)
  if (failoverServerId === null || message.failoverRejected) return {}
  return { mailServerId: failoverServerId, mailbox: '', movedFromId: message.mailServerId }
}

/** Nothing was attempted, and nothing was decided about any recipient: each waits where it did. */
export function nothingOutcome(message: ClaimedMessage, dueAt: Date): MessageOutcome {
  const elsewhere = message.otherQueues
  return {
    scope: 'message',
    diagnosis: null,
    elsewhere,
    result: {
      ...unchanged(message),
      state: 'queued',
      ...placed(message, { here: hereAt(message, dueAt, { isCounted: false }), elsewhere }),
    },
  }
}

/** No sender could be chosen, because settings or rules cannot be used: the fault is the server's, not the message's. */
export function undecidedOutcome(message: ClaimedMessage, diagnosis: Diagnosis, now: Date): MessageOutcome {
  const nothing = nothingOutcome(message, now)
  const attempts = [attemptOf(message, diagnosis, now)]
  return { ...nothing, scope: 'server', diagnosis, result: { ...nothing.result, lastCode: diagnosis.code, attempts } }
}

/** The record of an attempt that ended before any group of recipients had its sender. */
const attemptOf = (message: ClaimedMessage, diagnosis: Diagnosis, at: Date): AttemptRecord => {
  const recipients = message.recipients.map(({ address }) => address)
  return attemptRecord({ message, group: { recipients, trace: {} }, at, durationMs: 0 }, 'failed', diagnosis)
}

/** An error of our own ended the attempt. The message is attempted again as after any failure that may pass. */
export function errorOutcome(
  message: ClaimedMessage,
  diagnosis: Diagnosis,
  { hasBegun, now, random }: Pick<OutcomeFacts, 'now' | 'random'> & { hasBegun: boolean },
): MessageOutcome {
  const { retry, code, evidence: reply } = diagnosis
  const { attemptCount, expiresAt } = message
  const dueAt = planRetry({ retry, attempts: attemptCount + 1, now, expiresAt, changedAt: null, random })
  const { result, ...nothing } = nothingOutcome(message, now)
  const attempt = attemptOf(message, diagnosis, now)
  const here = dueAt && hereAt(message, dueAt, { isCounted: true })
  const failure = {
    state: 'failed' as const,
    reason: code,
    recipients: message.recipients.map(({ position }) => ({ position, state: 'failed' as const, code, reply })),
  }
  return {
    ...nothing,
    diagnosis,
    result: {
      ...result,
      ...placed(message, { here, elsewhere: here ? message.otherQueues : [] }),
      isCounted: true,
      lastCode: code,
      mayBeDuplicate: hasBegun,
      attempts: [hasBegun ? { ...attempt, outcome: 'unknown' } : attempt],
      ...(dueAt === null && failure),
    },
  }
}

/** The message cannot be read or composed: it is held for a person to look at, and does not delay the messages behind it. */
export const unreadableOutcome = (message: ClaimedMessage): MessageOutcome => ({
  scope: 'message',
  diagnosis: null,
  elsewhere: message.otherQueues,
  result: { ...unchanged(message), state: 'held', reason: 'unreadable' },
})
