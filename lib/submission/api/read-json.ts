import { fail, ok, type Result } from '../../kernel/result'

/** Of a body that holds one value for each comma or bracket; the longest texts may consist of them. */
const STRUCTURE_MAX = 1_500_000
const STRUCTURE = new Set([...'{[,'].map((character) => character.charCodeAt(0)))

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. Brackets and commas are counted first, since millions of small values would need a hundred times the memory of their
 * text. A key `__proto__` is an ordinary key for JSON and a trap for code that copies the object, so it is refused.
 */
export function readJson(bytes: Buffer): Result<unknown, 'body-not-json'> {
  let structure = 0
  for (const byte of bytes) if (STRUCTURE.has(byte)) structure++
  if (structure > STRUCTURE_MAX) return fail('body-not-json')
  try {
    return ok(JSON.parse(decoder.decode(bytes)))
  } catch {
    return fail('body-not-json')
  }
}
