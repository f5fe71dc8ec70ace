/** RFC 5321 §4.5.3.1.6: a line has 1,000 octets with its CRLF. */
const LINE_OCTETS_MAX = 998

const LF = 0x0a
const CR = 0x0d

/** Whether these bytes may follow DATA: each CR and LF is part of a CRLF, there is no NUL, and no line is over 998 octets. */
export function isWireSafe(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false
  let lineStart = 0
  while (lineStart < bytes.length) {
    const end = bytes.indexOf(LF, lineStart)
    const last = end < 0 ? bytes.length : end - 1
    if (end >= 0 && bytes[last] !== CR) return false
    if (last - lineStart > LINE_OCTETS_MAX) return false
    const stray = bytes.indexOf(CR, lineStart)
    if (stray >= 0 && stray < last) return false
    if (end < 0) return stray < 0
    lineStart = end + 1
  }
  return true
}
