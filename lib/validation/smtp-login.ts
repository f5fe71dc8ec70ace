import { Redacted } from '../kernel/redacted'
import { ok } from '../kernel/result'
import { MASK } from './password'
import { oddCharacter, requiredLine } from './text'
import { invalid, type Parsed } from './validation-error'

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
  return oddCharacter(input) ?? ok(new Redacted(input))
}
