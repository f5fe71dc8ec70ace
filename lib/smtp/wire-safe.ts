import { fail, ok, type Result } from '../kernel'

/** RFC 5321 §4.5.3.1.6: a line has 1,000 octets with its CRLF. */
export const LINE_OCTETS_MAX = 998

const LF = 0x0a
const CR = 0x0d

/** Why bytes may not follow DATA: a NUL, a CR or LF that is not part of a CRLF, or a line over 998 octets. */
export type WireFault = 'nul-character' | 'line-ending' | 'line-too-long'

declare const isChecked: unique symbol
/** Bytes that may follow DATA. Only this file makes them, so the outbox gets none that were not checked. */
export type WireSafe = Buffer & { readonly [isChecked]: true }

/** Checks bytes from anywhere, and returns their first fault. A line ending counts before a long line. */
export function wireSafe(bytes: Buffer): Result<WireSafe, WireFault> {
  if (bytes.includes(0)) return fail('nul-character')
  const { length } = bytes
  let isLong = false
  let lineStart = 0
  // A loop over the index: with a call for each line, a message of empty lines would take seconds.
  for (let offset = 0; offset < length; offset++) {
    const byte = bytes[offset]
    if (byte !== CR && byte !== LF) continue
    if (byte === LF || bytes[offset + 1] !== LF) return fail('line-ending')
    isLong ||= offset - lineStart > LINE_OCTETS_MAX
    lineStart = ++offset + 1
  }
  return isLong || length - lineStart > LINE_OCTETS_MAX ? fail('line-too-long') : ok(bytes as WireSafe)
}

/** Joins lines of ours with whole lines of checked bytes, which are named by their places. @throws if ours have a fault */
export const joinLines = (bytes: WireSafe, pieces: readonly (string | { start: number; end: number })[]): WireSafe =>
  Buffer.concat(
    pieces.map((piece) => (typeof piece === 'string' ? ownLines(piece) : bytes.subarray(piece.start, piece.end))),
  ) as WireSafe

function ownLines(text: string): WireSafe {
  const checked = wireSafe(Buffer.from(text))
  if (!checked.ok) throw new Error(`Lines of our own with a fault: ${checked.error}`)
  return checked.value
}
