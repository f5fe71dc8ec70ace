import { fail, ok, type Result } from '../../kernel/result'
import { SECOND_MS } from '../../kernel/time'
import { type Refusal, refusal } from '../refusal'
import { MESSAGE_BYTES_MAX, MESSAGE_MIB_MAX } from '../submit'

/** Larger bodies are rare, and are read by a few requests at a time. */
const SMALL_BYTES = 256 * 1024
const LARGE_AT_ONCE = 3
/** Bodies that are being read in all. More are refused for the moment. */
const READING_MAX = 200
/** Five seconds for a MiB, which the slowest line has. */
const BODY_MS = 120 * SECOND_MS

export interface BodyLimits {
  bodyMs: number
  readingMax: number
}

/** Reads bodies of requests within bounds that all requests of this process share. */
export function createBodyReader({ bodyMs, readingMax }: BodyLimits = { bodyMs: BODY_MS, readingMax: READING_MAX }) {
  const large = createTurns(LARGE_AT_ONCE)
  const processing = createTurns(1)
  let reading = 0

  async function read(request: Request, signal: AbortSignal, turn: Turn): Promise<Result<Buffer, Refusal>> {
    const pieces: Uint8Array[] = []
    let bytes = 0
    const reader = request.body?.getReader()
    if (!reader) return ok(Buffer.alloc(0))
    const stop = (): void => void reader.cancel().catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (signal.aborted) return fail(refusal('too-long'))
        if (done) return ok(Buffer.concat(pieces))
        bytes += value.byteLength
        if (bytes > MESSAGE_BYTES_MAX) return fail(tooLarge())
        if (bytes > SMALL_BYTES && !turn.isTaken && !(await turn.take(large, signal))) return fail(refusal('busy'))
        pieces.push(value)
      }
    } catch {
      // The client broke the request off and gets no answer.
      return fail(refusal('too-long'))
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    /** Reads the body and calls `use` with it. Of large bodies one at a time is in use, because each needs several times its size. */
    async with<T, E extends Refusal>(
      request: Request,
      use: (body: Buffer) => Promise<Result<T, E>>,
    ): Promise<Result<T, E | Refusal>> {
      if (Number(request.headers.get('content-length') ?? 0) > MESSAGE_BYTES_MAX) return fail(tooLarge())
      if (reading >= readingMax) return fail(refusal('busy'))
      reading++
      const signal = AbortSignal.timeout(bodyMs)
      const [turn, alone] = [new Turn(), new Turn()]
      try {
        const body = await read(request, signal, turn)
        if (!body.ok) return body
        if (turn.isTaken && !(await alone.take(processing, signal))) return fail(refusal('busy'))
        return await use(body.value)
      } finally {
        reading--
        turn.end()
        alone.end()
      }
    },
  }
}
export type BodyReader = ReturnType<typeof createBodyReader>

const tooLarge = () => refusal('too-large', { max: MESSAGE_MIB_MAX })

interface Turns {
  /** Calls back once a turn is free. */
  take(begin: () => void): void
  leave(begin: () => void): void
  end(): void
}

function createTurns(count: number): Turns {
  let free = count
  let waiting: (() => void)[] = []
  return {
    take(begin) {
      if (free === 0) return void waiting.push(begin)
      free--
      begin()
    },
    leave(begin) {
      waiting = waiting.filter((each) => each !== begin)
    },
    end() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}

/** One request's turn, which ends once. */
class Turn {
  #of: Turns | null = null

  get isTaken(): boolean {
    return this.#of !== null
  }

  /** @returns false if the signal came first */
  take(turns: Turns, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const abort = (): void => {
        turns.leave(begin)
        resolve(false)
      }
      const begin = (): void => {
        signal.removeEventListener('abort', abort)
        this.#of = turns
        resolve(true)
      }
      if (signal.aborted) return resolve(false)
      signal.addEventListener('abort', abort, { once: true })
      turns.take(begin)
    })
  }

  end(): void {
    this.#of?.end()
    this.#of = null
  }
}
