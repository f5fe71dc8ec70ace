import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { timeRangeFaults, timeRangeIn, timeRangeText } from './time-range'

const DAY = '2027-02-28'

test.each([
  ['a day is whole', { from: DAY, until: DAY }, '2027-02-28T00:00', '2027-03-01T00:00'],
  [
    'the last minute is whole',
    { from: DAY, fromTime: '10:14', until: DAY, untilTime: '10:14' },
    `${DAY}T10:14`,
    `${DAY}T10:15`,
  ],
  ['an end without a day is on the first one', { from: DAY, untilTime: '23:59' }, `${DAY}T00:00`, '2027-03-01T00:00'],
  ['one end is enough', { until: DAY, untilTime: '00:00' }, undefined, `${DAY}T00:01`],
])('%s', (_, params, from, until) => {
  const date = (text: string | undefined) => text && new Date(`${text}:00Z`)
  const { moments, badDays } = timeRangeIn(params)
  expect({ from: undefined, until: undefined, ...moments }).toEqual({ from: date(from), until: date(until) })
  expect(badDays).toEqual([])
})

test.each([
  [{ from: '2027-02-30' }, ['2027-02-30']],
  [{ from: DAY, fromTime: '24:00' }, [`${DAY} 24:00`]],
  [{ from: DAY, fromTime: '9:00' }, [`${DAY} 9:00`]],
  [{ from: DAY, fromTime: `09:00\n${DAY}` }, [`${DAY} 09:00\n${DAY}`]],
  [{ fromTime: '09:00', untilTime: '10:00' }, ['09:00', '10:00']],
  [{ from: `${DAY}T09:00`, until: 'tomorrow' }, [`${DAY}T09:00`, 'tomorrow']],
])('%j is no range, and says what is no date', (params, badDays) => {
  const read = timeRangeIn(params)
  expect(read).toMatchObject({ moments: {}, badDays })
  expect(Object.values(read.range).join('')).toBe('')
})

test('a wrong end leaves the other one, and the words name what applies', () => {
  const { range, moments, badDays } = timeRangeIn({ from: DAY, until: '2027-02-29' })
  expect({ moments, badDays }).toEqual({ moments: { from: new Date(DAY) }, badDays: ['2027-02-29'] })
  const text = (params: Record<string, string>) =>
    timeRangeText({ ...range, from: '', ...params }, translatorFor('en', 'activity'))?.replaceAll('\u00a0', ' ') ?? null
  expect([text({ from: DAY }), text({ until: DAY, untilTime: '10:00' }), text({})]).toEqual([
    'since 28 Feb 2027',
    'until 28 Feb 2027 10:00',
    null,
  ])
  expect(text({ from: DAY, fromTime: '09:00', untilTime: '10:00' })).toBe('28 Feb 2027 09:00 – 10:00')
})

test.each([
  [{ from: DAY, until: '2027-02-27' }, true],
  [{ from: DAY, fromTime: '10:14', untilTime: '10:13' }, true],
  [{ from: DAY, fromTime: '10:14', untilTime: '10:14' }, false],
  [{ from: DAY, until: 'tomorrow' }, false],
  [{ until: DAY }, false],
])('whether %j ends before it begins is said', (params, isReversed) => {
  const read = timeRangeIn(params)
  expect(read.isReversed).toBe(isReversed)
  const faults = timeRangeFaults(read, translatorFor('en', 'messages'))
  expect(faults.includes('The end is before the beginning, so nothing is listed.')).toBe(isReversed)
})
