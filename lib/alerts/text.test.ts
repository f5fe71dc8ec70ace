import { expect, test } from 'vitest'
import { faultTitle } from '../diagnosis'
import { noticeMail } from '../notifications/mail'
import { ALERT_KINDS } from './kinds'
import { alertAdvice, alertNotice, alertPlace, alertTitle } from './text'

test('times are written for people, and a name that looks like one stays a name', () => {
  const details = { server: '2026-99-99T1', since: '2026-11-27T10:05:00.000Z', by: 'Anna' }
  const alert = { kind: 'server-paused', details } as const
  expect(alertTitle(alert, 'en')).toBe('“2026-99-99T1” is paused')
  expect(alertAdvice(alert, 'en')).toContain('since 27 November 2026 at 10:05 UTC.')
})

test('an alert leads to the page where a person can act, and its end does not', () => {
  const at = new Date('2027-03-01T12:00:00Z')
  const numbers = { messages: 1, count: 5, minutes: 5, freeMib: 900, machines: 1 }
  const [since, lastAt, expiresAt] = [at.toISOString(), at.toISOString(), at.toISOString()]
  const names = { server: 'a', client: 'a', host: 'a', by: 'a', since, lastAt, expiresAt }
  const none = { id: 'x', acknowledgedAt: null, acknowledgedBy: null, openedAt: at, closedAt: null }
  const places = ALERT_KINDS.map((kind) => {
    const alert = { ...none, kind, subject: 'mail-server:7', details: { ...numbers, ...names } }
    const text = (number: number) => alertNotice([alert], number, at).text('en', new URL('https://x.example'))
    const event = (number: number) => alertNotice([alert], number, at).event(new URL('https://x.example'))
    const url = `https://x.example${alertPlace(alert)}`
    expect([text(0).place?.url, text(-1).place]).toEqual([url, undefined])
    expect([event(0), event(-1)].map((each) => 'placeUrl' in each && each.placeUrl)).toEqual([url, false])
    const mail = noticeMail(text(0), 'noreply@x.example', { to: 'anna@x.example', locale: 'en', date: at })
    for (const path of [alertPlace(alert), '/credentials/alerts'])
      for (const part of [mail.text, mail.html?.replaceAll('&#38;', '&')])
        expect(part).toContain(`https://x.example${path}`)
    return alertPlace(alert)
  })
  expect(places).toEqual([
    '/messages?view=waiting&time=all',
    '/messages?view=failed',
    '/mail-server/7',
    '/system',
    '/system',
    '/clients/7',
  ])
})

test('a full disk of the database is named as such, and cannot be acknowledged', () => {
  const at = new Date('2027-03-01T12:00:00Z')
  const none = { acknowledgedAt: null, acknowledgedBy: null, openedAt: at, closedAt: null }
  const full = { ...none, id: 'x', kind: 'disk', subject: 'database', details: { full: 'database' } } as const
  const text = alertNotice([full], 0, at).text('en', new URL('https://x.example'))
  expect(text).toMatchObject({ title: 'The disk of the database is full', how: null })
  expect(text.intro).toMatch(/^No message is accepted until PostgreSQL can write again/)
})

test('an alert about failures names the most frequent cause, if one is known', () => {
  const details = { count: 6, minutes: 5 }
  const said = (more: object) => alertAdvice({ kind: 'failures', details: { ...details, ...more } }, 'en')
  expect(said({})).toMatch(/^Under “Messages”/)
  expect(said({ cause: 'expired', withCause: 4 })).toMatch(
    `Cause of four of them: ${faultTitle('expired', 'en')}. Under “Messages”`,
  )
})

test.each([
  ['en', 30, 30, 'Cause of all of them: X.'],
  ['en', 30, 12, 'Cause of twelve of them: X.'],
  ['en', 1, 1, 'Cause: X.'],
  ['de', 30, 30, 'Ursache bei allen: X.'],
  ['de', 30, 12, 'Ursache bei zwölf davon: X.'],
] as const)(
  'an alert says of how many failures it names the cause, and promises nothing of sending again (%s, %i, %i)',
  (...of) => {
    const [locale, count, withCause, said] = of
    const details = { count, minutes: 5, cause: 'recipient-not-found', withCause }
    const advice = alertAdvice({ kind: 'failures', details }, locale)
    expect(advice).toContain(said.replace('X', faultTitle('recipient-not-found', locale)))
    expect(advice).not.toMatch(/send the messages|senden Sie/)
  },
)

test('several alerts are one text with a line for each, by name', () => {
  const at = new Date('2027-03-01T12:00:00Z')
  const row = { kind: 'client-silent', subject: 'x', openedAt: at, acknowledgedAt: null, acknowledgedBy: null } as const
  const silent = (client: string) => ({ ...row, id: client, details: { client, lastAt: null }, closedAt: at })
  const text = (number: number, locale: 'en' | 'de') =>
    alertNotice([silent('Scanner\r\n'), silent('Printer')], number, at).text(locale, new URL('https://x.example'))
  expect(text(0, 'en')).toMatchObject({
    title: '2 clients have stopped sending',
    rows: [
      ['Printer has stopped sending', 'since 1 March 2027 at 12:00 UTC'],
      ['Scanner  has stopped sending', 'since 1 March 2027 at 12:00 UTC'],
    ],
  })
  expect(text(1, 'de').title).toBe('Weiterhin: 2 Clients senden nicht mehr')
  const over = text(-1, 'en')
  expect(over).toMatchObject({ title: 'Resolved: 2 clients have stopped sending', how: null })
  expect(over.rows[0]?.[1]).toBe('from 1 March 2027 at 12:00 UTC to 1 March 2027 at 12:00 UTC')
})

test('the all-clear of one alert says that nothing is to be done, and from when until when it was the case', () => {
  const [openedAt, closedAt] = [new Date('2027-03-01T12:00:00Z'), new Date('2027-03-01T14:30:00Z')]
  const none = { subject: '', acknowledgedAt: null, acknowledgedBy: null }
  const alert = { ...none, id: 'x', kind: 'disk', details: { freeMib: 900 }, openedAt, closedAt } as const
  expect(alertNotice([alert], -1, closedAt).text('en', new URL('https://x.example'))).toMatchObject({
    title: 'Resolved: Only 900\u00a0MiB are free on the disk',
    intro: 'This is no longer the case. You do not need to do anything.',
    rows: [
      ['Opened', '1 March 2027 at 12:00 UTC'],
      ['Over since', '1 March 2027 at 14:30 UTC'],
    ],
    how: null,
  })
})

test('the all-clear of an alert whose machine has stopped reporting does not say that its disk has space', () => {
  const at = new Date('2027-03-01T12:00:00Z')
  const none = { id: 'x', subject: '', acknowledgedAt: null, acknowledgedBy: null, openedAt: at, closedAt: at }
  const details = { freeMib: 900, host: 'mail2', machines: 1, ended: 'machine-silent' }
  const notice = alertNotice([{ ...none, kind: 'disk', details }], -1, at)
  const { title, intro } = notice.text('en', new URL('https://x.example'))
  expect(title).toBe('No longer measured: Only 900\u00a0MiB are free on the disk')
  expect(intro).toContain('The computer mail2 has stopped reporting')
  expect(notice.event(new URL('https://x.example'))).toMatchObject({ type: 'alert.over', alert: { details } })
})

test('more alerts than a notice has lines are counted in its last one', () => {
  const at = new Date('2027-03-01T12:00:00Z')
  const row = { kind: 'server-paused', subject: 'x', openedAt: at, acknowledgedAt: null, acknowledgedBy: null } as const
  const paused = (number: number) =>
    ({
      ...row,
      id: `${number}`,
      details: { server: `Branch ${number}`, since: at.toISOString(), by: '' },
      closedAt: null,
    }) as const
  const [first, ...more] = Array.from({ length: 52 }, (_, number) => paused(number))
  if (!first) throw new Error('no alert')
  const { title, rows } = alertNotice([first, ...more], 0, at).text('en', new URL('https://x.example'))
  expect(title).toBe('52 mail servers are paused')
  expect(rows.slice(-2)).toEqual([
    ['“Branch 49” is paused', 'since 1 March 2027 at 12:00 UTC'],
    ['…', 'and two more'],
  ])
})

test('an alert about one of several machines names it', () => {
  const details = { freeMib: 900, host: 'mail2', machines: 2 }
  expect(alertTitle({ kind: 'disk', details }, 'en')).toBe('Only 900\u00a0MiB are free on the disk (mail2)')
  expect(alertTitle({ kind: 'disk', details }, 'de')).toMatch(/900\u00a0MiB frei \(mail2\)$/)
})
