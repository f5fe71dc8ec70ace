import { setTimeout as pause } from 'node:timers/promises'
import type { LongText } from '../smtp/contracts'

/** A longer text is read when it goes on the wire, so much at a time: ten of 25 MiB would be a worker's whole memory. */
export const PIECE_BYTES = 512 * 1024
/** While the database is away a piece is asked for so often, for two minutes; a mail server waits five (RFC 5321 §4.5.3.2.7). */
const AGAIN_MS = 1_000
const TRIES_MAX = 120

/** @param read so many bytes from there; fewer, or none, once the text is gone. */
export function longText(length: number, read: (from: number, bytes: number) => Promise<Buffer | null>): LongText {
  async function piece(from: number, bytes: number): Promise<Buffer | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await read(from, bytes)
      } catch (error) {
        if (tries >= TRIES_MAX) throw error
        await pause(AGAIN_MS)
      }
    }
  }
  return {
    length,
    async *pieces() {
      for (let from = 0; from < length; from += PIECE_BYTES) {
        const bytes = Math.min(PIECE_BYTES, length - from)
        const read = await piece(from, bytes)
        if (read?.length !== bytes) throw new Error('its text is gone')
        yield read
      }
    },
  }
}
