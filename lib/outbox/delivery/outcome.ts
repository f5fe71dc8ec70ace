import type { Diagnosis } from '../../diagnosis'
import { isSenderRefusal } from '../../mail-server/senders/rejection'
import type { AttemptResult, ClaimedMessage, DeliveryQueue, RecipientResult, RecipientState } from '../message'
import type { DeclinedOutcome, GroupOutcome } from './group-outcome'
import { planRetry } from './retry-plan'
import type { Scope } from './scope'

/** What one attempt has shown about a message, and how far its failure reaches. */
export interface MessageOutcome {
  result: AttemptResult
  scope: Scope
  /** Why the message waits, or null if nothing delays it. */
  diagnosis: Diagnosis | null
}

/** The outcomes of all groups of recipients of one message. */
export interface GroupOutcomes {
  attempted: readonly GroupOutcome[]
  declined: readonly DeclinedOutcome[]
  /** Queues of recipients that belong to another mail server or mailbox. */
  elsewhere: readonly DeliveryQueue[]
}

export interface OutcomeFacts {
  now: Date
  /** From 0 to 1, for jitter. */
  random: number
  /** When the settings or the credential last changed; null if that is unknown. */
  changedAt: Date | null
}

/** The group that decides when the message is attempted again. */
export const waitingGroup = ({ attempted }: GroupOutcomes): GroupOutcome | null =>
  attempted.find(({ waitsFor }) => waitsFor !== null) ?? null

/** Combines the outcomes of a message's groups into the result of the attempt. */
export function outcomeOf(message: ClaimedMessage, groups: GroupOutcomes, facts: OutcomeFacts): MessageOutcome {
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
  const unattempted = message.recipients.length - results.length
  const dueAt = nextAttemptAt(message, groups, facts)
  const hasNoNextAttempt = diagnosis !== null && dueAt === null && !returnsHome
  const recipients = hasNoNextAttempt ? withState(results, 'queued', 'failed') : results
  const waits = unattempted > 0 || recipients.some(({ state }) => state === 'queued')
  const nextQueue = unattempted > 0 && diagnosis === null ? (elsewhere[0] ?? null) : null
  const failed = recipients.find(({ state }) => state === 'failed')
  const end = endState([...message.finalStates, ...recipients.map(({ state }) => state)])
  return {
    scope,
    diagnosis,
    result: {
      ...unchanged(message),
      state: waits ? 'queued' : end.state,
      reason: waits ? null : (failed?.code ?? end.reason),
      dueAt: waits ? (dueAt ?? facts.now) : null,
      nextQueue,
      ...(nextQueue && nextQueue.mailServerId !== message.mailServerId && { movedFromId: null }),
      ...(returnsHome && { ...homeOf(message), dueAt: facts.now, failoverRejected: true }),
      lastCode: diagnosis?.code ?? failed?.code ?? replies.find(({ code }) => code !== null)?.code ?? null,
      counts: attempted.length > 0 && scope !== 'server',
      mayBeDuplicate,
      recipients,
      attempts: [...attempted, ...declined].map(({ attempt }) => attempt),
    },
  }
}

const withState = (recipients: readonly RecipientResult[], from: RecipientState, to: RecipientState) =>
  recipients.map((each) => (each.state === from ? { ...each, state: to } : each))

/** Null if nothing delays the message, or if there is no next attempt. */
function nextAttemptAt(message: ClaimedMessage, groups: GroupOutcomes, facts: OutcomeFacts): Date | null {
  const waiting = waitingGroup(groups)
  if (!waiting?.waitsFor) return null
  const { waitsFor: diagnosis, isUnknown, choosesSenderAgain } = waiting
  const { now, changedAt, random } = facts
  const scope = groups.attempted.find((group) => group.scope !== 'message')?.scope ?? 'message'
  if (scope === 'server' || choosesSenderAgain) return now
  const isPartlyDelivered = groups.attempted.some(({ recipients }) =>
    recipients.some(({ state }) => state === 'delivered'),
  )
  // The server accepted as many recipients as it allows at a time; the others may follow at once.
  if (isPartlyDelivered && diagnosis.code === 'too-many-recipients') return now
  const { attemptCount, expiresAt } = message
  const retry = retryOf(message, { scope, diagnosis, isUnknown })
  return planRetry({ retry, attempts: attemptCount + 1, now, expiresAt, changedAt, random })
}

function retryOf(
  { mailbox }: ClaimedMessage,
  { scope, diagnosis, isUnknown }: { scope: Scope; diagnosis: Diagnosis; isUnknown: boolean },
): Diagnosis['retry'] {
  // Whatever the lost reply would have said, the server may not have the message: it is attempted again.
  if (isUnknown && diagnosis.retry === 'no') return 'yes'
  // A person fixes the permission of another mailbox at some time; until then its messages wait as long as any message does.
  const isPermissionOfMailbox =
    mailbox !== '' && scope === 'queue' && isSenderRefusal(diagnosis.code, { ownLogin: true })
  return isPermissionOfMailbox ? 'later' : diagnosis.retry
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
  nextQueue: movedFromId === null ? null : { mailServerId: movedFromId, mailbox: '' },
  movedFromId: null,
})

const unchanged = (message: ClaimedMessage) => {
  const { id, fence, source, mailServerId, mailbox, movedFromId, failoverRejected } = message
  return { id, fence, source, movedFromId, failoverRejected, queue: { mailServerId, mailbox } }
}

/**
 * The mail server has been paused because of this attempt, so the attempt does not count against the message. A message that was
 * certainly not sent moves in the transaction that records the attempt: to the failover server, or from there back home. A message
 * that may have been sent stays, and so does one that the failover server has refused before.
 */
export function outcomeAfterPause(
  outcome: MessageOutcome,
  message: ClaimedMessage,
  { failoverServerId, now }: { failoverServerId: string | null; now: Date },
): MessageOutcome {
  const { result } = outcome
  if (result.state !== 'queued' || result.mayBeDuplicate) return outcome
  return {
    ...outcome,
    result: { ...result, dueAt: now, counts: false, ...destinationAfterPause(message, failoverServerId) },
  }
}

function destinationAfterPause(message: ClaimedMessage, failoverServerId: string | null): Partial<AttemptResult> {
  if (message.mayBeDuplicate) return {}
  if (message.movedFromId !== null) return homeOf(message)
  if (failoverServerId === null || message.failoverRejected) return {}
  return { nextQueue: { mailServerId: failoverServerId, mailbox: '' }, movedFromId: message.mailServerId }
}

/** No sender could be chosen, because settings or rules cannot be used: the fault is the server's, not the message's. */
export function undecidedOutcome(message: ClaimedMessage, diagnosis: Diagnosis, now: Date): MessageOutcome {
  const { stage, code, evidence: reply } = diagnosis
  const { version, recipients } = message
  return {
    scope: 'server',
    diagnosis,
    result: {
      ...unchanged(message),
      ...{ state: 'queued', reason: null, nextQueue: null, dueAt: now, lastCode: code },
      ...{ counts: false, mayBeDuplicate: false, recipients: [] },
      attempts: [
        {
          ...{ at: now, durationMs: 0, version, decision: {}, positions: recipients.map(({ position }) => position) },
          ...{ outcome: 'failed', stage, code, reply, serverMessageId: null },
        },
      ],
    },
  }
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
  const { result } = undecidedOutcome(message, diagnosis, now)
  const attempts = result.attempts.map((each) => ({ ...each, ...(hasBegun && { outcome: 'unknown' as const }) }))
  const failure = {
    state: 'failed' as const,
    reason: code,
    recipients: message.recipients.map(({ position }) => ({ position, state: 'failed' as const, code, reply })),
  }
  return {
    scope: 'message',
    diagnosis,
    result: { ...result, dueAt, counts: true, mayBeDuplicate: hasBegun, attempts, ...(dueAt === null && failure) },
  }
}

/** The message cannot be read or composed: it is held for a person to look at, and does not delay the messages behind it. */
export const unreadableOutcome = (message: ClaimedMessage): MessageOutcome => ({
  scope: 'message',
  diagnosis: null,
  result: {
    ...unchanged(message),
    ...{ state: 'held', reason: 'unreadable', nextQueue: null, dueAt: null, lastCode: null },
    ...{ counts: false, mayBeDuplicate: false, recipients: [], attempts: [] },
  },
})
