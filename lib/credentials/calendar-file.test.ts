import { spawnSync } from 'node:child_process'
import path from 'node:path'
import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import { aCredential, anApiKey } from '../../tests/support/credential'
import { projectRoot } from '../db/project-root'
import type { Locale } from '../i18n/translations'
import { calendarFile } from './calendar'
import type { ExpiringView } from './views'

const NOW = new Date('2026-11-24T12:00:00Z')
const BASE_URL = new URL('https://postroom.contoso.example')
const golden = (name: string): string => path.join(import.meta.dirname, 'golden', name)

const fileOf = (
  views: ExpiringView[],
  { locale = 'en' as Locale, isFeed = false, thresholdsDays = [60, 30, 14, 7, 1, 0] } = {},
): string =>
  calendarFile(views, {
    locale,
    now: NOW,
    isFeed,
    baseUrl: BASE_URL,
    thresholdsDays,
    namespace: 'postroom.contoso.example',
  })

/** Lines as a calendar reads them: folded ones joined (RFC 5545 §3.1). */
const unfolded = (text: string): string[] => text.replaceAll('\r\n ', '').split('\r\n')

const ends = new Date('2027-05-01T00:00:00Z')
const HOSTILE = 'a,b;c\\d\nBEGIN:VALARM\r\nX:“y” =cmd|x ü\u202e'

test('R-15 an expiry date is a whole day without a time zone, with an alarm at nine for each threshold', async () => {
  await expect(fileOf([aCredential({ expiresAt: ends })])).toMatchFileSnapshot(golden('one-credential.ics'))
})

test('a feed says how often to read it', async () => {
  await expect(fileOf([aCredential({ expiresAt: ends })], { isFeed: true })).toMatchFileSnapshot(golden('feed.ics'))
})

const replaced = aCredential({
  id: '77777777-7777-4777-8777-777777777777',
  slot: 'previous',
  replacedAt: new Date('2026-01-20T00:00:00Z'),
  expiresAt: new Date('2026-12-01T10:30:00Z'),
  expiryVersion: 3,
})

test('the file of a replaced credential cancels its event, however long ago it was replaced', async () => {
  await expect(fileOf([replaced])).toMatchFileSnapshot(golden('replaced.ics'))
})

const AT = new Date('2026-01-20T08:00:00Z')
test.each<[string, Parameters<typeof aCredential>[0]]>([
  ['was removed', { expiresAt: ends, removedAt: AT }],
  ['was removed and has no date any more', { expiresAt: null, expiryVersion: 2, removedAt: AT }],
  ['was in use again, and has no date any more', { expiresAt: null, expiryVersion: 2, replacedAt: AT }],
])('the event of a credential that %s is cancelled and rings no alarm', (_, changes) => {
  const text = fileOf([aCredential(changes)])
  expect(text).toContain('STATUS:CANCELLED')
  expect(text).not.toContain('VALARM')
})

test('a credential that never had a date has no event to cancel', () => {
  const never = aCredential({ expiresAt: null, removedAt: AT })
  expect(fileOf([never])).not.toContain('VEVENT')
})

const mailServer = { ...aCredential().mailServer, name: HOSTILE, senderAddress: '"a;b,c"@contoso.example' }
const CALENDARS = {
  'a feed': fileOf([aCredential({ expiresAt: ends })], { isFeed: true }),
  'a feed without any event': fileOf([], { isFeed: true }),
  'the file of a credential': fileOf([aCredential({ expiresAt: ends, note: 'Schlüssel für Zürich – '.repeat(20) })]),
  'the file of a replaced credential': fileOf([replaced]),
  'a file with hostile names': fileOf([aCredential({ expiresAt: ends, note: HOSTILE, mailServer })]),
}

test.each(Object.entries(CALENDARS))('ical.js parses %s, which has at least one component', (name, text) => {
  const calendar = new ICAL.Component(ICAL.parse(text))
  expect(calendar.getAllSubcomponents().length).toBeGreaterThan(0)
  const events = calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event))
  expect(events).toHaveLength(name === 'a feed without any event' ? 0 : 1)
  for (const { uid, startDate } of events) expect([uid, startDate.isDate]).toEqual([expect.any(String), true])
  // With a METHOD it would be a scheduling message, which must have an ORGANIZER.
  expect(calendar.getFirstPropertyValue('method')).toBeNull()
})

const CHECK = path.join(projectRoot(), 'tests/support/calendar-check.py')
const check = (text: string) => spawnSync('/usr/bin/python3', [CHECK], { input: text, encoding: 'utf8' })
const LOADS = 'import ctypes, icalendar; ctypes.CDLL("libical.so.3")'
const canCheck = spawnSync('/usr/bin/python3', ['-c', LOADS]).status === 0
test.skipIf(!canCheck)(
  'libical finds no fault against RFC 5545 and RFC 5546, and python-icalendar reads the same',
  () => {
    for (const [name, text] of Object.entries(CALENDARS)) {
      const { stdout, stderr } = check(text)
      expect(JSON.parse(stdout || '{}'), `${name}: ${stderr}`).toEqual({
        restrictions: true,
        errors: [],
        events: name === 'a feed without any event' ? 0 : 1,
        alarms: text.match(/^BEGIN:VALARM/gm)?.length ?? 0,
      })
    }
  },
)

test('M-12 M-13 hostile notes and names stay text: none of their lines becomes a line of the calendar', async () => {
  const text = fileOf([aCredential({ expiresAt: ends, note: HOSTILE, mailServer })], { thresholdsDays: [7] })
  const lines = unfolded(text)
  expect(lines.filter((line) => line === 'BEGIN:VALARM')).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('X:'))).toEqual([])
  expect(lines.find((line) => line.startsWith('DESCRIPTION:“'))).toContain('a\\,b\\;c\\\\d\\nBEGIN:VALARM')
  await expect(text).toMatchFileSnapshot(golden('hostile.ics'))
})

test('every line ends with CR LF and has at most 75 octets, and no character is split', () => {
  const text = fileOf([aCredential({ expiresAt: ends, note: 'Schlüssel für Zürich – '.repeat(20) })])
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(text.endsWith('\r\n')).toBe(true)
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true)
  expect(text).not.toContain('\ufffd')
  expect(unfolded(text).join('\n')).toContain('Schlüssel für Zürich – Schlüssel')
})

test('a changed date keeps the event’s id and increases its sequence; a credential without an expiry date has no event', () => {
  const one = (changes: Parameters<typeof aCredential>[0]) =>
    unfolded(fileOf([aCredential(changes)])).filter((line) => /^(UID|SEQUENCE|DTSTART;)/.test(line))
  const first = one({ expiresAt: ends })
  const moved = one({ expiresAt: new Date('2027-06-01T00:00:00Z'), expiryVersion: 2 })
  expect(first[0]).toBe(moved[0])
  expect([first[1], moved[1]]).toEqual(['SEQUENCE:0', 'SEQUENCE:1'])
  expect([first[2], moved[2]]).toEqual(['DTSTART;VALUE=DATE:20270501', 'DTSTART;VALUE=DATE:20270601'])
  expect(one({})).toEqual([])
})

test('R-15 the day is the UTC day of the expiry, one millisecond before midnight as well as at midnight', () => {
  const dayOf = (expiresAt: string) =>
    unfolded(fileOf([aCredential({ expiresAt: new Date(expiresAt) })])).find((line) => line.startsWith('DTSTART'))
  expect(dayOf('2027-03-28T23:59:59.999Z')).toBe('DTSTART;VALUE=DATE:20270328')
  expect(dayOf('2027-03-29T00:00:00Z')).toBe('DTSTART;VALUE=DATE:20270329')
})

test('R-15 an event has its expiry date in the form of its language', () => {
  const text = unfolded(fileOf([aCredential({ expiresAt: ends })], { locale: 'de' })).join('\n')
  expect(text).toMatch(/Ablaufdatum: \d+\.\sMai\s2027\\?, \d\d:\d\d\sUTC/)
})

test('R-15 the event of a password says where to enter the new one, since a password has no next one', () => {
  const text = unfolded(fileOf([aCredential({ kind: 'smtp-password', expiresAt: ends })])).join('\n')
  expect(text).toContain('What to do: enter the new password on the page of the mail server')
  expect(text).not.toContain('next credential')
})

test('R-15 a key of a client is an event too, with the same alarms, and links to its client', () => {
  const key = anApiKey({ id: 'payroll', expiresAt: new Date('2027-12-31T23:59:59.999Z'), expiryVersion: 3 })
  const lines = unfolded(fileOf([aCredential({ expiresAt: ends }), key]))
  expect(lines.filter((line) => line.startsWith('SUMMARY:'))).toEqual([
    'SUMMARY:Mail server: client secret expires',
    'SUMMARY:Payroll: API key expires',
  ])
  expect(lines).toContain('DTSTART;VALUE=DATE:20271231')
  expect(lines).toContain('SEQUENCE:2')
  expect(lines.find((line) => line.startsWith('UID:') && line.includes('payroll'))).toBe(
    'UID:credential-payroll@postroom.contoso.example',
  )
  expect(lines.join('\n')).toContain('https://postroom.contoso.example/clients/payroll')
  expect(lines.filter((line) => line === 'BEGIN:VALARM')).toHaveLength(12)
})
