import type { MessageKey } from '../i18n/translations'
import { ok } from '../kernel'
import { invalid, type Parsed } from './validation-error'

/** Longer texts are rejected unread. This is the largest body of a settings form. */
const RAW_CHARS_MAX = 65_536

/** Nothing of it is odd. Most lines of most clients are such, and each other test takes as long. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** C0, DEL and C1. */
const CONTROL = /\p{Cc}/u
const LINE_BREAK = /[\r\n\u0085\u2028\u2029]/u
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
/**
 * Invisible characters that `trim` does not remove and that are easily copied from a web page. A variation selector is one unless it chooses
 * the form of an emoji, a keycap, or a Chinese or Mongolian character.
 */
const INVISIBLE =
  /(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}|[\u2800\ufff9-\ufffb]|(?<![\p{Extended_Pictographic}\p{Script=Han}\p{Script=Mongolian}])\p{Variation_Selector}(?!\u20e3)/u
/** Of them, those that the text of a message may not contain: programs send it, and it may have a soft hyphen or a flag. */
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff]/u
/** A lone surrogate, which is no character and has no UTF-8 form. */
export const HALF_A_PAIR = /\p{Surrogate}/u

interface TextRule {
  /** In code points. */
  min: number
  max: number
  /** Error for an empty or too short text, e.g. `name.required`. */
  required?: MessageKey<'validation'>
  invisible?: RegExp
}

/** Text from outside, trimmed as `trim` does. Its length is checked before its content, so that a long input costs nothing. */
export function trimmed(input: unknown, charsMax: number): Parsed<string> {
  if (typeof input !== 'string') return invalid('notText')
  if (input.length > RAW_CHARS_MAX) return invalid('tooLong', { max: charsMax })
  const text = input.trim()
  return text.length > charsMax ? invalid('tooLong', { max: charsMax }) : ok(text)
}

/** Rejects the first character that a single line may not contain: a line break, a control character, an invisible one, half a pair. */
export function characterError(text: string, { invisible = INVISIBLE } = {}): ReturnType<typeof invalid> | null {
  if (PRINTABLE_ASCII.test(text)) return null
  if (LINE_BREAK.test(text)) return invalid('lineBreak')
  const match = CONTROL.exec(text) ?? BIDI.exec(text) ?? invisible.exec(text)
  if (match) {
    const codePoint = match[0].codePointAt(0) ?? 0
    return invalid('oddCharacter', { codePoint, position: [...text.slice(0, match.index)].length + 1 })
  }
  return HALF_A_PAIR.test(text) ? invalid('brokenCharacter') : null
}

/** A line that must not be empty, without what a single line may not contain. */
export function requiredLine(input: unknown, charsMax: number, required: MessageKey<'validation'>): Parsed<string> {
  const text = trimmed(input, charsMax)
  if (!text.ok) return text
  return text.value === '' ? invalid(required) : (characterError(text.value) ?? text)
}

/** One line in any script. Characters that hide, break or turn the line are rejected. */
function lineParser({
  min,
  max,
  required = 'required',
  invisible = INVISIBLE,
}: TextRule): (input: unknown) => Parsed<string> {
  return (input) => {
    const text = trimmed(input, max * 2)
    if (!text.ok) return text.error.key === 'tooLong' ? invalid('tooLong', { max }) : text
    const odd = characterError(text.value, { invisible })
    if (odd) return odd
    const normal = text.value.normalize('NFC').trim()
    const codePoints = [...normal].length
    if (codePoints < min) return invalid(required)
    return codePoints > max ? invalid('tooLong', { max }) : ok(normal)
  }
}

/** Text of several lines, which may be empty. In a line it may contain what a single line may. */
export function parseLines(input: unknown, charsMax: number): Parsed<string> {
  const text = trimmed(typeof input === 'string' ? input.replace(LINE_ENDS, '\n') : input, charsMax)
  if (!text.ok) return text
  return characterError(text.value.replaceAll('\n', ' ')) ?? ok(text.value.normalize('NFC'))
}

const DISPLAY_NAME_CHARS_MAX = 100
export const PROFILE_NAME_CHARS_MAX = 100
/** A sender's name, which may be empty. It may contain quotes and addresses, because the header encodes them. */
export const parseDisplayName = lineParser({ min: 0, max: DISPLAY_NAME_CHARS_MAX })
export const parseProfileName = lineParser({ min: 1, max: PROFILE_NAME_CHARS_MAX, required: 'name.required' })
export const parseServerName = lineParser({ min: 1, max: PROFILE_NAME_CHARS_MAX, required: 'server.name' })
export const parseRuleName = lineParser({ min: 1, max: PROFILE_NAME_CHARS_MAX, required: 'rule.name' })
const FEED_NAME_CHARS_MAX = 80
/** Name of a calendar address: who subscribes to it. */
export const parseFeedName = lineParser({ min: 1, max: FEED_NAME_CHARS_MAX })
const API_KEY_NAME_CHARS_MAX = 64
export const parseApiKeyName = lineParser({ min: 1, max: API_KEY_NAME_CHARS_MAX, required: 'name.required' })

/** It is one line of a rail of 232 px. */
export const ORGANISATION_NAME_CHARS_MAX = 60
/** Name of the organisation, which may be empty. */
export const parseOrganisationName = lineParser({ min: 0, max: ORGANISATION_NAME_CHARS_MAX })
const SUBJECT_CHARS_MAX = 255
export const parseSubject = lineParser({ min: 1, max: SUBJECT_CHARS_MAX, invisible: ZERO_WIDTH })

const HEADER_CHARS_MAX = 500
/** Value of a header field, which is not sent without one. Even one that cannot be folded fits into a line of 998 octets with the name. */
export const parseHeaderValue = lineParser({ min: 1, max: HEADER_CHARS_MAX, invisible: ZERO_WIDTH })

const FILE_NAME_CHARS_MAX = 200
const anyFileName = lineParser({ min: 1, max: FILE_NAME_CHARS_MAX, invisible: ZERO_WIDTH })

/** Name of an attached file, without folders. */
export function parseFileName(input: unknown): Parsed<string> {
  const name = anyFileName(input)
  return name.ok && /[/\\]/.test(name.value) ? invalid('fileName') : name
}

/** Name of a file that was read and is only shown: shortened, and without what a line may not contain. */
export function shownFileName(name: string): string {
  const text = name.normalize('NFC').replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
  return [...text.trim()].slice(0, FILE_NAME_CHARS_MAX).join('') || '–'
}

/** What a text of several lines may not contain: control characters other than tab and line ends, and half a pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const ODD_IN_BODY = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/u

/** Of the plain text of a message. */
export const TEXT_OCTETS_MAX = 100 * 1024

/** The text of a message. Its line ends become CRLF. */
export function parseBody(input: unknown, octetsMax: number): Parsed<string> {
  if (typeof input !== 'string') return invalid('notText')
  if (Buffer.byteLength(input) > octetsMax) return invalid('tooManyOctets', { max: octetsMax })
  const odd = ODD_IN_BODY.exec(input)
  if (odd && HALF_A_PAIR.test(odd[0])) return invalid('brokenCharacter')
  if (odd)
    return invalid('oddCharacter', {
      codePoint: odd[0].charCodeAt(0),
      position: [...input.slice(0, odd.index)].length + 1,
    })
  return ok(input.replace(/\r\n|\r|\n/g, '\r\n'))
}
