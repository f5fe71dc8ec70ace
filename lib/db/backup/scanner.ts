import { ROWS_END } from './header'

const NEWLINE = 10
const END_OF_ROWS = Buffer.concat([Buffer.from('\n'), ROWS_END])
/** Longer than any line of ours that is not a row. */
const LINE_BYTES_MAX = 1_000_000

/** Cuts a stream of chunks into single lines and blocks of rows. A row may be longer than memory: it is handed on in parts. */
export class Scanner {
  #ahead: Buffer = Buffer.alloc(0)

  /** @param seen gets every byte in order, just before it is handed on. */
  constructor(
    private readonly chunks: AsyncIterator<Buffer>,
    private readonly onRead: (bytes: Buffer) => void,
  ) {}

  /** The next line without its end; null when there is none. */
  async line(): Promise<Buffer | null> {
    for (let from = 0; ; ) {
      const end = this.#ahead.indexOf(NEWLINE, from)
      if (end >= 0) return this.#take(end + 1).subarray(0, -1)
      from = this.#ahead.length
      if (from > LINE_BYTES_MAX || !(await this.#more())) return null
    }
  }

  /** The rows up to their end mark, which is taken too, in whatever parts they come. Ends early where the stream does. */
  async *rows(): AsyncGenerator<Buffer> {
    for (let atLineStart = true; ; ) {
      if (this.#ahead.length < ROWS_END.length && !(await this.#more())) return
      if (atLineStart && this.#ahead.subarray(0, ROWS_END.length).equals(ROWS_END)) {
        this.#take(ROWS_END.length)
        return
      }
      const end = this.#ahead.indexOf(END_OF_ROWS)
      // What may be the beginning of the mark waits for the next chunk.
      const length = end >= 0 ? end + 1 : this.#ahead.length - ROWS_END.length
      if (length <= 0) {
        if (!(await this.#more())) return
        continue
      }
      const part = this.#take(length)
      atLineStart = part.at(-1) === NEWLINE
      yield part
    }
  }

  async atEnd(): Promise<boolean> {
    return this.#ahead.length === 0 && !(await this.#more())
  }

  #take(length: number): Buffer {
    const part = this.#ahead.subarray(0, length)
    this.#ahead = this.#ahead.subarray(length)
    this.onRead(part)
    return part
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.chunks.next()
    if (done) return false
    this.#ahead = this.#ahead.length === 0 ? value : Buffer.concat([this.#ahead, value])
    return true
  }
}
