import { expect, test } from 'vitest'
import type { AuditRow } from '@/lib/audit'
import { translatorFor } from '@/lib/i18n/translations'
import { toListedEvent } from './load-rows'

const eventWith = (
  details: AuditRow['details'],
  locale: 'en' | 'de',
  {
    subject = null,
    result = 'failed',
    action = 'mail-server.test',
  }: Partial<Pick<AuditRow, 'subject' | 'result' | 'action'>> = {},
) =>
  toListedEvent(
    {
      sequence: 1n,
      at: new Date('2026-11-29T08:00:00Z'),
      actorKind: 'operator',
      actorId: 'op-1',
      actorName: 'admin@contoso.example',
      action,
      subject,
      result,
      details,
      address: null,
      requestId: 'req-1',
    } as AuditRow,
    {
      names: new Map(),
      titles: new Map(),
      there: { servers: [], credentials: [], messages: [], operators: [] },
      t: translatorFor(locale, 'activity'),
    },
  )

test.each(['en', 'de'] as const)(
  'a fault is named in words and leads to its page; the code is in the details (%s)',
  (locale) => {
    const { fault, details } = eventWith({ code: 'send-as-denied' }, locale)
    expect(fault).toEqual({
      title: translatorFor(locale, 'diagnosis')('codes.send-as-denied.title'),
      href: '/help/send-as-denied',
    })
    expect(details).toEqual([['code', 'send-as-denied']])
    expect(eventWith({ code: 'http-status' }, locale).fault).toBeNull()
    expect(eventWith({}, locale).fault).toBeNull()
  },
)

test('a denial says why, if its reason has words', () => {
  const faultOf = (reason: string, locale: 'en' | 'de') => eventWith({ reason }, locale, { result: 'refused' }).fault
  expect(faultOf('too-many', 'en')).toEqual({ title: 'Limit reached', href: null })
  expect(faultOf('too-many', 'de')).toEqual({ title: 'Limit erreicht', href: null })
  expect(faultOf('new-reason', 'en')).toBeNull()
  expect(eventWith({ reason: 'too-many' }, 'en').fault).toBeNull()
})

test('what people do to their own account does not name them twice', () => {
  expect(eventWith({}, 'en', { subject: 'operator:op-1' }).subject).toBe('')
  expect(eventWith({ email: 'anna@contoso.example' }, 'en', { subject: 'operator:op-2' }).subject).not.toBe('')
})

test('a notification that was sent names its channel', () => {
  const what = (details: AuditRow['details'], locale: 'en' | 'de') =>
    eventWith(details, locale, { action: 'reminder.send', result: 'done' }).what
  expect(what({ kind: 'teams', name: 'Operations' }, 'en')).toBe('Sent a notification to Operations')
  expect(what({ kind: 'teams', name: 'Operations' }, 'de')).toBe('Benachrichtigung versendet an Operations')
  expect(what({}, 'en')).toBe('Sent a notification')
})
