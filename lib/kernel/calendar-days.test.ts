import { expect, test } from 'vitest'
import { calendarDays, isDay } from './index'

test.each([
  ['the same day', '2026-11-26T00:00:00Z', '2026-11-26T23:59:59.999Z', 0],
  ['26 November to 1 December', '2026-11-26T14:00:00Z', '2026-12-01T00:00:00Z', 5],
  ['two hours over midnight', '2026-11-26T23:00:00Z', '2026-11-27T01:00:00Z', 1],
  ['into the past', '2026-11-26T01:00:00Z', '2026-11-25T23:00:00Z', -1],
  ['over 29 February', '2028-02-28T12:00:00Z', '2028-03-01T06:00:00Z', 2],
])('R-15 days are counted on the calendar: %s', (_, from, to, days) => {
  expect(calendarDays(new Date(from), new Date(to))).toBe(days)
})

test.each(['2026-02-30', '2026-00-10', '0000-01-01', '9999-12-31', '2026-2-3', ' 2026-02-03', '2026-02-03T'])(
  '%j is no day of this century',
  (text) => {
    expect(isDay(text)).toBe(false)
    expect(isDay('2028-02-29')).toBe(true)
  },
)
