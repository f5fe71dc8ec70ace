import { newId } from '../../kernel/ids'
import { fail, ok, type Result } from '../../kernel/result'

/** Of a body that holds one value for each comma or bracket; the longest texts may consist of them. */
const STRUCTURE_MAX = 1_500_000
/** A longer file stays where it is in the body: as texts of JavaScript, body and file would need the size of both again. */
const FILE_OCTETS_MAX = 64 * 1024
const [BRACE, BRACKET, COMMA, QUOTE, BACKSLASH, SLASH] = [0x7b, 0x5b, 0x2c, 0x22, 0x5c, 0x2f]
const [FILE_FIELD, FILE_KEY] = ['contentBase64', '"contentBase64"']
const SPACE = new Set(Buffer.from(' \t\r\n'))
const COLON = 0x3a

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. Files in it (`contentBase64`) are returned as their bytes in base64, which are part of the body; `\/` in them is replaced
 * there. Brackets and commas are counted first, since millions of small values would need a hundred times the memory of their
 * text. A key `__proto__` is an ordinary key for JSON and a trap for code that copies the object, so it is refused.
 */
export function readJson(bytes: Buffer): Result<unknown, 'body-not-json'> {
  const { text, files } = withoutFiles(bytes)
  let structure = 0
  // By index, since an iterator and a set take ten times as long, and until the end nothing else is answered.
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === BRACE || byte === BRACKET || byte === COMMA) structure++
  }
  if (structure > STRUCTURE_MAX) return fail('body-not-json')
  const revive = (key: string, value: unknown): unknown =>
    key === FILE_FIELD && typeof value === 'string' ? (files.get(value) ?? Buffer.from(value)) : value
  try {
    return ok(JSON.parse(decoder.decode(text), revive))
  } catch {
    return fail('body-not-json')
  }
}

/** The body with a random name instead of each long file. */
function withoutFiles(bytes: Buffer): { text: Buffer; files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>()
  const pieces: Buffer[] = []
  let copied = 0
  for (let at = bytes.indexOf(FILE_KEY); at >= 0; at = bytes.indexOf(FILE_KEY, at)) {
    at = afterSpace(bytes, at + FILE_KEY.length)
    if (bytes[at] !== COLON) continue
    at = afterSpace(bytes, at + 1)
    const end = bytes.indexOf(QUOTE, at + 1)
    if (bytes[at] !== QUOTE || end - at < FILE_OCTETS_MAX) continue
    const file = withoutEscapes(bytes.subarray(at + 1, end))
    if (file === null) continue
    const name = newId()
    files.set(name, file)
    pieces.push(bytes.subarray(copied, at + 1), Buffer.from(name))
    copied = at = end
  }
  return { text: files.size === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(copied)]), files }
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from
  while (SPACE.has(bytes[at] ?? 0)) at++
  return at
}

/** Removes the backslash of each `\/`, in place. Null if something else is escaped, which base64 never needs. */
function withoutEscapes(bytes: Buffer): Buffer | null {
  const escapes: number[] = []
  for (let at = bytes.indexOf(BACKSLASH); at >= 0; at = bytes.indexOf(BACKSLASH, at + 1)) {
    if (bytes[at + 1] !== SLASH) return null
    escapes.push(at)
  }
  let end = escapes[0] ?? bytes.length
  for (const [nth, at] of escapes.entries()) {
    const next = escapes[nth + 1] ?? bytes.length
    bytes.copyWithin(end, at + 1, next)
    end += next - at - 1
  }
  return bytes.subarray(0, end)
}
