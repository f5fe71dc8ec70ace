import { fail, ok, type Result } from '../../kernel/result'

/** Of a body that holds one value for each comma or bracket; the longest texts may consist of them. */
const STRUCTURE_MAX = 1_500_000
const [BRACE, BRACKET, COMMA] = [0x7b, 0x5b, 0x2c]

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. Brackets and commas are counted first, since millions of small values would need a hundred times the memory of their
 * text. A key `__proto__` is an ordinary key for JSON and a trap for code that copies the object, so it is refused.
 */
export function readJson(bytes: Buffer): Result<unknown, 'body-not-json'> {
  let structure = 0
  // By index, since an iterator and a set take ten times as long, and until the end nothing else is answered.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === BRACE || byte === BRACKET || byte === COMMA) structure++
  }
  if (structure > STRUCTURE_MAX) return fail('body-not-json')
  try {
    return ok(JSON.parse(decoder.decode(bytes)))
  } catch {
    return fail('body-not-json')
  }
}
