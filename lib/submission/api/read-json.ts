import { fail, newId, ok, type Result } from '../../kernel'
import { refusal } from '../refusal'
import type { ApiRefusal } from './problem'

/** A message has some hundred. */
const VALUES_MAX = 20_000
/** A body without its long files has at most the longest texts, each byte of them as six, and fifty short files. */
const TEXT_MIB_MAX = 12
/** A longer file stays where it is in the body: as texts of JavaScript, body and file would need the size of both again. */
const FILE_OCTETS_MAX = 64 * 1024
const [BRACE, BRACKET, COMMA, QUOTE, BACKSLASH, SLASH] = [0x7b, 0x5b, 0x2c, 0x22, 0x5c, 0x2f]
const [COLON, SMALL_U, BLANK, BRACE_END] = [0x3a, 0x75, 0x20, 0x7d]
export const FILE_FIELD = 'contentBase64'
const FILE_KEY = `"${FILE_FIELD}"`

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. The files of its attachments are returned as their bytes in base64, which are part of the body if they are long; escapes in
 * them are resolved there. Values are counted first, since millions of small ones would need a hundred times the memory of their text.
 */
export function readJson(bytes: Buffer): Result<unknown, ApiRefusal> {
  const { text, files } = withoutFiles(bytes)
  if (text.length > TEXT_MIB_MAX * 1024 ** 2) return invalid('body', `more than ${TEXT_MIB_MAX} MiB besides the files`)
  let value: unknown
  try {
    const { values, repeatedKey } = shapeOf(text)
    if (values > VALUES_MAX) return invalid('body', `more than ${VALUES_MAX} values`)
    value = JSON.parse(decoder.decode(text))
    if (repeatedKey !== null) return invalid(repeatedKey.slice(0, 100), 'more than once in the same object')
  } catch {
    return fail(refusal('body-not-json'))
  }
  putFiles(value, files)
  return ok(value)
}

const invalid = (field: string, problem: string) =>
  fail({ ...refusal('body-invalid', { fields: field }), errors: [{ field, problem }] })

/** The body with a random name instead of each long file. */
function withoutFiles(bytes: Buffer): { text: Buffer; files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>()
  const pieces: Buffer[] = []
  let copied = 0
  for (let offset = bytes.indexOf(FILE_KEY); offset >= 0; offset = bytes.indexOf(FILE_KEY, offset)) {
    const isInText = bytes[offset - 1] === BACKSLASH
    offset = afterSpace(bytes, offset + FILE_KEY.length)
    if (isInText || bytes[offset] !== COLON) continue
    offset = afterSpace(bytes, offset + 1)
    const end = bytes.indexOf(QUOTE, offset + 1)
    // A quote after a backslash is not the end.
    if (bytes[offset] !== QUOTE || end - offset < FILE_OCTETS_MAX || bytes[end - 1] === BACKSLASH) continue
    const name = newId()
    files.set(name, withoutEscapes(bytes.subarray(offset + 1, end)))
    pieces.push(bytes.subarray(copied, offset + 1), Buffer.from(name))
    copied = offset = end
  }
  return { text: files.size === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(copied)]), files }
}

/** Skips blanks and line ends. Other control characters, which JSON refuses, are left to its parser. */
function afterSpace(bytes: Buffer, from: number): number {
  let at = from
  while ((bytes[at] ?? 0xff) <= BLANK) at++
  return at
}

/**
 * Resolves in place what JSON writers escape in base64: `\/`, and `\u002b` or `\u003d` for what means something in HTML. In any other escape the
 * backslash remains, which is no base64.
 */
function withoutEscapes(bytes: Buffer): Buffer {
  let end = bytes.indexOf(BACKSLASH)
  if (end < 0) return bytes
  for (let offset = end; offset < bytes.length; offset++) {
    let byte = bytes[offset] ?? 0
    if (byte === BACKSLASH) {
      const kind = bytes[++offset]
      if (kind === SLASH) byte = SLASH
      if (kind === SMALL_U) {
        byte = asciiOf(bytes, offset + 1)
        offset += 4
      }
    }
    bytes[end++] = byte
  }
  return bytes.subarray(0, end)
}

/** The character of ASCII that the four hexadecimal digits there name, otherwise a backslash. */
function asciiOf(bytes: Buffer, from: number): number {
  let code = 0
  for (let offset = from; offset < from + 4; offset++) code = code * 16 + digitOf(bytes[offset] ?? 0)
  return code < 0x80 ? code : BACKSLASH
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const small = byte | 0x20
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : Number.NaN
}

/**
 * Counts brackets and commas outside texts, one for each value, up to what a body may have. Finds a key that an object has twice, because
 * JSON.parse would drop the first of its values. Throws for some of what is not JSON.
 */
function shapeOf(text: Buffer): { values: number; repeatedKey: string | null } {
  let [values, keys, quote, isInText] = [0, 0, 0, false]
  let repeatedKey: string | null = null
  const open: Set<string>[] = []
  // A loop over the index, since an iterator takes ten times as long, and until the end nothing else is answered.
  for (let offset = 0; offset < text.length && values <= VALUES_MAX; offset++) {
    const byte = text[offset]
    if (byte === BACKSLASH) offset++
    else if (byte === QUOTE) {
      isInText = !isInText
      if (isInText) quote = offset
    } else if (isInText) continue
    else if (byte === BRACE || byte === BRACKET || byte === COMMA) {
      values++
      if (byte === BRACE) open.push(new Set())
    } else if (byte === BRACE_END) open.pop()
    else if (byte === COLON) {
      // Each key has a brace or a comma before it, so there are no more of them than values.
      if (++keys > values) throw new SyntaxError('A colon follows no key.')
      const key: string = JSON.parse(text.toString('utf8', quote, offset))
      if (open.at(-1)?.has(key)) repeatedKey ??= key
      open.at(-1)?.add(key)
    }
  }
  return { values, repeatedKey }
}

function putFiles(body: unknown, files: Map<string, Buffer>): void {
  const { attachments } = Object(body)
  if (!Array.isArray(attachments)) return
  for (const attachment of attachments.map(Object)) {
    const text = attachment[FILE_FIELD]
    if (typeof text === 'string') attachment[FILE_FIELD] = files.get(text) ?? Buffer.from(text)
  }
}
