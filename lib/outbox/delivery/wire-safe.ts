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
  while (lineStart < bytes.length) {
    const end = bytes.indexOf(LF, lineStart)
    const last = end < 0 ? bytes.length : end - 1
    if (end >= 0 && bytes[last] !== CR) return 'line-ending'
    const stray = bytes.indexOf(CR, lineStart)
    if (stray >= 0 && (stray < last || end < 0)) return 'line-ending'
    isLong ||= last - lineStart > LINE_OCTETS_MAX
    if (end < 0) break
    lineStart = end + 1
  }
  return isLong ? 'line-too-long' : null
}
