import type { Redacted } from '../kernel'
import { FragmentFilter } from './fragment-filter'

/** Characters that are kept of a server's text: enough for a diagnosis, too few to flood a log or a page. */
export const EVIDENCE_CHARACTERS_MAX = 512
const SHOWN = '[secret]'
/** Shorter encoded spellings are ignored, because they would match ordinary text. The secret itself is removed at any length. */
const SPELLING_CHARACTERS_MIN = 4
/** A server may echo a part. Any stretch of a long spelling that has at least twice this length, less one, is removed. */
const FRAGMENT_CHARACTERS = 12

/** Control characters, line and paragraph separators, and characters that turn or hide text on a screen, also those that are only blank. */
const UNPRINTABLE = /\u034f|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu

/** The spellings in which a server may echo a secret: raw, JSON, percent, form, hex, reversed, base64. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const encoded = [
    JSON.stringify(secret).slice(1, -1),
    percent(bytes),
    new URLSearchParams({ x: secret }).toString().slice(2),
    bytes.toString('hex'),
    [...secret].reverse().join(''),
    ...[0, 1, 2].flatMap((before) => base64Cores(bytes, before)),
  ]
  return [secret, ...encoded.filter((text) => text.length >= SPELLING_CHARACTERS_MIN)]
}

/** Converts bytes first, because `encodeURIComponent` throws on half a surrogate pair. */
const percent = (bytes: Buffer): string => encodeURIComponent(bytes.toString('utf8'))

/** The base64 characters that depend on the secret only, if `before` bytes (modulo 3) come before it. */
function base64Cores(bytes: Buffer, before: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
  const text = whole.toString('base64').replace(/=+$/, '')
  const first = [0, 2, 3][before] ?? 0
  const last = text.length - (whole.length % 3 ? 1 : 0)
  const core = text.slice(first, last)
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
}

type Span = readonly [from: number, to: number]

function wholeSpans(text: string, needle: string): Span[] {
  const spans: Span[] = []
  for (let offset = text.indexOf(needle); offset >= 0; offset = text.indexOf(needle, offset + needle.length))
    spans.push([offset, offset + needle.length])
  return spans
}

/**
 * What a filter has found is extended on each side by at most a fragment, because the next one is found itself. It may occur in several
 * places of a secret, with other neighbours. So a longer piece is searched from the place of the shorter one on, in one pass.
 */
function fragmentSpans(text: string, needles: readonly string[], filter: FragmentFilter): Span[] {
  const spans: Span[] = []
  filter.forEachMatch(text, (at) => {
    const end = at + FRAGMENT_CHARACTERS
    for (const needle of needles) {
      const first = needle.indexOf(text.slice(at, end))
      if (first < 0) continue
      let [from, to] = [at, end]
      for (let there = first; from > Math.max(at - FRAGMENT_CHARACTERS, 0); from--) {
        there = needle.indexOf(text.slice(from - 1, end), Math.max(there - 1, 0))
        if (there < 0) break
      }
      for (let there = first; to < Math.min(end + FRAGMENT_CHARACTERS, text.length); to++) {
        there = needle.indexOf(text.slice(at, to + 1), there)
        if (there < 0) break
      }
      spans.push([from, to])
    }
  })
  return spans
}

function cutOut(text: string, spans: readonly Span[]): string {
  const parts: string[] = []
  let done = 0
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (to <= done) continue
    if (from > done || parts.length === 0) parts.push(text.slice(done, from), SHOWN)
    done = to
  }
  return parts.join('') + text.slice(done)
}

/** One line, in which nothing moves, hides or turns what a screen shows. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => character.split('').map(escaped).join(''))

/** As JSON writes it: a character outside the first 65,536 is two units. */
const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Encoders differ in case (`%2F`, `%2f`). Only ASCII is folded, so that positions do not change. */
const folded = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is a range of codes
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text)

/** Makes the text of a server safe to log, store and show. The spellings of the secrets are computed once. */
export function createScrubber(secrets: readonly Redacted[]): (text: string) => string {
  const needles = [
    ...new Set(
      secrets
        .map((secret) => secret.reveal())
        .filter((secret) => secret !== '')
        .flatMap(spellings)
        .map(folded),
    ),
  ]
  const long = needles.filter((needle) => needle.length >= 2 * FRAGMENT_CHARACTERS)
  const short = needles.filter((needle) => needle.length < 2 * FRAGMENT_CHARACTERS)
  // A filter has 32 KB. Without a long secret none is made, because every name on a page of Graph creates a scrubber.
  const filter = long.length > 0 ? new FragmentFilter(long, FRAGMENT_CHARACTERS) : null
  return (text) => {
    const plain = folded(text)
    const fragments = filter ? fragmentSpans(plain, long, filter) : []
    const spans = [...short.flatMap((needle) => wholeSpans(plain, needle)), ...fragments]
    const safe = printable(cutOut(text, spans))
    const cut = safe.length > EVIDENCE_CHARACTERS_MAX ? `${safe.slice(0, EVIDENCE_CHARACTERS_MAX - 1)}…` : safe
    // PostgreSQL accepts no half of a character in JSON.
    return cut.toWellFormed()
  }
}

/** Returns at most 512 characters of a server's text that no secret was sent to, with control characters escaped. */
export const scrub = createScrubber([])
