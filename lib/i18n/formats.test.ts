import { expect, test } from 'vitest'
import { DAY_MS } from '../kernel'
import { formatsIn } from './formats'
import { formatTime, LOCALES } from './locale'
import { translatorFor } from './translations'

const [en, de] = [formatsIn('en'), formatsIn('de')]
const now = new Date('2027-03-01T12:00:00Z')
test.each([
  ['2027-03-01T11:59:31Z', 'just now', 'vor wenigen Sekunden'],
  ['2027-03-01T12:00:00Z', 'now', 'jetzt'],
  ['2027-03-01T11:55:01Z', '4 minutes ago', 'vor 4 Minuten'],
  ['2027-03-01T15:00:00Z', 'in 3 hours', 'in 3 Stunden'],
  ['2027-02-28T12:00:00Z', 'yesterday', 'gestern'],
  ['2027-02-27T23:00:00Z', '2 days ago', 'vorgestern'],
  ['2027-01-10T12:00:00Z', '1 month ago', 'vor 1 Monat'],
  ['2028-06-01T12:00:00Z', 'in 1 year', 'in 1 Jahr'],
])('%s is "%s", "%s"', (at, english, german) => {
  expect(en.relativeTime(new Date(at), now)).toBe(english)
  expect(de.relativeTime(new Date(at), now)).toBe(german)
})

test('what is still to come is due now once its time has passed', () => {
  const passed = new Date('2027-03-01T11:59:31Z')
  expect([en.timeUntil(passed, now), de.timeUntil(passed, now)]).toEqual(['now', 'jetzt'])
  expect(en.timeUntil(new Date('2027-03-01T12:04:00Z'), now)).toBe('in 4 minutes')
})

test.each([
  ['en', 900 * 2 ** 20, '900 MiB'],
  ['en', 2 ** 30 - 1, '1,023 MiB'],
  ['en', 2 ** 30, '1 GiB'],
  ['de', 1.27 * 2 ** 30, '1,2 GiB'],
  ['de', 1234.56 * 2 ** 30, '1.234,5 GiB'],
] as const)(
  'space is written in %s in whole MiB or with one decimal, and never as more than it is: %d',
  (locale, bytes, text) => {
    expect(formatsIn(locale).space(bytes).replaceAll('\u00a0', ' ')).toBe(text)
  },
)

test('moments are shown in UTC and say so, whatever the time zone of the machine, and no line ends within the date', () => {
  expect(en.time(new Date('2027-03-01T23:30:00Z'))).toBe('1\u00a0Mar\u00a02027, 23:30\u00a0UTC')
  expect(en.date(new Date('2027-03-01T23:30:00Z'))).toBe('1\u00a0Mar\u00a02027')
})

test('a number below zero has a minus sign, which is no hyphen', () => {
  expect([en.number(-18), de.number(-1204)]).toEqual(['−18', '−1.204'])
})

test.each(LOCALES)('a script of the browser writes a moment as the pages do (%s)', (locale) => {
  for (const at of [now, new Date('2028-11-28T23:00:00Z')])
    expect(formatTime(at, locale)).toBe(formatsIn(locale).time(at))
})

test.each([
  ['2027-03-01T00:00:00Z', 'today', 'heute'],
  ['2027-03-02T00:00:00Z', 'tomorrow', 'morgen'],
  ['2027-03-06T00:00:00Z', 'in 5 days', 'in 5 Tagen'],
  ['2027-02-27T23:00:00Z', '2 days ago', 'vorgestern'],
  ['2028-06-01T00:00:00Z', 'in 458 days', 'in 458 Tagen'],
])('a day is counted on the calendar: %s is "%s", "%s"', (at, english, german) => {
  expect(en.relativeDay(new Date(at), now)).toBe(english)
  expect(de.relativeDay(new Date(at), now)).toBe(german)
})

test('a day is written with its year only if it could be meant as another one', () => {
  const [soon, far] = [new Date('2027-03-11T00:00:00Z'), new Date('2028-06-01T00:00:00Z')]
  expect([en.clearDate(soon, now), de.clearDay(soon, now)]).toEqual(['11\u00a0March', '11.\u00a0März'])
  expect([en.clearDate(far, now), de.clearDay(far, now)]).toEqual(['1\u00a0June\u00a02028', '1.\u00a0Juni\u00a02028'])
  expect([en.spokenDate(soon, now), de.onDay(new Date('2027-03-04T00:00:00Z'), now)]).toEqual([
    '11\u00a0March',
    'am Donnerstag',
  ])
  const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS)
  // On a Monday, “Monday” would be today.
  expect([1, 6, 7].map((days) => en.onDay(inDays(days), now))).toEqual(['tomorrow', 'on Sunday', 'on 8\u00a0March'])
  expect(en.clearDate(inDays(340), now)).toBe('4\u00a0February\u00a02028')
  expect([soon, far].map((at) => en.monthOf(at, now))).toEqual(['March', 'June 2028'])
})

test('German has an article between “seit” and a day, and none before a time of day', () => {
  const [today, before] = [new Date('2027-03-01T07:14:00Z'), new Date('2027-02-27T23:56:00Z')]
  expect([de.sinceDay(today, now), de.sinceTime(today, now)]).toEqual(['07:14', '07:14'])
  expect([de.sinceDay(before, now), de.sinceTime(before, now)]).toEqual([
    'dem 27.\u00a0Feb.',
    'dem 27.\u00a0Feb., 23:56',
  ])
  expect([en.sinceDay(before, now), en.sinceTime(before, now)]).toEqual(['27\u00a0Feb', '27\u00a0Feb, 23:56'])
})

test('no line ends within a date, or where the weekday is named only before the year', () => {
  expect([en.longDate(now), de.longDate(now)]).toEqual(['Monday, 1\u00a0March 2027', 'Montag, 1.\u00a0März 2027'])
  expect([en.fullDate(now), de.fullDate(now)]).toEqual(['1\u00a0March\u00a02027', '1.\u00a0März\u00a02027'])
})

test('a short month is written alone as in a date, and with its year', () => {
  const at = new Date('2026-12-09T00:00:00Z')
  expect([en.shortMonth(at, false), de.shortMonth(at, false)]).toEqual(['Dec', 'Dez.'])
  expect(de.shortMonth(at, true)).toBe('Dez. 2026')
})

test('a time within a sentence is in whole minutes, and from two hours on in hours', () => {
  const spoken = (minutes: number) => (minutes + 0.5) * 60_000
  expect([1, 119, 120, 1_500].map((minutes) => en.spokenDuration(spoken(minutes)))).toEqual([
    ...['1 minute', '119 minutes', '2 hours', '25 hours'],
  ])
  expect([1, 120].map((minutes) => de.spokenDuration(spoken(minutes)))).toEqual(['1 Minute', '2 Stunden'])
})

test.each(LOCALES)('%s: a translator writes times in the language of its texts', (locale) => {
  const t = translatorFor(locale, 'shell', 'page')
  expect(t.locale).toBe(locale)
  expect(t.time(now)).toBe(formatsIn(locale).time(now))
})
