import { expect, test } from 'vitest'
import { daysIn, daysText } from './thresholds'

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
