import { type Clock, SECOND_MS } from '../../kernel'
import { type Place, Places } from './places'

/** Rounds of a busy process at a time: enough that a commit has many results, and few enough that each one ends soon. */
const ROUNDS_MAX = 25
/** With this number of first rounds to begin a worker takes no further queues. */
const FIRST_WAITING_MAX = 2 * ROUNDS_MAX
/** A round that sends nothing for this long no longer delays others, because its mail server may not answer at all. */
const HELD_MS_MAX = SECOND_MS
/** How often one more round begins if the process is not busy, because then it waits for mail servers and not for the processor. */
const MORE_EVERY_MS = 25
/** A process is busy if a timer is late by this much. */
const LATE_MS = 2

/**
 * The order of rounds where queues are many: first rounds before further ones, and each line in the order in which connections asked. If
 * every connection began its next round at once, those that were opened early would take the processor from those that are being opened.
 */
export class Rounds {
  readonly #places = new Places(ROUNDS_MAX, HELD_MS_MAX)
  #isWatching = false

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** More first rounds wait than can begin soon, so another worker may be quicker to serve a further queue. */
  get isFull(): boolean {
    return this.#places.waiting.first >= FIRST_WAITING_MAX
  }

  /** @returns null if the signal came before its beginning */
  begin(signal: AbortSignal, isFirst: boolean): Promise<Place | null> {
    const place = this.#places.take(signal, isFirst)
    if (!this.#isWatching) this.#watch()
    return place
  }

  #watch(): void {
    this.#isWatching = this.#places.waiting.all > 0
    if (!this.#isWatching) return
    const dueMs = this.clock.monotonicMs() + MORE_EVERY_MS
    setTimeout(() => {
      if (this.clock.monotonicMs() - dueMs < LATE_MS) this.#places.admit()
      this.#watch()
    }, MORE_EVERY_MS)
  }
}
