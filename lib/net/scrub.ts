import type { Redacted } from '../kernel/redacted'
import { FragmentFilter } from './fragment-filter'

/** What is kept of any peer's text: enough to diagnose, too little to flood a log or a page (S-14). */
export const EVIDENCE_CHARACTERS_MAX = 512
const SHOWN = '[secret]'
/** Encoded spellings shorter than this would erase ordinary text. The secret itself is taken out at any length. */
const SPELLING_CHARACTERS_MIN = 4
/** A peer may echo a part. Any stretch of a long spelling of at least twice this, less one, is found and taken out. */
const FRAGMENT_CHARACTERS = 12

/** Control characters, line and paragraph separators, and what turns or hides text on a screen. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Every way in which a secret is likely to be written back: raw, JSON, percent, form, hex, reversed, base64. */
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

/** By way of bytes, because `encodeURIComponent` throws on half a surrogate pair. */
const percent = (bytes: Buffer): string => encodeURIComponent(bytes.toString('utf8'))

/** The characters that stand for the secret whatever surrounds it, when `before` bytes (modulo 3) come first. */
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
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length))
    spans.push([at, at + needle.length])
  return spans
}

function fragmentSpans(text: string, needles: readonly string[], filter: FragmentFilter): Span[] {
  const spans: Span[] = []
  filter.forEachMatch(text, (at) => {
    const fragment = text.slice(at, at + FRAGMENT_CHARACTERS)
    for (const needle of needles) {
      const there = needle.indexOf(fragment)
      if (there < 0) continue
      let before = 0
      while (before < Math.min(at, there) && text[at - before - 1] === needle[there - before - 1]) before++
      let length = FRAGMENT_CHARACTERS
      while (
        at + length < text.length &&
        there + length < needle.length &&
        text[at + length] === needle[there + length]
      )
        length++
      spans.push([at - before, at + length])
    }
  })
  // A fragment that a spelling has twice may have been found at the wrong place of it.
  return spans.length === 0 ? spans : [...spans, ...needles.flatMap((needle) => wholeSpans(text, needle))]
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

const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Spellings differ in case between encoders (`%2F`, `%2f`). ASCII only, so that positions stay. */
const folded = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is a range of codes
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text)

/** Makes a peer's text safe to log, store and show. The secrets' spellings are worked out once. */
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
  // It has 32 KB, which every name on a page of Graph would cost: where nothing long is looked for there is none.
  const filter = long.length > 0 ? new FragmentFilter(long, FRAGMENT_CHARACTERS) : null
  return (text) => {
    const plain = folded(text)
    const fragments = filter ? fragmentSpans(plain, long, filter) : []
    const spans = [...short.flatMap((needle) => wholeSpans(plain, needle)), ...fragments]
    const safe = cutOut(text, spans).replace(UNPRINTABLE, escapeCharacter)
    return safe.length > EVIDENCE_CHARACTERS_MAX ? `${safe.slice(0, EVIDENCE_CHARACTERS_MAX - 1)}…` : safe
  }
}

/** Text from a peer without any spelling of the secrets, control characters escaped, 512 characters at most (S-14). */
export const scrub = (text: string, secrets: readonly Redacted[]): string => createScrubber(secrets)(text)
