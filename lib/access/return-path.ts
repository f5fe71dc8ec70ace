/** Longer addresses are nobody's bookmark. */
const PATH_CHARS_MAX = 2048
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/
/** Encoded slash, backslash and control characters: some hop may decode them into what is refused here. */
const ENCODED_TRAP = /%(2f|5c|[01][0-9a-f])/i
const DOT_SEGMENT = /(^|\/)(\.|%2e){1,2}(?=\/|$)/i

/** Whether a return address is a path on this site and cannot be read as anything else (W-11). */
export function isReturnPath(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > PATH_CHARS_MAX || !text.startsWith('/')) return false
  if (!PRINTABLE_ASCII.test(text) || text.includes('\\') || ENCODED_TRAP.test(text)) return false
  const path = text.split(/[?#]/, 1)[0] ?? ''
  return !path.includes('//') && !DOT_SEGMENT.test(path)
}

/** Where to go after signing in; the front page when the asked-for address is not one of ours. */
export const returnPath = (asked: unknown): string => (isReturnPath(asked) ? asked : '/')
