import type { DatabaseClock } from '../db'
import { SECOND_MS } from '../kernel'
import type { OutboxStore } from './store/store'
import type { Waiting, WaitingOfClient } from './store/waiting'

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
export function capacity(deps: {
  store: Pick<OutboxStore, 'waiting'>
  clock: Pick<DatabaseClock, 'monotonicMs'>
  bounds: Bounds
}): (clientId: string | null, bytes: number) => Promise<'full' | 'share-used' | null> {
  const { store, clock, bounds } = deps
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
