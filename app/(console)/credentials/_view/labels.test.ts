import { expect, test } from 'vitest'
import { shortMonth } from './labels'

test('a short month is written alone as in a date, and with its year', () => {
  const at = new Date('2026-12-09T00:00:00Z')
  expect(['en', 'de'].map((locale) => shortMonth(at, locale as 'en' | 'de', false))).toEqual(['Dec', 'Dez.'])
  expect(shortMonth(at, 'de', true)).toBe('Dez. 2026')
})
