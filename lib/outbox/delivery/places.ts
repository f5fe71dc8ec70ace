import { SECOND_MS } from '../../kernel'
import type { Deadline } from '../../kernel/deadline'

export interface Place {
  leave(): void
  /** The work proceeds, so the place is held for `heldMsMax` from now on. */
  hold(): void
}

/** A number of places for work that costs processor time. Who finds none free waits, in the order in which they came. */
export class Places {
  #used = 0
  /** Those that go first, and all after them. */
  readonly #lines: readonly [(() => void)[], (() => void)[]] = [[], []]

  /** @param heldMsMax work that takes longer without a sign of life holds nothing up any more, because its server may not answer at all */
  constructor(
    private readonly count: number,
    private readonly heldMsMax: number,
  ) {}

  get waiting(): { first: number; all: number } {
    const [first, further] = this.#lines
    return { first: first.length, all: first.length + further.length }
  }

  async take(signal: AbortSignal, goesFirst = false): Promise<Place | null> {
    if (signal.aborted) return null
    if (this.#used < this.count) this.#used++
    else if (!(await this.#turn(signal, this.#lines[goesFirst ? 0 : 1]))) return null
    let isHeld = true
    const leave = () => {
      if (!isHeld) return
      isHeld = false
      clearTimeout(timer)
      this.#used--
      if (this.#used < this.count) this.admit()
    }
    const timer = setTimeout(leave, this.heldMsMax)
    return { leave, hold: () => void timer.refresh() }
  }

  /** Lets the next one begin, even if no place is free. */
  admit(): void {
    const begin = this.#lines[0].shift() ?? this.#lines[1].shift()
    if (!begin) return
    this.#used++
    begin()
  }

  /** @returns false if the signal came first */
  #turn(signal: AbortSignal, line: (() => void)[]): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', end)
        resolve(true)
      }
      const end = () => {
        line.splice(line.indexOf(begin), 1)
        resolve(false)
      }
      line.push(begin)
      signal.addEventListener('abort', end, { once: true })
    })
  }
}

/** Each connection costs milliseconds of processor time for its keys: of hundreds at once, every one would come too late. */
const OPENING_MAX = 25

export class Openings {
  readonly #places = new Places(OPENING_MAX, SECOND_MS)

  /** The wait for the turn does not count towards the time that the attempt may take. If it is ended, `open` begins at once and says what that means. */
  async inTurn<T>({ signal, outside }: Pick<Deadline, 'signal' | 'outside'>, open: () => Promise<T>): Promise<T> {
    const place = await outside(() => this.#places.take(signal))
    try {
      return await open()
    } finally {
      place?.leave()
    }
  }
}
