import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { anyRules } from '../../tests/support/policy'
import { processorMs } from '../../tests/support/processor-time'
import { translatorFor } from '../i18n/translations'
import { validationErrorText } from '../validation/validation-error'
import { matcherOf, parsePattern, patternText, subjectOf } from './pattern'
import type { Pattern } from './rules'

const parsed = (text: unknown): Pattern => {
  const pattern = parsePattern(text)
  if (!pattern.ok) throw new Error(pattern.error.key)
  return pattern.value
}
const matches = (text: string, address: string): boolean => matcherOf(parsed(text))(subjectOf(address))

test.each<[string, Pattern]>([
  ['info@contoso.example', { kind: 'address', address: 'info@contoso.example' }],
  ['  Info@CONTOSO.example ', { kind: 'address', address: 'Info@contoso.example' }],
  ['info@münchen.example', { kind: 'address', address: 'info@xn--mnchen-3ya.example' }],
  ['"a b"@contoso.example', { kind: 'address', address: '"a b"@contoso.example' }],
  ['Scanner-*@CONTOSO.example', { kind: 'local-part', start: 'scanner-', end: '', domain: 'contoso.example' }],
  ['*.mfp@münchen.example', { kind: 'local-part', start: '', end: '.mfp', domain: 'xn--mnchen-3ya.example' }],
  ['"a*b"@contoso.example', { kind: 'address', address: '"a*b"@contoso.example' }],
  ['Contoso.example', { kind: 'domain', domain: 'contoso.example' }],
  ['@contoso.example', { kind: 'domain', domain: 'contoso.example' }],
  ['*@contoso.example', { kind: 'domain', domain: 'contoso.example' }],
  ['München.example', { kind: 'domain', domain: 'xn--mnchen-3ya.example' }],
  ['*.contoso.example', { kind: 'domain-tree', domain: 'contoso.example' }],
  ['.contoso.example', { kind: 'domain-tree', domain: 'contoso.example' }],
  ['/.*@contoso\\.example/', { kind: 'regex', source: '.*@contoso\\.example' }],
  ['/a/b/', { kind: 'regex', source: 'a/b' }],
  ['/a{598}/', { kind: 'regex', source: 'a{598}' }],
])('%s is parsed as one pattern, in the form used in SMTP', (text, pattern) => {
  expect(parsed(text)).toEqual(pattern)
  expect(parsed(patternText(pattern))).toEqual(pattern)
})

test.each<[string, unknown, string]>([
  ['nothing', '', 'pattern.domain'],
  ['one label', 'contoso', 'pattern.domain'],
  ['an address without a domain', 'info@', 'email.domainSingleLabel'],
  ['two stars in a local part', 'a*b*@contoso.example', 'pattern.wildcard'],
  ['stars on both sides of the @', 'a*@*.contoso.example', 'pattern.wildcard'],
  ['a star with a wrong local part', 'a..*@contoso.example', 'email.local'],
  ['a star inside a domain', 'mail.*.example', 'pattern.wildcard'],
  ['a full-width letter', 'ａdatum.example', 'pattern.domain'],
  ['a hidden character', 'conto\u200bso.example', 'oddCharacter'],
  ['a line break', 'a@contoso.example\nb', 'lineBreak'],
  ['an empty expression', '//', 'pattern.emptyRegex'],
  ['an expression with flags', '/a@x\\.example/i', 'pattern.flags'],
  ['a broken expression', '/(a/', 'pattern.regex'],
  ['look-ahead, which RE2 has not', '/(?=a)b/', 'pattern.regex'],
  ['a back reference, which RE2 has not', '/(a)\\1/', 'pattern.regex'],
  ['an expression that repeats too much', '/a{599}/', 'pattern.tooComplex'],
  ['a number', 7, 'notText'],
  ['null', null, 'notText'],
  ['an object', {}, 'notText'],
  ['a list', ['a@contoso.example'], 'notText'],
  ['more than an address can be', `${'a'.repeat(300)}@contoso.example`, 'tooLong'],
])('%s is not a pattern, and the validation error says why', (_, text, key) => {
  const pattern = parsePattern(text)
  expect(pattern.ok ? pattern.value : pattern.error.key).toBe(key)
})

test.each([
  ['/(a/', 'Die schließende Klammer ) fehlt'],
  ['/[a/', 'Die schließende Klammer ] fehlt'],
  ['/a)/', 'Zu einer ) fehlt die öffnende Klammer'],
  ['/a\\/', 'Auf den letzten umgekehrten Schrägstrich folgt nichts'],
  ['/(?=a)b/', '„(?=“ ist an dieser Stelle nicht zulässig'],
  ['/*a/', '„*“ ist an dieser Stelle nicht zulässig'],
  ['/a{1001}/', '„{1001}“ ist an dieser Stelle nicht zulässig'],
])('what is wrong with the expression %s is said in the language of the page', (text, why) => {
  const pattern = parsePattern(text)
  const said = pattern.ok ? '' : validationErrorText(translatorFor('de', 'validation'), pattern.error)
  expect(said).toBe(`kein gültiger regulärer Ausdruck (RE2): ${why}`)
})

describe('an address is matched', () => {
  test.each([
    ['info@contoso.example', 'INFO@contoso.example', true],
    ['info@contoso.example', 'info@mail.contoso.example', false],
    ['mfp-*@contoso.example', 'MFP-3@contoso.example', true],
    ['mfp-*@contoso.example', 'mfp-@contoso.example', true],
    ['mfp-*@contoso.example', 'mfp@contoso.example', false],
    ['mfp-*@contoso.example', 'mfp-3@mail.contoso.example', false],
    ['mfp-*@contoso.example', 'mfp-3@contoso.example.evil.example', false],
    ['aba*ba@contoso.example', 'aba@contoso.example', false],
    ['aba*ba@contoso.example', 'ababa@contoso.example', true],
    ['*-x@fabrikam.example', '"a-x@fabrikam.example"@contoso.example', false],
    ['a*@contoso.example', '"a@litware.example"@contoso.example', false],
    ['contoso.example', 'info@contoso.example', true],
    ['contoso.example', 'info@mail.contoso.example', false],
    ['contoso.example', 'info@evilcontoso.example', false],
    ['*.contoso.example', 'info@contoso.example', true],
    ['*.contoso.example', 'info@a.b.contoso.example', true],
    ['*.contoso.example', 'info@evilcontoso.example', false],
    ['münchen.example', 'info@xn--mnchen-3ya.example', true],
    ['contoso.example', '"a@fabrikam.example"@contoso.example', true],
    ['fabrikam.example', '"a@fabrikam.example"@contoso.example', false],
    ['info@contoso.example', '"in\\fo"@contoso.example', true],
    ['"info"@contoso.example', 'info@contoso.example', true],
    ['"a b"@contoso.example', '"a\\ b"@contoso.example', true],
    ['"\\\\a"@contoso.example', '"\\a"@contoso.example', false],
    ['/info@.*/', '"Info"@contoso.example', true],
    ['/"fax=.*"@contoso\\.example/', '"FAX=1"@contoso.example', true],
    ['/.*@contoso\\.example/', 'Info@contoso.example', true],
    ['/@contoso\\.example/', 'info@contoso.example', false],
    ['/.*@contoso\\.example/', 'info@contoso.example.evil.example', false],
  ])('by %s: %s → %s', (text, address, matched) => {
    expect(matches(text, address)).toBe(matched)
  })
})

test('every pattern as text is parsed as the same pattern', () => {
  fc.assert(
    fc.property(anyRules, ({ rules }) => {
      for (const pattern of rules.flatMap(({ senders }) => senders))
        expect(parsed(patternText(pattern))).toEqual(pattern)
    }),
  )
})

/** Processor time of one pattern: read, compiled and tried on four of the longest addresses. The slowest seen took 60 ms. */
const PATTERN_MS_MAX = 250

const HOSTILE = [
  '(a+)+$',
  '(a|a)*b',
  '(x+x+)+y',
  '((a{100}){100}){100}',
  '(a{1000}){1000}',
  'a{1000}',
  '.{500}',
  '(?i)[\\x{0}-\\x{10ffff}]{500}',
  '\\pL{590}',
  '(.?){190}y',
  '(?:.*a){15}.{500}b',
  '[^a]{500}|[^b]{50}|(.*){9}',
  '(\\pL|\\pN|\\pM|\\pS|\\pP){190}',
  '(a|b|c|d|e|f|g|h|i|j|k|l|m){38}'.repeat(8),
  '(.*)*'.repeat(50),
  '(?:(?:x*)*)*'.repeat(20),
  '['.repeat(250),
  '('.repeat(250),
  '('.repeat(125) + ')'.repeat(125),
  'x*'.repeat(125),
]

test.each(HOSTILE.map((source) => [source.slice(0, 40), source]))(
  'the hostile expression %s ends in time, with a validation error or an answer',
  (_, source) => {
    const before = processorMs()
    const pattern = parsePattern(`/${source}/`)
    if (pattern.ok) {
      const matcher = matcherOf(pattern.value)
      for (const local of ['a'.repeat(240), 'aé'.repeat(120), `${'x'.repeat(240)}!`, 'ı'.repeat(240)])
        matcher(subjectOf(`${local}@b.example`))
    }
    expect(processorMs() - before).toBeLessThan(PATTERN_MS_MAX)
  },
)

test('any text as a regular expression ends in time and never throws', () => {
  const piece = fc.constantFrom(
    'a',
    '.',
    '*',
    '+',
    '?',
    '(',
    ')',
    '[',
    ']',
    '{9}',
    '{99}',
    '|',
    '\\',
    '\\pL',
    '^',
    '$',
    '(?i)',
  )
  const source = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(source, (text) => {
      const before = processorMs()
      const pattern = parsePattern(`/${text}/`)
      if (pattern.ok) matcherOf(pattern.value)(subjectOf(`${'a'.repeat(200)}@contoso.example`))
      expect(processorMs() - before).toBeLessThan(PATTERN_MS_MAX)
    }),
    { numRuns: 500 },
  )
})

/** An address that a mail may be for is one that a rule may name; what is none, is none in a rule either. */
describe('the addresses of bad-inputs, as a pattern', () => {
  const cases = entries.filter(({ field }) => field === 'recipient_email')
  test('there are some', () => expect(cases.length).toBeGreaterThan(10))
  test.each(cases.map((entry) => [entry.note, entry] as const))('%s', (_, entry) => {
    const { gen } = entry as { gen?: { unit: string; times: number; prefix?: string; suffix?: string } }
    const value = gen ? (gen.prefix ?? '') + gen.unit.repeat(gen.times) + (gen.suffix ?? '') : entry.value
    const before = processorMs()
    const pattern = parsePattern(value)
    expect(processorMs() - before).toBeLessThan(200)
    if (entry.expect === 'reject') expect(pattern.ok).toBe(false)
    else expect(pattern).toEqual({ ok: true, value: { kind: 'address', address: entry.normalised ?? entry.value } })
  })
})
