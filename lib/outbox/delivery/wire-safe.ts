/** RFC 5321 §4.5.3.1.6: a line has 1,000 octets with its CRLF. */
export const LINE_OCTETS_MAX = 998

const LF = 0x0a
const CR = 0x0d

/** Why bytes may not follow DATA: a NUL, a CR or LF that is not part of a CRLF, or a line over 998 octets. */
export type WireFault = 'nul-character' | 'line-ending' | 'line-too-long'

/** The first fault of these bytes, or null if they may follow DATA. A line ending counts before a long line. */
export function wireFaultOf(bytes: Buffer): WireFault | null {
  if (bytes.includes(0)) return 'nul-character'
  const { length } = bytes
  let isLong = false
  let lineStart = 0
  // By index: with a call for each line, a message of empty lines would take seconds.
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]
    if (byte !== CR && byte !== LF) continue
    if (byte === LF || bytes[at + 1] !== LF) return 'line-ending'
    isLong ||= at - lineStart > LINE_OCTETS_MAX
    lineStart = ++at + 1
  }
  return isLong || length - lineStart > LINE_OCTETS_MAX ? 'line-too-long' : null
}
