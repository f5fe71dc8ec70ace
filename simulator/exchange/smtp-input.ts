import type { Duplex } from 'node:stream'

const LONGEST_LINE = 128 * 1024
const DOT_LINE = Buffer.from('\r\n.\r\n')
const LINE_END = Buffer.from('\r\n')

/** Reads what a client sends: a line, a message up to its final dot, or a number of bytes. */
export class SmtpInput {
  #pending: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | null = null
  #source: Duplex | null = null
  bytes = 0

  /** Reads from this stream from now on. */
  feedFrom(source: Duplex): void {
    this.#source = source
    source.on('data', (chunk: Buffer) => {
      if (this.#source !== source) return
      this.bytes += chunk.length
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
      this.#wake?.()
    })
    const end = () => {
      if (this.#source !== source) return
      this.#ended = true
      this.#wake?.()
    }
    source.on('end', end)
    source.on('close', end)
  }

  /** Discards what was sent in clear text after STARTTLS (CVE-2011-0411). */
  discard(): void {
    this.#source = null
    this.#pending = Buffer.alloc(0)
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false
    await new Promise<void>((wake) => {
      this.#wake = wake
    })
    this.#wake = null
    return true
  }

  async #some(): Promise<Buffer | null> {
    while (this.#pending.length === 0) if (!(await this.#more())) return null
    const all = this.#pending
    this.#pending = Buffer.alloc(0)
    return all
  }

  /** A line without its end, or null if the client has gone or its line is too long. */
  async line(): Promise<Buffer | null> {
    for (;;) {
      const end = this.#pending.indexOf(0x0a)
      if (end >= 0) {
        const line = this.#pending.subarray(0, this.#pending[end - 1] === 0x0d ? end - 1 : end)
        this.#pending = this.#pending.subarray(end + 1)
        return line
      }
      if (this.#pending.length > LONGEST_LINE || !(await this.#more())) return null
    }
  }

  /** Only CRLF dot CRLF ends a message: a bare line feed before the dot is content. */
  async message(): Promise<Buffer | null> {
    const parts: Buffer[] = []
    let size = 0
    let tail: Buffer = LINE_END
    for (;;) {
      const chunk = await this.#some()
      if (chunk === null) return null
      const joined = Buffer.concat([tail, chunk])
      const end = joined.indexOf(DOT_LINE)
      parts.push(chunk)
      if (end >= 0) {
        this.#pending = joined.subarray(end + DOT_LINE.length)
        return undot(Buffer.concat(parts).subarray(0, size + end + LINE_END.length - tail.length))
      }
      size += chunk.length
      tail = joined.subarray(-(DOT_LINE.length - 1))
    }
  }

  async exactly(size: number): Promise<Buffer | null> {
    while (this.#pending.length < size) if (!(await this.#more())) return null
    const bytes = this.#pending.subarray(0, size)
    this.#pending = this.#pending.subarray(size)
    return bytes
  }
}

/** Removes the dot that a client adds to a line starting with one (RFC 5321 §4.5.2). */
function undot(message: Buffer): Buffer {
  if (message[0] !== 0x2e && message.indexOf('\r\n.') < 0) return message
  return Buffer.from(message.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1')
}
