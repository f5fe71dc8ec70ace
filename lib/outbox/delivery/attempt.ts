import { isDatabaseAway } from '../../db/outage'
import { diagnoseInternalError } from '../../diagnosis'
import type { AllowedGroup, ClaimedMessage, Envelope, GroupDecision } from '../message'
import { attemptGroup } from './attempt-group'
import type { QueueConnection } from './connection'
import type { DeliveryDeps } from './deps'
import { type DeclinedOutcome, declinedOutcome, type GroupOutcome } from './group-outcome'
import {
  errorOutcome,
  type MessageOutcome,
  nothingOutcome,
  outcomeOf,
  type RecipientGroups,
  undecidedOutcome,
  unreadableOutcome,
  waitingGroup,
} from './outcome'

/**
 * Attempts delivery once per group of recipients. It never throws because of this message or an error of our own: that becomes an
 * outcome with a pause, so that the message is not claimed again each time its lease ends. It throws only once `cut` is aborted. A database
 * that is away is no fault of the message, and the next attempt waits for it in any case.
 */
export async function attemptMessage(
  deps: DeliveryDeps,
  connection: QueueConnection,
  message: ClaimedMessage,
  { cut, mayAttemptGroup }: { cut: AbortSignal; mayAttemptGroup(): Promise<boolean> },
): Promise<MessageOutcome> {
  const { log, clock, random } = deps
  const { bytes, recipients, sizeBytes } = message
  let hasBegun = false
  try {
    if (!bytes || bytes.length !== sizeBytes || recipients.length === 0) return unreadableOutcome(message)
    const chosen = await deps.chooseSenders(envelopeOf(message), message)
    if (!chosen.ok) return undecidedOutcome(message, chosen.error, clock.now())
    const { here, declined, elsewhere } = sorted(message, chosen.value, clock.now())
    const attempted: GroupOutcome[] = []
    for (const group of here) {
      // A failure that is not this message's own would meet the other groups as well.
      if (attempted.some(({ scope }) => scope !== 'message')) break
      if (attempted.length > 0 && !(await mayAttemptGroup().catch(() => false))) break
      hasBegun = true
      const outcome = await attemptGroup(deps, connection, { message, group, cut })
      // What was attempted before it counts. The next attempt, without it, holds the message.
      if (outcome === 'unreadable' && attempted.length > 0) break
      if (outcome === 'unreadable') return unreadableOutcome(message)
      // Its recipients wait for the next worker as if the attempt had not begun.
      if (outcome === 'interrupted') break
      attempted.push(outcome)
    }
    const groups = { attempted, declined, elsewhere }
    const changedAt = await settingsChangedAt(deps, message, groups)
    return outcomeOf(message, groups, { now: clock.now(), random: random(), changedAt })
  } catch (error) {
    if (cut.aborted) throw error
    const facts = { hasBegun, now: clock.now(), random: random() }
    if (!hasBegun && isDatabaseAway(error)) return nothingOutcome(message, facts.now)
    log.error('an attempt ended with an error', { subject: `message:${message.id}`, error })
    return errorOutcome(message, diagnoseInternalError(error, 'settings'), facts)
  }
}

/** How many recipients an attempt would be for. Those of other queues are known once senders are chosen; until then, all count. */
export async function recipientsHere(deps: DeliveryDeps, message: ClaimedMessage): Promise<number> {
  const chosen = await deps.chooseSenders(envelopeOf(message), message)
  if (!chosen.ok) return message.recipients.length
  return sorted(message, chosen.value, deps.clock.now()).here.flatMap(({ recipients }) => recipients).length
}

const envelopeOf = ({ originator, recipients }: ClaimedMessage): Envelope => ({
  originator,
  recipients: recipients.map(({ address }) => address),
})

/**
 * Sorts the groups by whether this connection attempts them. In the queue of messages that a failover server has taken over, it leaves
 * out the recipients of that server itself. They have their own queue, so that they stay there whatever happens to the others.
 */
function sorted(message: ClaimedMessage, groups: readonly GroupDecision[], at: Date) {
  const { mailServerId, mailbox } = message
  const here: AllowedGroup[] = []
  const declined: DeclinedOutcome[] = []
  const elsewhere: RecipientGroups['elsewhere'][number][] = []
  for (const group of groups) {
    if (group.kind === 'declined') {
      declined.push(declinedOutcome(message, group, at))
      continue
    }
    const { queue } = group
    const movedFromId = group.kind === 'allowed' && group.trace.backupFor !== undefined ? message.movedFromId : null
    const isHere = queue.mailServerId === mailServerId && queue.mailbox === mailbox
    if (group.kind === 'allowed' && isHere && movedFromId === message.movedFromId) here.push(group)
    else elsewhere.push({ recipients: group.recipients, queue: { ...queue, movedFromId } })
  }
  return { here, declined, elsewhere }
}

/** Only read for a fault that passes once a change has propagated. If the time cannot be read, the server's reply still counts. */
async function settingsChangedAt(
  { store, log }: DeliveryDeps,
  { mailServerId }: ClaimedMessage,
  groups: RecipientGroups,
): Promise<Date | null> {
  if (waitingGroup(groups)?.waitsFor?.retry !== 'settling') return null
  return store.changedAt(mailServerId).catch((error: unknown) => {
    log.error('the time of the last change of the settings could not be read', {
      subject: `mail-server:${mailServerId}`,
      error,
    })
    return null
  })
}
