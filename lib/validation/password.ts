import { ok } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { characterError, HALF_A_PAIR, requiredLine } from './text'
import { invalid, type Parsed } from './validation-error'

/** Dots and asterisks, as fields show a secret. */
export const MASK = /^[*\u2022\u25cf\u00b7\u2219\u2217\u26ab\u2b24]+$/u

export const PASSWORD_CHARS_MIN = 15
const PASSWORD_CHARS_MAX = 128
/** UTF-16 units that are examined before anything is counted. NFKC makes a text at most 18 times longer, so this bounds its cost. */
const PASSWORD_UNITS_MAX = 1024

/** C0, DEL and C1. A keyboard cannot type them, so the operator could not sign in again. */
const CONTROL = /\p{Cc}/u

export const isOneCharacterRepeated = (text: string): boolean => text.length > 1 && new Set(text).size === 1

/**
 * An operator's new password: any characters, no composition rules, neither trimmed nor cut. Its length counts code points of its NFKC
 * form, which is hashed, so that the same keys give the same password on every keyboard. `lib/accounts` rejects common passwords.
 */
export function parseUserPassword(input: unknown): Parsed<Redacted> {
  if (typeof input !== 'string') return invalid('notText')
  if (input.length > PASSWORD_UNITS_MAX) return invalid('password.tooLong', { max: PASSWORD_CHARS_MAX })
  if (HALF_A_PAIR.test(input)) return invalid('brokenCharacter')
  if (CONTROL.test(input)) return invalid('password.control')
  const normal = input.normalize('NFKC')
  const codePoints = [...normal].length
  if (codePoints < PASSWORD_CHARS_MIN) return invalid('password.tooShort', { min: PASSWORD_CHARS_MIN })
  if (codePoints > PASSWORD_CHARS_MAX) return invalid('password.tooLong', { max: PASSWORD_CHARS_MAX })
  if (isOneCharacterRepeated(normal)) return invalid('password.repeated')
  return ok(new Redacted(normal))
}

const USERNAME_OCTETS_MAX = 254
/** SASL PLAIN and LOGIN set no limit, but no server accepts more. */
const PASSWORD_OCTETS_MAX = 512

export function parseSmtpUsername(input: unknown): Parsed<string> {
  const text = requiredLine(input, USERNAME_OCTETS_MAX, 'username.required')
  if (!text.ok) return text
  return Buffer.byteLength(text.value) > USERNAME_OCTETS_MAX
    ? invalid('tooLong', { max: USERNAME_OCTETS_MAX })
    : ok(text.value)
}

/** The password of an SMTP login. Spaces are part of it, so it is not trimmed. A mask does not mean "keep the stored password". */
export function parseSmtpPassword(input: unknown): Parsed<Redacted> {
  if (typeof input !== 'string') return invalid('notText')
  if (input === '') return invalid('smtpPassword.required')
  if (input.length > PASSWORD_OCTETS_MAX || Buffer.byteLength(input) > PASSWORD_OCTETS_MAX)
    return invalid('tooLong', { max: PASSWORD_OCTETS_MAX })
  if (MASK.test(input)) return invalid('secret.mask')
  return characterError(input) ?? ok(new Redacted(input))
}
