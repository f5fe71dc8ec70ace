import { RE2JS, RE2JSSyntaxException } from 're2js'
import { ok } from '../kernel'
import { fullDomain } from '../validation/domain-name'
import { parseRecipientEmail, plainAddress } from '../validation/email-address'
import { characterError, trimmed } from '../validation/text'
import { invalid, type Parsed } from '../validation/validation-error'
import type { Pattern } from './rules'

/** The length of the longest address. */
export const PATTERN_CHARS_MAX = 254
/** Limit for the instructions of a compiled expression. RE2 is linear in it and in the length of the address, so a match has a bounded time. */
const REGEX_PROGRAM_MAX = 600
/** Limit for what is compiled at all, because instructions beyond the first limit are counted only once there are a quarter of a million of them. */
const REGEX_WRITTEN_OUT_MAX = 4 * REGEX_PROGRAM_MAX

/** The faults that a text names; of any other it quotes the part. The library names its faults in English. */
const FAULTS: Readonly<Record<string, string>> = {
  'missing closing ]': 'bracket',
  'missing closing )': 'parenthesis',
  'unexpected )': 'unopened',
  'trailing backslash at end of expression': 'backslash',
}
/** How the library's errors show our own flag. */
const CASE_FLAG = '(?i)'
const PART_CHARS_MAX = 60

const REGEX = /^\/(.*)\/$/u
/** An expression with flags, as other languages have them. Here they are an error. */
const REGEX_WITH_FLAGS = /^\/.*\/[dgimsuvxy]+$/u

/**
 * Parses a pattern as people write it: `person@contoso.example`, `scanner-*@contoso.example`, `*@contoso.example` (also
 * `@contoso.example`, `contoso.example`), `*.contoso.example` for the domain and its subdomains (also `.contoso.example`),
 * `/regular expression/`.
 */
export function parsePattern(input: unknown): Parsed<Pattern> {
  const text = trimmed(input, PATTERN_CHARS_MAX)
  if (!text.ok) return text
  const odd = characterError(text.value)
  if (odd) return odd
  const source = REGEX.exec(text.value)?.[1]
  if (source !== undefined) return parseRegex(source)
  if (REGEX_WITH_FLAGS.test(text.value)) return invalid('pattern.flags')
  const below = /^\*?\.([^@]*)$/u.exec(text.value)?.[1]
  if (below !== undefined) return parseDomain(below, 'domain-tree')
  const bare = /^\*?@(.*)$/u.exec(text.value)?.[1]
  if (bare !== undefined) return parseDomain(bare, 'domain')
  if (!text.value.includes('@')) return parseDomain(text.value, 'domain')
  if (/^[^"]*@.*\*/.test(text.value)) return invalid('pattern.wildcard')
  const parsed = parseRecipientEmail(text.value)
  if (!parsed.ok) return parsed
  const address = parsed.value
  // In a quoted local part a star is a character like any other.
  if (address.startsWith('"') || !address.includes('*')) return ok({ kind: 'address', address })
  const [, start = '', end = '', domain] = /^([^*]*)\*([^*]*)@(.*)$/.exec(address.toLowerCase()) ?? []
  return domain === undefined ? invalid('pattern.wildcard') : ok({ kind: 'local-part', start, end, domain })
}

function parseDomain(text: string, kind: 'domain' | 'domain-tree'): Parsed<Pattern> {
  if (text.includes('*')) return invalid('pattern.wildcard')
  const domain = fullDomain(text)
  return domain === null ? invalid('pattern.domain') : ok({ kind, domain })
}

function parseRegex(source: string): Parsed<Pattern> {
  if (source === '') return invalid('pattern.emptyRegex')
  if (writtenOut(source) > REGEX_WRITTEN_OUT_MAX) return invalid('pattern.tooComplex')
  const compiled = compileRegex(source)
  if (compiled instanceof RE2JSSyntaxException) return regexFault(compiled)
  if (compiled.programSize() > REGEX_PROGRAM_MAX) return invalid('pattern.tooComplex')
  return ok({ kind: 'regex', source })
}

/** Flags, quoted text, an escape, a class, a number of repetitions, or any other character. */
const TOKEN =
  /\(\?[a-z-]*\)|\\Q.*?(?:\\E|$)|\\(?:[px]\{[^}]*\}|.)|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|./gisu

/** How long an expression is with its numbered repetitions written out, which its instructions are then in proportion to. */
function writtenOut(source: string): number {
  /** Of the expression and of each group that is open. */
  const lengths = [0]
  let last = 0
  for (const [token, least, most] of source.matchAll(TOKEN)) {
    if (token.startsWith('(?')) continue // what follows repeats what is in front of the flags
    const length = lengths.pop() ?? 0
    if (token === '(') lengths.push(length, 0)
    else if (token === ')') {
      last = length
      lengths.push((lengths.pop() ?? 0) + length)
    } else if (least === undefined) {
      const own = token.startsWith('\\Q') ? token.length : 1
      last = '*+?'.includes(token) ? last + own : own
      lengths.push(length + own)
    } else {
      const repeated = last * Math.max(Number(least), Number(most ?? 0))
      lengths.push(length - last + repeated)
      last = repeated
    }
  }
  return lengths.reduce((sum, length) => sum + length)
}

function regexFault({ error, input }: RE2JSSyntaxException) {
  const fault = FAULTS[error] ?? 'other'
  // It is too long or nested too deeply, which no part of it shows.
  if (fault === 'other' && input === null) return invalid('pattern.tooComplex')
  return invalid('pattern.regex', { fault, part: (input ?? '').replace(CASE_FLAG, '').slice(0, PART_CHARS_MAX) })
}

/** The compiled expression, or what is wrong with it. */
function compileRegex(source: string): RE2JS | RE2JSSyntaxException {
  try {
    return RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
  } catch (thrown) {
    if (thrown instanceof RE2JSSyntaxException) return thrown
    throw thrown
  }
}

/** The pattern as text. Parsing the result gives the same pattern. A domain is written `*@domain`, which no reader confuses with an address. */
export function patternText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'address':
      return pattern.address
    case 'local-part':
      return `${pattern.start}*${pattern.end}@${pattern.domain}`
    case 'domain':
      return `*@${pattern.domain}`
    case 'domain-tree':
      return `*.${pattern.domain}`
    case 'regex':
      return `/${pattern.source}/`
  }
}

/** An address, prepared for matching. */
export interface Subject {
  /** In lower case, because Exchange and every mail server we know ignore case in local parts. */
  written: string
  /** The same address without quotation marks that it does not need. */
  address: string
  domain: string
}

export function subjectOf(address: string): Subject {
  const written = address.toLowerCase()
  return { written, address: plainAddress(written), domain: written.slice(written.lastIndexOf('@') + 1) }
}

export type Matcher = (subject: Subject) => boolean

/** @throws if the regular expression does not compile, which `parsePattern` would have rejected */
export function matcherOf(pattern: Pattern): Matcher {
  switch (pattern.kind) {
    case 'address': {
      const allowed = subjectOf(pattern.address).address
      return ({ address }) => address === allowed
    }
    case 'local-part': {
      const { start } = pattern
      const end = `${pattern.end}@${pattern.domain}`
      return ({ address }) =>
        address.length >= start.length + end.length && address.startsWith(start) && address.endsWith(end)
    }
    case 'domain':
      return ({ domain }) => domain === pattern.domain
    case 'domain-tree': {
      const end = `.${pattern.domain}`
      return ({ domain }) => domain === pattern.domain || domain.endsWith(end)
    }
    case 'regex': {
      const compiled = compileRegex(pattern.source)
      if (compiled instanceof RE2JSSyntaxException) throw compiled
      return ({ written, address }) => compiled.matches(address) || (written !== address && compiled.matches(written))
    }
  }
}
