import path from 'node:path'
import { expect, test } from 'vitest'
import { calendarEvents } from '../credentials/calendar'
import { aCredential } from '../credentials/credential.fixture'
import { calendarFile } from './calendar-file'

const NOW = new Date('2026-11-24T12:00:00Z')
const BASE_URL = new URL('https://postroom.contoso.example')
const golden = (name: string): string => path.join(import.meta.dirname, 'golden', name)

const fileOf = (
  views: ReturnType<typeof aCredential>[],
  { locale = 'en' as const, isFeed = false, thresholdsDays = [60, 30, 14, 7, 1, 0] } = {},
): string =>
  calendarFile(calendarEvents(views, { thresholdsDays, host: BASE_URL.hostname, now: NOW }), {
    locale,
    now: NOW,
    isFeed,
    baseUrl: BASE_URL,
  })

/** Lines as a calendar reads them: folded ones joined (RFC 5545 §3.1). */
const unfolded = (text: string): string[] => text.replaceAll('\r\n ', '').split('\r\n')

const ends = new Date('2027-05-01T00:00:00Z')
const HOSTILE = 'a,b;c\\d\nBEGIN:VALARM\r\nX:“y” =cmd|x ü\u202e'

test('R-15 a credential’s end is a whole day without a zone, with an alarm at nine for each threshold', async () => {
  await expect(fileOf([aCredential({ expiresAt: ends })])).toMatchFileSnapshot(golden('one-credential.ics'))
})

test('a feed says when to come back, and a replaced credential is cancelled in it', async () => {
  const former = aCredential({
    id: '77777777-7777-4777-8777-777777777777',
    slot: 'retired',
    retiredAt: new Date('2026-11-20T00:00:00Z'),
    expiresAt: new Date('2026-12-01T10:30:00Z'),
    expiryVersion: 3,
  })
  const text = fileOf([aCredential({ expiresAt: ends }), former], { isFeed: true })
  await expect(text).toMatchFileSnapshot(golden('feed.ics'))
})

test('M-12 M-13 hostile notes and names stay text: no line of theirs becomes a line of the calendar', async () => {
  const mailServer = { ...aCredential().mailServer, name: HOSTILE, senderAddress: '"a;b,c"@contoso.example' }
  const text = fileOf([aCredential({ expiresAt: ends, note: HOSTILE, mailServer })], { thresholdsDays: [7] })
  const lines = unfolded(text)
  expect(lines.filter((line) => line === 'BEGIN:VALARM')).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('X:'))).toEqual([])
  expect(lines.find((line) => line.startsWith('DESCRIPTION:From'))).toContain('a\\,b\\;c\\\\d\\nBEGIN:VALARM')
  await expect(text).toMatchFileSnapshot(golden('hostile.ics'))
})

test('every line ends with CR LF and has at most 75 octets, letters of several bytes whole', () => {
  const text = fileOf([aCredential({ expiresAt: ends, note: 'Schlüssel für Zürich – '.repeat(20) })])
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(text.endsWith('\r\n')).toBe(true)
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true)
  expect(text).not.toContain('\ufffd')
  expect(unfolded(text).join('\n')).toContain('Schlüssel für Zürich – Schlüssel')
})

test('a changed date keeps the event’s id and raises its sequence; a credential without an end has no event', () => {
  const one = (changes: Parameters<typeof aCredential>[0]) =>
    unfolded(fileOf([aCredential(changes)])).filter((line) => /^(UID|SEQUENCE|DTSTART)/.test(line))
  const first = one({ expiresAt: ends })
  const moved = one({ expiresAt: new Date('2027-06-01T00:00:00Z'), expiryVersion: 2 })
  expect(first[0]).toBe(moved[0])
  expect([first[1], moved[1]]).toEqual(['SEQUENCE:0', 'SEQUENCE:1'])
  expect([first[2], moved[2]]).toEqual(['DTSTART;VALUE=DATE:20270501', 'DTSTART;VALUE=DATE:20270601'])
  expect(one({})).toEqual([])
})

test('R-15 the day is the UTC day of the end, an instant before midnight as well as at midnight', () => {
  const dayOf = (expiresAt: string) =>
    unfolded(fileOf([aCredential({ expiresAt: new Date(expiresAt) })])).find((line) => line.startsWith('DTSTART'))
  expect(dayOf('2027-03-28T23:59:59.999Z')).toBe('DTSTART;VALUE=DATE:20270328')
  expect(dayOf('2027-03-29T00:00:00Z')).toBe('DTSTART;VALUE=DATE:20270329')
})
