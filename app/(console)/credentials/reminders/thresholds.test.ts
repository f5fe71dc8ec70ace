import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { daysAhead, daysIn, daysText } from './thresholds'

test.each([
  ['60, 30; 14 7\n1', [60, 30, 14, 7, 1]],
  ['', []],
  [' , ;', []],
  ['0', [0]],
  ['-1', null],
  ['1.5', null],
  ['1e3', null],
  ['0x1f', null],
  ['٣', null],
  ['12345', null],
  ['7 days', null],
  ['7\u0000', null],
  [`1${'0'.repeat(100_000)}`, null],
])('days typed as %j are %j', (typed, days) => {
  expect(daysIn(typed)).toEqual(days)
})

test('what is shown is read back as it was, without the end itself', () => {
  expect(daysIn(daysText([90, 7, 0]))).toEqual([90, 7])
})

test.each([
  [[60, 30, 1, 0], '60, 30 and 1 days ahead'],
  [[7, 0], '7 days ahead'],
  [[1, 0], '1 day ahead'],
  [[0], 'Only on the expiry date'],
])('the days %j are one phrase', (days, phrase) => {
  const t = translatorFor('en', 'reminders')
  expect(t('thresholds.days', daysAhead(days, t))).toBe(phrase)
})
