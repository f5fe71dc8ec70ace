import { expect, test } from 'vitest'
import { HOUR_MS } from '../../kernel'
import { newestWeek } from './schedule'

test.each([
  ['an hour before it is due', 1, 8, '2027-01-11T07:00:00Z', '2027-01-04T08:00:00.000Z'],
  ['at the hour', 1, 8, '2027-01-11T08:00:00Z', '2027-01-11T08:00:00.000Z'],
  ['on a Sunday', 7, 23, '2027-01-11T08:00:00Z', '2027-01-10T23:00:00.000Z'],
  ['at midnight', 3, 0, '2027-01-13T00:00:00Z', '2027-01-13T00:00:00.000Z'],
])('the newest week: %s', (_, weekday, hour, now, due) => {
  const { from, to } = newestWeek({ weekday, hour }, new Date(now))
  expect(to.toISOString()).toBe(due)
  expect(to.getTime() - from.getTime()).toBe(7 * 24 * HOUR_MS)
})

test('R-26 each week begins where the one before ended, whatever the day, the hour and the clocks', () => {
  for (let weekday = 1; weekday <= 7; weekday++) {
    const weeks = new Map<number, number>()
    for (let ms = Date.parse('2026-01-01T00:00:00Z'); ms < Date.parse('2027-01-10T00:00:00Z'); ms += 5 * HOUR_MS) {
      const { from, to } = newestWeek({ weekday, hour: 2 }, new Date(ms))
      weeks.set(to.getTime(), from.getTime())
      expect(to.getUTCDay() || 7).toBe(weekday)
    }
    const ends = [...weeks.keys()]
    expect([...weeks.values()].slice(1)).toEqual(ends.slice(0, -1))
    expect(ends.length).toBeGreaterThan(52)
  }
})
