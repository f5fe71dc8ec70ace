import { dictionary } from '@zxcvbn-ts/language-common'
import { fail, ok, type Redacted, type Result } from '../kernel'
import { parseUserPassword } from '../validation/password'
import type { ValidationError } from '../validation/validation-error'

/** `common`: on the lists that attackers use. `context`: little more than the name of the product, the organisation or the operator. */
export type PasswordFault = { kind: 'invalid'; validationError: ValidationError } | { kind: 'common' | 'context' }

/** Terms of the product. Those of the organisation come from the account. */
const PRODUCT_TERMS = ['postroom', 'mailserver', 'administrator', 'password']
/** What must remain once the terms that anyone would try are removed. */
const REMAINING_CHARS_MIN = 6
const CONTEXT_TERM_MIN = 4
const REPEATED_UNIT_MAX = 16

/** Rows of the keyboard and the alphabet: a walk along one of them, either way, is no secret. */
const WALKS = [
  '01234567890123456789012345678901234567890',
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
]
const BOTH_WAYS = WALKS.flatMap((walk) => [walk, [...walk].reverse().join('')])

/** Spellings that stand for one another, so that `P0$troom` is still the product's name. */
const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/**
 * A password that may be chosen, in the form that is hashed. It keeps the rules of length and characters, is not on the list of common
 * ones, is no pattern that everybody tries, and is not the product's or the organisation's name with a few characters around it.
 *
 * @param contextTerms E-mail address, name: split into words here.
 */
export function chosenPassword(password: Redacted, contextTerms: readonly string[]): Result<Redacted, PasswordFault> {
  const parsed = parseUserPassword(password.reveal())
  if (!parsed.ok) return fail({ kind: 'invalid', validationError: parsed.error })
  const folded = parsed.value.reveal().toLowerCase()
  if (isRepetition(folded) || isCommon(folded)) return fail({ kind: 'common' })
  return isContext(folded, contextTerms) ? fail({ kind: 'context' }) : ok(parsed.value)
}

/** `abcabcabcabcabc`: a short unit over and over. Then the text is equal to itself, moved by the length of the unit. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= REPEATED_UNIT_MAX && size * 2 <= text.length; size += 1)
    if (text.startsWith(text.slice(size))) return true
  return false
}

function isCommon(folded: string): boolean {
  const plain = folded.replace(/[^\p{L}\p{N}]/gu, '')
  const alphabetic = folded.replace(/[^\p{L}]/gu, '')
  if ([folded, plain, alphabetic].some((text) => text.length > 0 && isCommonPassword(text))) return true
  return plain.length > 0 && isWalk(plain)
}

/** The whole of it is at most three runs along a row of keys, each of three or more. */
function isWalk(text: string): boolean {
  let rest = text
  for (let runs = 0; runs < 3 && rest.length > 0; runs += 1) {
    let length = Math.min(rest.length, 40)
    while (length >= 3 && !BOTH_WAYS.some((walk) => walk.includes(rest.slice(0, length)))) length -= 1
    if (length < 3) return false
    rest = rest.slice(length)
  }
  return rest.length === 0
}

function isContext(folded: string, contextTerms: readonly string[]): boolean {
  const plainOf = (text: string) =>
    [...text]
      .map((char) => LOOKALIKES[char] ?? char)
      .join('')
      .replace(/[^\p{L}]/gu, '')
  const terms = [...PRODUCT_TERMS, ...contextTerms.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))]
    .map(plainOf)
    .filter((term) => term.length >= CONTEXT_TERM_MIN)
    .sort((a, b) => b.length - a.length)
  const plain = plainOf(folded)
  const left = terms.reduce((text, term) => text.replaceAll(term, ''), plain)
  return left !== plain && left.length < REMAINING_CHARS_MIN
}

/** Some 49 000 passwords from published breaches, in the package itself: nothing is looked up on a network. */
let known: ReadonlySet<string> | null = null

function isCommonPassword(folded: string): boolean {
  known ??= new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))
  return known.has(folded)
}
