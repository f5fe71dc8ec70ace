import type { DatabaseClock } from '../db'
import { DAY_MS, fail, newOrderedId, ok, type Result } from '../kernel'
import { type Bounds, capacity } from './capacity'
import { coalesce } from './group-commit'
import type { AcceptedMessage, DeliveryQueue, Envelope, NewMessage } from './message'
import { isUnstorable } from './store/deps'
import type { OutboxStore } from './store/store'

/** A message that still waits after five days has failed. */
export const RETRY_FOR_MS = 5 * DAY_MS
const GROUP = { itemsMax: 200, weightMax: 16 * 1024 ** 2, isOfOne: isUnstorable }
/** Workers are woken no more often: one look finds everything that was accepted in between. */
const WAKE_EVERY_MS = 50

/** `full`: too much waits. `share-used`: too much of this client waits. The others: this message is never accepted. */
export type AcceptFault = 'full' | 'share-used' | 'too-large' | 'too-many-recipients'

export interface AcceptDeps {
  store: Pick<OutboxStore, 'insert' | 'waiting' | 'wake'>
  chooseQueues(envelope: Envelope): Promise<readonly [DeliveryQueue, ...DeliveryQueue[]]>
  clock: Pick<DatabaseClock, 'current' | 'monotonicMs'>
  bounds: Bounds
}

/** Accepts messages: they are stored before the caller gets an answer. */
export function createAcceptance(deps: AcceptDeps) {
  const { store, chooseQueues, clock, bounds } = deps
  const reserve = capacity(deps)
  const wakeSoon = wakeUps(deps)

  /** For a caller that stores the message in its own transaction and wakes the workers after the commit. */
  async function prepare(message: NewMessage): Promise<Result<AcceptedMessage, AcceptFault>> {
    const { bytes, recipients } = message
    if (recipients.length === 0) throw new Error('A message without recipients')
    if (recipients.length > bounds.recipients) return fail('too-many-recipients')
    if (bytes.length > bounds.messageBytes) return fail('too-large')
    const fault = await reserve(message.submission?.clientId ?? null, bytes.length)
    if (fault) return fail(fault)
    const [{ mailServerId, mailbox }, ...otherQueues] = await chooseQueues(message)
    // With a clock of this machine alone, messages would be due too late, or expire too early, for the workers of others.
    const acceptedAt = await clock.current()
    const expiresAt = new Date(acceptedAt.getTime() + RETRY_FOR_MS)
    const id = message.id ?? newOrderedId(acceptedAt)
    // The copy is last: V8 takes a microsecond for each field that it adds to one, and more to read the result.
    return ok({ mailServerId, mailbox, otherQueues, acceptedAt, expiresAt, ...message, id })
  }

  const insert = coalesce<AcceptedMessage, true>(
    async (messages) => {
      await store.insert(messages)
      wakeSoon()
      return messages.map(() => true)
    },
    { ...GROUP, weigh: ({ bytes }) => bytes.length },
  )

  /** The message is durable when it returns. */
  async function accept(message: NewMessage): Promise<Result<{ id: string }, AcceptFault>> {
    const prepared = await prepare(message)
    if (!prepared.ok) return prepared
    await insert(prepared.value)
    return ok({ id: prepared.value.id })
  }

  return { accept, prepare }
}

/** Returns a function that wakes the workers soon, many messages at a time. Workers also poll, so an error does no harm. */
function wakeUps({ store, clock }: AcceptDeps): () => void {
  let wokenMs = Number.NEGATIVE_INFINITY
  let isWaking = false
  return () => {
    if (isWaking) return
    isWaking = true
    setTimeout(
      () => {
        isWaking = false
        wokenMs = clock.monotonicMs()
        store.wake().catch(() => {})
      },
      wokenMs + WAKE_EVERY_MS - clock.monotonicMs(),
    )
  }
}
