import { fail, type Result, SECOND_MS } from '../../kernel'
import { type Refusal, refusal } from '../refusal'
import { createSpool, type Spool } from '../spool'
import { MESSAGE_BYTES_MAX, MESSAGE_MIB_MAX } from '../submit'

/** Bodies that are being read in all, and their bytes, which are mostly in files. More are refused for the moment. */
const READING_MAX = 200
const READING_BYTES_MAX = 512 * 1024 ** 2
/** One client has half of both at most, so that its slow requests leave something for others. */
const SHARE = 1 / 2
/** Five seconds for a MiB, which the slowest line has. */
const BODY_MS = 120 * SECOND_MS

const LIMITS = { bodyMs: BODY_MS, readingMax: READING_MAX, readingBytesMax: READING_BYTES_MAX }
export type BodyLimits = typeof LIMITS

type InUse = { bodies: number; bytes: number }

/** The client has broken its request off, or gets this answer before it has sent all of it. */
class Interrupted extends Error {
  constructor(readonly refused: Refusal) {
    super(refused.code)
  }
}

/**
 * Reads bodies of requests within bounds that all requests of this process share. A large body waits in a file, and is loaded when no other
 * one is in use. The folder is emptied before the first body is read.
 */
export function createBodyReader(folder: string, { bodyMs, readingMax, readingBytesMax }: BodyLimits = LIMITS) {
  let spool: Spool | null = null
  const all: InUse = { bodies: 0, bytes: 0 }
  const byClient = new Map<string, InUse>()

  const isMoreThan = ({ bodies, bytes }: InUse, share: number): boolean =>
    bodies > readingMax * share || bytes > readingBytesMax * share

  /**
   * Ends at the first piece that passes a limit, so that the answer does not wait for the rest of the body, which is dropped
   * (lib/access/incoming-requests.ts). `take` counts the bytes of each piece, and returns why they are refused.
   */
  async function* piecesOf({ body }: Request, take: (bytes: number) => Refusal | null): AsyncGenerator<Buffer> {
    const reader = body?.getReader()
    if (!reader) return
    const signal = AbortSignal.timeout(bodyMs)
    const stop = (): void => void reader.cancel().catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => ({ done: false, value: undefined }))
        if (signal.aborted || (!done && !value)) throw new Interrupted(refusal('too-long'))
        if (!value) return
        const refused = take(value.byteLength)
        if (refused) throw new Interrupted(refused)
        yield Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    async with<T, E extends Refusal>(
      request: Request,
      clientId: string,
      use: (body: Buffer) => Promise<Result<T, E>>,
    ): Promise<Result<T, E | Refusal>> {
      if (Number(request.headers.get('content-length') ?? 0) > MESSAGE_BYTES_MAX) return fail(tooLarge())
      const usedByClient = byClient.get(clientId) ?? { bodies: 0, bytes: 0 }
      byClient.set(clientId, usedByClient)
      let counted = 0
      const add = (bodies: number, bytes: number): void => {
        counted += bytes
        for (const inUse of [all, usedByClient]) {
          inUse.bodies += bodies
          inUse.bytes += bytes
        }
      }
      const take = (bytes: number): Refusal | null => {
        add(0, bytes)
        if (counted > MESSAGE_BYTES_MAX) return tooLarge()
        return isMoreThan(all, 1) || isMoreThan(usedByClient, SHARE) ? refusal('busy') : null
      }
      add(1, 0)
      try {
        const refused = take(0)
        if (refused) return fail(refused)
        spool ??= createSpool(folder)
        const text = await spool.receive(piecesOf(request, take), { bytesMax: MESSAGE_BYTES_MAX, onPiece() {} })
        if (!text) return fail(tooLarge())
        // A client that has left while it waited may send the message again.
        return await text.use<Result<T, E | Refusal>>(async (body) =>
          request.signal.aborted ? fail(refusal('too-long')) : use(body),
        )
      } catch (error) {
        if (error instanceof Interrupted) return fail(error.refused)
        throw error
      } finally {
        add(-1, -counted)
        if (usedByClient.bodies === 0) byClient.delete(clientId)
      }
    },
  }
}
export type BodyReader = ReturnType<typeof createBodyReader>

const tooLarge = () => refusal('too-large', { max: MESSAGE_MIB_MAX })
