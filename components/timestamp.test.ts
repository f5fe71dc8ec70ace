import { expect, test } from 'vitest'
import { absoluteDate, absoluteTime, relativeDay, relativeTime, timeUntil } from './timestamp'

const now = new Date('2027-03-01T12:00:00Z')
test.each([
  ['2027-03-01T11:59:31Z', 'just now', 'gerade eben'],
  ['2027-03-01T12:00:00Z', 'now', 'jetzt'],
  ['2027-03-01T11:55:01Z', '4 minutes ago', 'vor 4 Minuten'],
  ['2027-03-01T15:00:00Z', 'in 3 hours', 'in 3 Stunden'],
  ['2027-02-28T12:00:00Z', 'yesterday', 'gestern'],
  ['2028-06-01T12:00:00Z', 'next year', 'nächstes Jahr'],
])('%s is "%s", "%s"', (at, english, german) => {
  expect(relativeTime(new Date(at), now, 'en')).toBe(english)
  expect(relativeTime(new Date(at), now, 'de')).toBe(german)
})

test('what is still to come is due now once its time has passed', () => {
  const passed = new Date('2027-03-01T11:59:31Z')
  expect([timeUntil(passed, now, 'en'), timeUntil(passed, now, 'de')]).toEqual(['now', 'jetzt'])
  expect(timeUntil(new Date('2027-03-01T12:04:00Z'), now, 'en')).toBe('in 4 minutes')
})

test('moments are shown in UTC and say so, whatever the time zone of the machine, and no line ends after the day', () => {
  expect(absoluteTime(new Date('2027-03-01T23:30:00Z'), 'en')).toBe('1\u00a0Mar 2027, 23:30 UTC')
  expect(absoluteDate(new Date('2027-03-01T23:30:00Z'), 'en')).toBe('1\u00a0Mar 2027')
})

test.each([
  ['2027-03-01T00:00:00Z', 'today', 'heute'],
  ['2027-03-02T00:00:00Z', 'tomorrow', 'morgen'],
  ['2027-03-06T00:00:00Z', 'in 5 days', 'in 5 Tagen'],
  ['2027-02-27T23:00:00Z', '2 days ago', 'vorgestern'],
  ['2028-06-01T00:00:00Z', 'in 458 days', 'in 458 Tagen'],
])('a day is counted on the calendar: %s is "%s", "%s"', (at, english, german) => {
  expect(relativeDay(new Date(at), now, 'en')).toBe(english)
  expect(relativeDay(new Date(at), now, 'de')).toBe(german)
})
