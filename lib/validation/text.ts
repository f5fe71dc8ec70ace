import type { MessageKey } from '../i18n/translations'
import { ok } from '../kernel/result'
import { invalid, type Parsed } from './validation-error'

/** Beyond this nothing is looked at: the largest body of a settings form (W-03). */
const RAW_CHARS_MAX = 65_536

/** C0, DEL and C1. */
const CONTROL = /\p{Cc}/u
const LINE_BREAK = /[\r\n\u0085\u2028\u2029]/u
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
/** Zero width and invisible: not removed by `trim`, and easily copied along from a web page. */
const INVISIBLE =
  /\u034f|[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/u
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff]/u
/** A lone surrogate: no character at all, and no UTF-8 can hold it. */
export const HALF_A_PAIR = /\p{Surrogate}/u

interface TextRule {
  /** In code points. */
  min: number
  max: number
  /** What is said when it is empty or too short, e.g. `subject.required`. */
  required?: MessageKey<'validation'>
}

/**
 * Text from outside: a string, not longer than any form may send, trimmed as `String.prototype.trim` does. Length comes
 * before content, so that a long input costs nothing.
 */
export function trimmed(input: unknown, charsMax: number): Parsed<string> {
  if (typeof input !== 'string') return invalid('notText')
  if (input.length > RAW_CHARS_MAX) return invalid('tooLong', { max: charsMax })
  const text = input.trim()
  return text.length > charsMax ? invalid('tooLong', { max: charsMax }) : ok(text)
}

/** The first character that no single line of ours may hold: break, control, direction, invisible, half a pair. */
export function oddCharacter(text: string, { invisible = INVISIBLE } = {}): ReturnType<typeof invalid> | null {
  if (LINE_BREAK.test(text)) return invalid('lineBreak')
  const match = CONTROL.exec(text) ?? BIDI.exec(text) ?? invisible.exec(text)
  if (match) {
    const codePoint = match[0].codePointAt(0) ?? 0
    return invalid('oddCharacter', { codePoint, position: [...text.slice(0, match.index)].length + 1 })
  }
  return HALF_A_PAIR.test(text) ? invalid('brokenCharacter') : null
}

/** One line for people: any script, any symbol; nothing that hides, breaks or turns the line. */
function line({ min, max, required = 'required' }: TextRule): (input: unknown) => Parsed<string> {
  return (input) => {
    const text = trimmed(input, max * 2)
    if (!text.ok) return text.error.key === 'tooLong' ? invalid('tooLong', { max }) : text
    const odd = oddCharacter(text.value, { invisible: ZERO_WIDTH })
    if (odd) return odd
    const normal = text.value.normalize('NFC').trim()
    const codePoints = [...normal].length
    if (codePoints < min) return invalid(required)
    return codePoints > max ? invalid('tooLong', { max }) : ok(normal)
  }
}

const DISPLAY_NAME_CHARS_MAX = 100
/** A sender's name; may be empty. Quotes and address-like text are names too: the header encodes them. */
export const parseDisplayName = line({ min: 0, max: DISPLAY_NAME_CHARS_MAX })
/** An account's or a server's own name. */
export const parseProfileName = line({ min: 1, max: DISPLAY_NAME_CHARS_MAX, required: 'name.required' })
export const parseSubject = line({ min: 1, max: 255, required: 'subject.required' })
/** What a reader searches for. `%`, `_` and `*` are letters like any other: whoever queries must escape them. */
export const parseSearchQuery = line({ min: 0, max: 200 })

const PAGE_SIZE_MAX = 100

export function parsePageSize(input: unknown): Parsed<number> {
  const size = typeof input === 'string' && /^[1-9]\d{0,2}$/.test(input) ? Number(input) : input
  const fits = typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= PAGE_SIZE_MAX
  return fits ? ok(size) : invalid('pageSize', { max: PAGE_SIZE_MAX })
}

const IDEMPOTENCY_KEY = /^[\u0021-\u007e]{1,255}$/

/** Opaque, chosen by the caller; never trimmed, since two keys that differ in a blank are two keys. */
export function parseIdempotencyKey(input: unknown): Parsed<string> {
  return typeof input === 'string' && input.length <= 255 && IDEMPOTENCY_KEY.test(input)
    ? ok(input)
    : invalid('idempotencyKey')
}
