import { SECOND_MS } from '../../kernel'
import type { Deadline } from '../../kernel/deadline'
import { Places } from './places'

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
