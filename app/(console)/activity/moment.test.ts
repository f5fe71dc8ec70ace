import { expect, test } from 'vitest'
import { absolute, relative } from './moment'

const now = new Date('2027-03-01T12:00:00Z')

test.each([
  ['2027-03-01T12:00:00Z', 'now', 'jetzt'],
  ['2027-03-01T11:59:01Z', '59 seconds ago', 'vor 59 Sekunden'],
  ['2027-03-01T09:00:01Z', '2 hours ago', 'vor 2 Stunden'],
  ['2027-02-27T12:00:00Z', '2 days ago', 'vorgestern'],
  ['2025-02-27T12:00:00Z', '2 years ago', 'vor 2 Jahren'],
  ['2027-03-01T12:05:00Z', 'in 5 minutes', 'in 5 Minuten'],
])('%s is %s', (at, english, german) => {
  expect(relative(new Date(at), now, 'en')).toBe(english)
  expect(relative(new Date(at), now, 'de')).toBe(german)
})

test('R-15 the absolute time is UTC whatever the zone of this machine', () => {
  expect(absolute(new Date('2027-03-28T01:30:00Z'), 'en')).toBe('28 Mar 2027, 01:30:00')
  expect(absolute(new Date('2027-03-28T01:30:00Z'), 'de')).toBe('28.03.2027, 01:30:00')
})
