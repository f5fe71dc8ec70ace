import { expect, test } from 'vitest'
import { sinceMonth, totalOf, trafficOf } from './traffic'

const at = (text: string) => new Date(`${text}Z`)
const NOW = at('2026-11-25T04:31:00')
const one = (from: string) => ({ from: at(from), delivered: 1, failed: 2 })
const row = (from: string, mailServerId: string | null = null) => ({ ...one(from), mailServerId })

test('a day has 24 hours without gaps, the current one last', () => {
  const { hours } = trafficOf([row('2026-11-25T04:00:00'), row('2026-11-24T05:00:00')], NOW)
  expect(hours).toHaveLength(24)
  expect(hours[0]).toEqual(one('2026-11-24T05:00:00'))
  expect(hours.at(-1)).toEqual(one('2026-11-25T04:00:00'))
  expect(totalOf(hours.slice(1, -1))).toEqual({ delivered: 0, failed: 0 })
})

test('30 days sum the hours of each day in UTC', () => {
  const counted = [
    row('2026-11-25T00:00:00'),
    row('2026-11-25T04:00:00', 'first'),
    row('2026-11-24T23:00:00'),
    row('2026-10-27T00:00:00'),
  ]
  const { days } = trafficOf(counted, NOW)
  expect(days).toHaveLength(30)
  expect(days.at(-1)).toEqual({ from: at('2026-11-25T00:00:00'), delivered: 2, failed: 4 })
  expect(days.at(-2)?.delivered).toBe(1)
  expect(days[0]).toEqual(one('2026-10-27T00:00:00'))
  expect(sinceMonth(NOW).firstHour).toEqual(at('2026-10-27T00:00:00'))
})

test('hours before the first span or after the last are not counted', () => {
  const { hours, days } = trafficOf([row('2026-10-26T23:00:00'), row('2026-11-26T00:00:00')], NOW)
  expect(totalOf([...hours, ...days])).toEqual({ delivered: 0, failed: 0 })
})

test('the hours of each mail server are its own, and those of all are their sum', () => {
  const hour = '2026-11-25T04:00:00'
  const { hours, servers } = trafficOf([row(hour, 'first'), row(hour, 'second'), row('2026-11-20T04:00:00')], NOW)
  expect(hours.at(-1)?.delivered).toBe(2)
  expect([...servers.keys()]).toEqual(['first', 'second'])
  expect(servers.get('second')?.at(-1)).toEqual(one(hour))
})
