import { mkdirSync, rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import path from 'node:path'
import { newId } from '../kernel'
import { Budget } from '../kernel/budget'
import { collectGarbage } from '../kernel/heap'

/** A longer message waits in a file until it is stored, so that many large ones at once do not fill the memory. */
const MEMORY_BYTES_MAX = 256 * 1024
/** Pieces of a message that are joined, by their bytes and by their number. */
const [GATHERED_BYTES, GATHERED_MAX] = [16 * 1024, 1_000]
/** Messages that are loaded from files at a time, and those that waited in memory: storing one needs its size several times over. */
const LOADED_BYTES_MAX = { fromFiles: 4 * 1024 ** 2, fromMemory: 4 * 1024 ** 2 }
/** Once messages of this total size have been loaded, garbage is collected, because V8 alone would let more of it gather. */
const COLLECTED_BYTES = 24 * 1024 ** 2
/** How much more than the limit is read before a connection that keeps sending is cut. */
export const EXCESS_BYTES_MAX = 25 * 1024 ** 2

export type Spool = ReturnType<typeof createSpool>

/**
 * @param folder is emptied now, unless the disk is read-only; a file in it has no name while it is in use, so that the system removes it even after a crash
 */
export function createSpool(folder: string) {
  try {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    // Only a message that needs a file fails by the disk.
  }
  const [large, small] = [new Budget(LOADED_BYTES_MAX.fromFiles), new Budget(LOADED_BYTES_MAX.fromMemory)]
  return {
    /**
     * Reads a stream to its end. Nothing of a message over the limit is kept.
     *
     * @param onPiece called whenever something arrived
     * @returns null for such a message, at its end or when it has far more
     * @throws what the disk says, after the end of the stream, or what the stream says
     */
    async receive(stream: AsyncIterable<Buffer>, { bytesMax, onPiece }: { bytesMax: number; onPiece(): void }) {
      const text = new Incoming(folder)
      try {
        for await (const piece of gathered(stream, onPiece)) {
          await text.add(piece, bytesMax)
          if (text.size > bytesMax + EXCESS_BYTES_MAX) return null
        }
      } catch (error) {
        await text.discard()
        throw error
      }
      if (text.size > bytesMax) return null
      if (text.failure !== null) throw text.failure
      const memory = text.isInFile ? large : small
      return {
        /** Loads it, once memory for it is free, and forgets it afterwards. Small ones do not wait for large ones. */
        use: <T>(store: (bytes: Buffer) => Promise<T>): Promise<T> => memory.using(text.size, () => text.use(store)),
      }
    },
  }
}

/** Joins small pieces, whose size the client decides: each needs a hundred bytes of memory besides its own, and a write. */
async function* gathered(stream: AsyncIterable<Buffer>, onPiece: () => void): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of stream) {
    onPiece()
    pieces.push(piece)
    bytes += piece.length
    if (bytes < GATHERED_BYTES && pieces.length < GATHERED_MAX) continue
    yield joined(pieces)
    pieces = []
    bytes = 0
  }
  yield joined(pieces)
}

const joined = (pieces: readonly Buffer[]) => (pieces[0] && pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))

/** Size of the messages that were loaded from files since the last collection. */
let usedBytes = 0

/** A message while it arrives: in memory first, then in a file. */
class Incoming {
  size = 0
  /** What the disk said. The rest of the message is read nevertheless, because the client listens for an answer only then. */
  failure: unknown = null
  #pieces: Buffer[] = []
  #file: FileHandle | null = null

  constructor(private readonly folder: string) {}

  get isInFile(): boolean {
    return this.#file !== null
  }

  async add(piece: Buffer, bytesMax: number): Promise<void> {
    this.size += piece.length
    if (this.failure !== null) return
    if (this.size > bytesMax) return this.discard()
    this.#pieces.push(piece)
    if (!this.#file && this.size <= MEMORY_BYTES_MAX) return
    try {
      this.#file ??= await openNameless(this.folder)
      await this.#file.writeFile(Buffer.concat(this.#pieces)) // after what was written before
      this.#pieces = []
    } catch (error) {
      await this.discard()
      this.failure = error
    }
  }

  /** What the messages before it needed is freed first. */
  async #loaded(file: FileHandle): Promise<Buffer> {
    usedBytes += this.size
    if (usedBytes > COLLECTED_BYTES) {
      usedBytes = 0
      collectGarbage()
    }
    return readAll(file, this.size)
  }

  async discard(): Promise<void> {
    this.#pieces = []
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  async use<T>(store: (bytes: Buffer) => Promise<T>): Promise<T> {
    try {
      // Without a name, so that it is forgotten as soon as `store` needs it no more.
      return await store(this.#file ? await this.#loaded(this.#file) : joined(this.#pieces.splice(0)))
    } finally {
      await this.discard()
    }
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const name = path.join(folder, newId())
  const file = await open(name, 'wx+', 0o600)
  await unlink(name)
  return file
}

async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size)
  for (let offset = 0; offset < size; ) {
    const { bytesRead } = await file.read(bytes, offset, size - offset, offset)
    if (bytesRead === 0) throw new Error('A spooled message is incomplete')
    offset += bytesRead
  }
  return bytes
}
