import { expect, test } from 'vitest'
import { formatDuration } from './locale'

test.each([
  [0, '0 ms', '0 ms'],
  [0.4, '0 ms', '0 ms'],
  [840, '840 ms', '840 ms'],
  [999.6, '1 s', '1 s'],
  [2_440, '2.4 s', '2,4 s'],
  [9_499, '9.5 s', '9,5 s'],
  [9_960, '10 s', '10 s'],
  [59_499, '59 s', '59 s'],
  [60_000, '1 min', '1 min'],
  [84_000, '1 min 24 s', '1 min 24 s'],
  [3_599_600, '1 h', '1 h'],
  [7_500_000, '2 h 5 min', '2 h 5 min'],
  [172_740_000, '47 h 59 min', '47 h 59 min'],
  [172_800_000, '2 d', '2 d'],
  [3_556_800_000, '41 d 4 h', '41 d 4 h'],
])('%d ms is read as "%s", "%s"', (ms, english, german) => {
  const plain = (text: string) => text.replaceAll('\u00a0', ' ')
  expect([plain(formatDuration(ms, 'en')), plain(formatDuration(ms, 'de'))]).toEqual([english, german])
})
