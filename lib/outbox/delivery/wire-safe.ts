/** RFC 5321 §4.5.3.1.6: a line has 1,000 octets with its CRLF. */
export const LINE_OCTETS_MAX = 998

const LF = 0x0a
const CR = 0x0d

/** Why bytes may not follow DATA: a NUL, a CR or LF that is not part of a CRLF, or a line over 998 octets. */
export type WireFault = 'nul-character' | 'line-ending' | 'line-too-long'

/** The first fault of these bytes, or null if they may follow DATA. A line ending counts before a long line. */
export function wireFaultOf(bytes: Buffer): WireFault | null {
  if (bytes.includes(0)) return 'nul-character'
  let isLong = false
  let lineStart = 0
  let before: number | undefined
  // By index: with a call for each line, a message of empty lines would take seconds.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if ((byte === LF) !== (before === CR)) return 'line-ending'
    if (byte === LF) {
      isLong ||= at - 1 - lineStart > LINE_OCTETS_MAX
      lineStart = at + 1
    }
    before = byte
  }
  if (before === CR) return 'line-ending'
  return isLong || bytes.length - lineStart > LINE_OCTETS_MAX ? 'line-too-long' : null
}
