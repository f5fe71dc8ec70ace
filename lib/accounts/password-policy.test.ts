import { describe, expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { Redacted } from '../kernel/redacted'
import { chosenPassword } from './password-policy'

interface Entry {
  field: string
  value: unknown
  expect: string
  note: string
  gen?: { unit: string; times: number; prefix?: string; suffix?: string }
}

const WHO = ['ada.lovell@contoso.example', 'Ada Lovell']
const verdict = (password: string) => {
  const chosen = chosenPassword(new Redacted(password), WHO)
  return chosen.ok ? 'accept' : chosen.error.kind
}

describe('A-02 the corpus of passwords', () => {
  const corpus = (entries as Entry[]).filter(
    (entry) => entry.field === 'user_password' && (entry.gen || typeof entry.value === 'string'),
  )
  test.each(corpus.map((entry) => [entry.note, entry] as const))('%s', (_, { value, gen, expect: expected }) => {
    const text = gen ? (gen.prefix ?? '') + gen.unit.repeat(gen.times) + (gen.suffix ?? '') : String(value)
    expect(verdict(text) === 'accept' ? 'accept' : 'reject').toBe(expected)
  })
  test('is not empty', () => expect(corpus.length).toBeGreaterThan(5))
})

test.each([
  ['passwordpassword', 'common'],
  ['Password12345678!!', 'common'],
  ['qwertyuiopasdfghjkl', 'common'],
  ['1qaz2wsx3edc4rfv', 'common'],
  ['123456789012345678', 'common'],
  ['abcdefghijklmnopqr', 'common'],
  ['98765432109876543', 'common'],
  ['abcabcabcabcabcabc', 'common'],
  ['iloveyou2026!!!!!!!', 'common'],
  ['postroom-2026-11-24', 'context'],
  ['P0str00m!P0str00m1x', 'context'],
  ['Contoso-Postroom-26', 'context'],
  ['ada.lovell@contoso', 'context'],
  ['lovell lovell 1234 ab', 'context'],
] as const)('A-02 %s is %s', (password, kind) => {
  expect(verdict(password)).toBe(kind)
})

test.each([
  'quiet purple kettle rain',
  '  blanks stay here  ',
  'fünf Wörter ohne Zusammenhang',
  '正しい馬のバッテリーと長いホチキス',
  'contoso quietly brews purple rain',
  'x7#Kq!92mLp$zR4wT',
  '🐴🔋📎🧵🌧️🫖🪡🧶🎻🪕🥁🎺🎷🪗🎹',
])('A-02 any characters and no composition rule: %s', (password) => {
  expect(verdict(password)).toBe('accept')
})

test('A-02 the same password on keyboards that compose differently', () => {
  const composed = chosenPassword(new Redacted(`${'é'.normalize('NFC')} quiet kettles sing`), [])
  const decomposed = chosenPassword(new Redacted(`${'é'.normalize('NFD')} quiet kettles sing`), [])
  expect(composed.ok && decomposed.ok && composed.value.reveal() === decomposed.value.reveal()).toBe(true)
})
