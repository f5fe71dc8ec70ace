import { setTimeout as pause } from 'node:timers/promises'
import type { LongText } from '../../smtp/contracts'

/** A longer text is read in pieces while it is sent: ten texts of 25 MiB would fill a worker's memory. */
export const PIECE_BYTES = 512 * 1024
/** While the database is unreachable, a piece is read again for two minutes; a mail server waits five (RFC 5321 §4.5.3.2.7). */
const READ_AGAIN_MS = 1_000
const READS_MAX = 120

/** @param read returns that many bytes from there; fewer, or null, once the text is removed */
export function longText(length: number, read: (from: number, bytes: number) => Promise<Buffer | null>): LongText {
  async function piece(from: number, bytes: number): Promise<Buffer | null> {
    for (let reads = 1; ; reads++) {
      try {
        return await read(from, bytes)
      } catch (error) {
        if (reads >= READS_MAX) throw error
        await pause(READ_AGAIN_MS)
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
