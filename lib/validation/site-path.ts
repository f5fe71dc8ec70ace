import type { Route } from 'next'

const PATH_CHARS_MAX = 2048
const PRINTABLE = /^[\u0021-\u007e]+$/
/** An encoded slash, backslash or control character, which a proxy might decode. */
const ENCODED_TRAP = /%(?:2f|5c|0[0-9a-f]|1[0-9a-f])/i
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i

/** The path of this site in a value, such as where a person continues after signing in. Null if it is none. */
export function sitePathIn(input: unknown): Route | null {
  if (typeof input !== 'string' || input.length > PATH_CHARS_MAX) return null
  const path = input.split(/[?#]/, 1)[0] ?? ''
  const isPath =
    input.startsWith('/') &&
    PRINTABLE.test(input) &&
    !input.includes('\\') &&
    !path.includes('//') &&
    !ENCODED_TRAP.test(input) &&
    !path.split('/').some((segment) => DOT_SEGMENT.test(segment))
  return isPath ? (input as Route) : null
}
