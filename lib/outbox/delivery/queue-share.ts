import { type Clock, SECOND_MS } from '../../kernel'

/** From this number of due queues on they are shared among the workers, until there are fewer than half as many. */
const QUEUES_MANY = 100
/** A worker may serve a little more than its share, because which queues are due changes all the time. */
const SHARE_MAX = 1.1
/** A queue that no worker serves for this long is served by one that has its share already. */
const LEFT_FOR_MS = 2 * SECOND_MS
/** How long a worker then gives none away: another worker is counted, but it is stopping, or has no connection to the mail servers. */
const KEEP_MS = 30 * SECOND_MS
/** As many queues are given to a worker that serves none yet, and again after `KEEP_MS` if none did. Once it serves these, it gets its share. */
const OFFERED = 10

/** A queue that can be delivered now. */
interface Due {
  key: string
  /** This worker serves it. */
  isOwn: boolean
  /** Some worker serves it. */
  isServed: boolean
}

/** Numbers of workers, this one included. */
export interface Workers {
  /** With a session at the database. */
  present: number
  /** With a connection to a mail server. */
  serving: number
}

/**
 * This worker's share where queues are many: each queue is served by one worker, on one connection, and each worker serves about as many
 * queues. Otherwise those with more connections, or with a less busy worker, would be delivered several times as fast as others.
 */
export class QueueShare {
  /** How many queues this worker may begin to serve; null while queues are few. */
  #open: number | null = null
  /** How many queues it leaves to others. */
  #surplus = 0
  #keepsUntilMs = Number.NEGATIVE_INFINITY
  #offered = { atMs: Number.NEGATIVE_INFINITY, serving: 0 }
  /** Since when queues have been left to workers that have less than their share. */
  readonly #leftSinceMs = new Map<string, number>()

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  get isMany(): boolean {
    return this.#open !== null
  }

  /** Takes over what a look has found. @param count asked for only where queues are many */
  async update(due: readonly Due[], count: () => Promise<Workers>): Promise<void> {
    const left = new Set(due.filter(({ isServed }) => !isServed).map(({ key }) => key))
    for (const key of this.#leftSinceMs.keys()) if (!left.has(key)) this.#leftSinceMs.delete(key)
    if (due.length < (this.isMany ? QUEUES_MANY / 2 : QUEUES_MANY)) {
      this.#open = null
      return
    }
    const servedHere = due.filter(({ isOwn }) => isOwn).length
    const { present, serving } = await count()
    const shareOf = (workers: number) => Math.ceil((SHARE_MAX * due.length) / Math.max(1, workers))
    this.#open = Math.max(0, shareOf(Math.max(present, serving)) - servedHere)
    const nowMs = this.clock.monotonicMs()
    this.#surplus = nowMs < this.#keepsUntilMs ? 0 : Math.max(0, servedHere - shareOf(serving))
    if (present <= serving || servedHere <= shareOf(present)) return
    if (nowMs - this.#offered.atMs < KEEP_MS && serving <= this.#offered.serving) return
    this.#offered = { atMs: nowMs, serving }
    this.#surplus = Math.max(this.#surplus, OFFERED)
  }

  /** Whether this worker begins to serve a queue that none serves. */
  takes(key: string): boolean {
    if (this.#open === null) return true
    if (this.#open > 0) this.#open--
    else {
      const sinceMs = this.#leftSinceMs.get(key) ?? this.clock.monotonicMs()
      this.#leftSinceMs.set(key, sinceMs)
      if (this.clock.monotonicMs() - sinceMs < LEFT_FOR_MS) return false
      this.#surplus = 0
      this.#keepsUntilMs = this.clock.monotonicMs() + KEEP_MS
    }
    return true
  }

  /**
   * Whether a connection must end between two messages, so that another worker serves the queue, or one connection alone.
   *
   * @param slot of its rate-limit token: 0 for the first connection of its queue in all workers
   */
  gives(slot: number | null): boolean {
    if (this.#open === null) return false
    if (slot !== 0) return true
    if (this.#surplus === 0) return false
    this.#surplus--
    return true
  }
}
