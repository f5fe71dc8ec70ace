import type { SealingKey } from '../crypto/vault'
import { fail, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'

const KEY_BYTES = 32
/** 256 random bits spread over fewer different bytes than this once in far more tries than anyone makes. */
const DIFFERENT_BYTES_MIN = 16
const KID = /^[A-Za-z0-9_-]{1,32}$/
const BASE64 = /^[A-Za-z0-9+/_-]{42,43}=?=?$/

/** Keys from documents and examples. A copied key protects nothing. A test compares the list with our documents. */
export const DOCUMENTED_KEYS: ReadonlySet<string> = new Set([
  Buffer.from(Array.from({ length: KEY_BYTES }, (_, index) => index)).toString('base64'),
  Buffer.from(Array.from({ length: KEY_BYTES }, (_, index) => index + 1)).toString('base64'),
  Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
  Buffer.from('abcdefghijklmnopqrstuvwxyz012345').toString('base64'),
])

/** One `<kid> <base64 of 32 bytes>` a line; the first seals, all open. `#` begins a comment. A fault names the line, never the key. */
export function readKeyFile(text: string): Result<SealingKey[], string> {
  const keys: SealingKey[] = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/#.*/, '').trim()
    if (content === '') continue
    const key = readLine(content)
    if (!key.ok) return fail(`line ${at + 1}: ${key.error}`)
    if (keys.some(({ kid }) => kid === key.value.kid)) return fail(`line ${at + 1}: the key id occurs twice`)
    if (keys.some((known) => known.key.reveal() === key.value.key.reveal()))
      return fail(`line ${at + 1}: the same key under two ids`)
    keys.push(key.value)
  }
  return keys.length > 0 ? ok(keys) : fail('there is no key in it')
}

function readLine(content: string): Result<SealingKey, string> {
  const [kid = '', text = '', ...rest] = content.split(/\s+/)
  if (!KID.test(kid)) return fail('the key id is 1 to 32 letters, digits, hyphens or underscores')
  if (text === '' || rest.length > 0) return fail('expected a key id and a key')
  if (!BASE64.test(text)) return fail('the key is not base64 of 32 bytes')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== KEY_BYTES) return fail(`the key has ${bytes.length} bytes instead of ${KEY_BYTES}`)
  const key = bytes.toString('base64')
  if (DOCUMENTED_KEYS.has(key)) return fail('the key is an example from a document; create your own')
  if (new Set(bytes).size < DIFFERENT_BYTES_MIN) return fail('the key is not random')
  return ok({ kid, key: new Redacted(key) })
}
