import type { DatabaseClock } from '../db/clock'
import { newOrderedId } from '../kernel/ids'
import { fail, ok, type Result } from '../kernel/result'
import { DAY_MS, SECOND_MS } from '../kernel/time'
import type { CrashPoint } from './crash-point'
import { wireFaultOf } from './delivery/wire-safe'
import { coalesce } from './group-commit'
import type { AcceptedMessage, DeliveryQueue, Envelope, NewMessage } from './message'
import { isUnstorable } from './store/deps'
import type { OutboxStore } from './store/store'
import type { Waiting, WaitingOfClient } from './store/waiting'

/** A message that still waits after five days has failed. */
export const RETRY_FOR_MS = 5 * DAY_MS
/**
 * Ten times what a mailbox may send in a day, and what the disk of a small server has to spare. One client has at most as much of both as
 * is left for all: half of it alone, a third if two send without end. So one client never uses all of it.
 */
export const BOUNDS = {
  messages: 100_000,
  bytes: 2 * 1024 ** 3,
  messageBytes: 35 * 1024 ** 2,
  recipients: 100,
} as const
export type Bounds = { readonly [key in keyof typeof BOUNDS]: number }
/** How often this process counts what waits. In between it does not see what other processes accept, so bounds may be exceeded a little. */
const COUNT_AGAIN_MS = 5 * SECOND_MS
/**
 * Clients are counted from this part of what may wait. Below it, no client can have more than what is left for all: not even if everything
 * is from one client, and the outbox is half full before the next count.
 */
const CLIENTS_COUNTED_FROM = 1 / 4
/** Messages stored in one commit. */
const GROUP = { itemsMax: 200, weightMax: 16 * 1024 ** 2, isOfOne: isUnstorable }
/** Workers are woken no more often: one look finds everything that was accepted in between. */
const WAKE_EVERY_MS = 50

/**
 * - `full`: too much waits.
 * - `share-used`: too much of this client waits.
 * - `too-large`, `too-many-recipients`: this message is never accepted.
 * - `malformed`: its bytes may not be sent to a mail server.
 */
export type AcceptFault = 'full' | 'share-used' | 'too-large' | 'too-many-recipients' | 'malformed'

export interface AcceptDeps {
  store: Pick<OutboxStore, 'insert' | 'waiting' | 'wake'>
  chooseQueues(envelope: Envelope): Promise<readonly [DeliveryQueue, ...DeliveryQueue[]]>
  clock: Pick<DatabaseClock, 'current' | 'monotonicMs'>
  crash: CrashPoint
  bounds: Bounds
}

/** Accepts messages: they are stored before the caller gets an answer. */
export function createAcceptance(deps: AcceptDeps) {
  const { store, chooseQueues, clock, crash, bounds } = deps
  const reserve = capacity(deps)
  const wakeSoon = wakeUps(deps)

  /** For a caller that stores the message in its own transaction and wakes the workers after the commit. */
  async function prepare(message: NewMessage): Promise<Result<AcceptedMessage, AcceptFault>> {
    const { bytes, recipients } = message
    if (recipients.length === 0) throw new Error('A message without recipients')
    if (recipients.length > bounds.recipients) return fail('too-many-recipients')
    if (bytes.length > bounds.messageBytes) return fail('too-large')
    if (wireFaultOf(bytes) !== null) return fail('malformed')
    const fault = await reserve(message.submission?.clientId ?? null, bytes.length)
    if (fault) return fail(fault)
    const [queue, ...otherQueues] = await chooseQueues(message)
    // With a clock of this machine alone, messages would be due too late, or expire too early, for the workers of others.
    const acceptedAt = await clock.current()
    const expiresAt = new Date(acceptedAt.getTime() + RETRY_FOR_MS)
    const id = message.id ?? newOrderedId(acceptedAt)
    return ok({ ...message, ...queue, otherQueues, id, acceptedAt, expiresAt })
  }

  const insert = coalesce<AcceptedMessage, true>(
    async (messages) => {
      await store.insert(messages)
      crash('after-commit')
      wakeSoon()
      return messages.map(() => true)
    },
    { ...GROUP, weigh: ({ bytes }) => bytes.length },
  )

  /** The message is durable when it returns. */
  async function accept(message: NewMessage): Promise<Result<{ id: string }, AcceptFault>> {
    crash('after-read')
    const prepared = await prepare(message)
    if (!prepared.ok) return prepared
    await insert(prepared.value)
    return ok({ id: prepared.value.id })
  }

  return { accept, prepare }
}

/** What waits of each client and, under null, in all. */
class Tally {
  readonly #waiting = new Map<string | null, Waiting>()

  of(key: string | null): Waiting {
    return this.#waiting.get(key) ?? { messages: 0, bytes: 0 }
  }

  add(clientId: string | null, { messages, bytes }: Waiting): void {
    for (const key of new Set([null, clientId])) {
      const before = this.of(key)
      this.#waiting.set(key, { messages: before.messages + messages, bytes: before.bytes + bytes })
    }
  }
}

/** Returns a function that reserves capacity for a client's number of bytes, or resolves with why there is none. */
function capacity({
  store,
  clock,
  bounds,
}: AcceptDeps): (clientId: string | null, bytes: number) => Promise<'full' | 'share-used' | null> {
  const byClientFrom = { messages: bounds.messages * CLIENTS_COUNTED_FROM, bytes: bounds.bytes * CLIENTS_COUNTED_FROM }
  let known: Tally | null = null
  /** What was accepted since the count that runs has begun. */
  let accepted: WaitingOfClient[] = []
  let counting: Promise<void> | null = null
  let countedMs = Number.NEGATIVE_INFINITY

  /**
   * What is accepted while the database counts may be part of its answer and is added again. The sum is then too high, as it also
   * becomes when messages are sent, and never too low.
   */
  async function count(): Promise<void> {
    countedMs = clock.monotonicMs()
    accepted = []
    try {
      const counted = await store.waiting(byClientFrom)
      known = new Tally()
      for (const { clientId, ...waiting } of [...counted, ...accepted]) known.add(clientId, waiting)
    } catch (error) {
      countedMs = Number.NEGATIVE_INFINITY
      throw error
    } finally {
      counting = null
    }
  }

  function faultOf(tally: Tally, clientId: string | null, bytes: number): 'full' | 'share-used' | null {
    const all = tally.of(null)
    const free = { messages: bounds.messages - all.messages, bytes: bounds.bytes - all.bytes }
    const fits = (used: Waiting): boolean => used.messages < free.messages && used.bytes + bytes <= free.bytes
    if (!fits({ messages: 0, bytes: 0 })) return 'full'
    return clientId === null || fits(tally.of(clientId)) ? null : 'share-used'
  }

  return async (clientId, bytes) => {
    if (!counting && clock.monotonicMs() - countedMs >= COUNT_AGAIN_MS) {
      counting = count()
      counting.catch(() => {}) // Callers that wait for the count get the error.
    }
    // If the last count leaves enough capacity, the caller does not wait for the next one.
    if (!known || faultOf(known, clientId, bytes)) await counting
    const fault = known ? faultOf(known, clientId, bytes) : 'full'
    if (!known || fault) return fault
    known.add(clientId, { messages: 1, bytes })
    if (counting) accepted.push({ clientId, messages: 1, bytes })
    return null
  }
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
