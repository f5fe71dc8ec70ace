import type { Clock } from '../../kernel/clock'
import { SECOND_MS } from '../../kernel/time'

/** From this number of due queues on they are shared among the workers, until there are fewer than half as many. */
const QUEUES_MANY = 100
/** A worker may serve a little more than its share, because which queues are due changes all the time. */
const SHARE_MAX = 1.1
/** A queue that no worker serves for so long is served by one that has its share already. */
const LEFT_FOR_MS = 2 * SECOND_MS

/**
 * This worker's share where queues are many: each queue is served by one worker, on one connection, and each worker serves about as many
 * queues. Otherwise those with more connections, or with a less busy worker, would be delivered several times as fast as others.
 */
export class QueueShare {
  /** How many queues more than its share this worker serves; null while queues are few. */
  #surplus: number | null = null
  /** Since when queues have been left to workers that have less than their share. */
  #leftSinceMs = new Map<string, number>()

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  get isMany(): boolean {
    return this.#surplus !== null
  }

  /**
   * Takes over what a look has found.
   *
   * @param due queues that can be delivered now, and whether this worker serves them
   * @param workers number of workers, this one included; asked for only where queues are many
   */
  async update(due: readonly { key: string; isOwn: boolean }[], workers: () => Promise<number>): Promise<void> {
    if (due.length < (this.isMany ? QUEUES_MANY / 2 : QUEUES_MANY)) {
      this.#surplus = null
      this.#leftSinceMs.clear()
      return
    }
    const share = Math.ceil((SHARE_MAX * due.length) / Math.max(1, await workers()))
    this.#surplus = due.filter(({ isOwn }) => isOwn).length - share
    const keys = new Set(due.map(({ key }) => key))
    for (const key of this.#leftSinceMs.keys()) if (!keys.has(key)) this.#leftSinceMs.delete(key)
  }

  /** Whether this worker begins to serve a queue that none serves. */
  takes(key: string): boolean {
    if (this.#surplus === null) return true
    const sinceMs = this.#leftSinceMs.get(key) ?? this.clock.monotonicMs()
    const takes = this.#surplus < 0 || this.clock.monotonicMs() - sinceMs >= LEFT_FOR_MS
    if (takes) {
      this.#surplus++
      this.#leftSinceMs.delete(key)
    } else this.#leftSinceMs.set(key, sinceMs)
    return takes
  }

  /**
   * Whether a connection must end between two messages, so that another worker serves the queue, or one connection alone.
   *
   * @param slot of its rate-limit token: 0 for the first connection of its queue in all workers
   */
  gives(slot: number | null): boolean {
    if (this.#surplus === null) return false
    if (slot !== 0) return true
    if (this.#surplus <= 0) return false
    this.#surplus--
    return true
  }
}
