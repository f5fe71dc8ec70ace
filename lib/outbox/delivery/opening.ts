import type { Deadline } from '../../kernel/deadline'
import { SECOND_MS } from '../../kernel/time'

/** Each connection costs milliseconds of processor time for its keys: of hundreds at once, every one would come too late. */
const OPENING_MAX = 25
/** One that takes longer holds nothing up any more, because its server may not answer at all. */
const PLACE_MS_MAX = SECOND_MS

/** Bounds the connections that are being opened. The others wait in the order in which they came. */
export class Openings {
  #free = OPENING_MAX
  readonly #waiting: (() => void)[] = []

  /** The wait for the turn does not count towards the time that the attempt may take. If it is ended, `open` begins at once and says what that means. */
  async inTurn<T>(deadline: Pick<Deadline, 'signal' | 'outside'>, open: () => Promise<T>): Promise<T> {
    const leave = await this.#place(deadline)
    try {
      return await open()
    } finally {
      leave?.()
    }
  }

  /** @returns leaves the place, now or after `PLACE_MS_MAX`; null if the wait was ended */
  async #place({ signal, outside }: Pick<Deadline, 'signal' | 'outside'>): Promise<(() => void) | null> {
    if (this.#free > 0) this.#free--
    else if (signal.aborted || !(await outside(() => this.#turn(signal)))) return null
    let isHeld = true
    const leave = () => {
      if (!isHeld) return
      isHeld = false
      clearTimeout(timer)
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
    const timer = setTimeout(leave, PLACE_MS_MAX)
    return leave
  }

  /** @returns false if the signal came first */
  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', end)
        resolve(true)
      }
      const end = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        resolve(false)
      }
      this.#waiting.push(begin)
      signal.addEventListener('abort', end, { once: true })
    })
  }
}
