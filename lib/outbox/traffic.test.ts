import { expect, test } from 'vitest'
import { totalOf, trafficOf, trafficSince } from './traffic'

const at = (text: string) => new Date(`${text}Z`)
const NOW = at('2026-11-25T04:31:00')
const one = (from: string) => ({ from: at(from), delivered: 1, failed: 2, retried: 3 })

test('a day has 24 hours without gaps, the current one last', () => {
  const { hours } = trafficOf([one('2026-11-25T04:00:00'), one('2026-11-24T05:00:00')], NOW)
  expect(hours).toHaveLength(24)
  expect(hours[0]).toEqual(one('2026-11-24T05:00:00'))
  expect(hours.at(-1)).toEqual(one('2026-11-25T04:00:00'))
  expect(totalOf(hours.slice(1, -1))).toEqual({ delivered: 0, failed: 0, retried: 0 })
})

test('30 days sum the hours of each day in UTC', () => {
  const counted = [
    one('2026-11-25T00:00:00'),
    one('2026-11-25T04:00:00'),
    one('2026-11-24T23:00:00'),
    one('2026-10-27T00:00:00'),
  ]
  const { days } = trafficOf(counted, NOW)
  expect(days).toHaveLength(30)
  expect(days.at(-1)).toEqual({ from: at('2026-11-25T00:00:00'), delivered: 2, failed: 4, retried: 6 })
  expect(days.at(-2)?.delivered).toBe(1)
  expect(days[0]).toEqual(one('2026-10-27T00:00:00'))
  expect(trafficSince(NOW)).toEqual(at('2026-10-27T00:00:00'))
})

test('hours before the first span or after the last are not counted', () => {
  const { hours, days } = trafficOf([one('2026-10-26T23:00:00'), one('2026-11-26T00:00:00')], NOW)
  expect(totalOf([...hours, ...days])).toEqual({ delivered: 0, failed: 0, retried: 0 })
})
