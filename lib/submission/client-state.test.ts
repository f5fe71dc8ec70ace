import { expect, test } from 'vitest'
import type { Locale } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { clientAt, refusalNow } from './admission'
import { type Client, clientState } from './client'
import { learningName } from './client-name'
import { refusal, refusalText } from './refusal'

const NOW = new Date('2026-11-27T12:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000)
const NONE = { disabledAt: null, expiresAt: null, lastSeenAt: null, lastErrorAt: null }

test.each([
  ['never seen', {}, null, 'unused'],
  ['seen today', { lastSeenAt: daysAgo(0) }, daysAgo(0), 'active'],
  ['seen 8 days ago', { lastSeenAt: daysAgo(8) }, daysAgo(8), 'silent'],
  ['refused after its newest message', { lastSeenAt: daysAgo(0), lastErrorAt: daysAgo(1) }, daysAgo(2), 'refused'],
  ['refused before its newest message', { lastSeenAt: daysAgo(0), lastErrorAt: daysAgo(2) }, daysAgo(1), 'active'],
  ['refused 8 days ago', { lastSeenAt: daysAgo(8), lastErrorAt: daysAgo(8) }, null, 'silent'],
  ['an expired key', { lastSeenAt: daysAgo(0), expiresAt: daysAgo(1) }, daysAgo(2), 'over'],
  ['disabled after a refusal', { disabledAt: daysAgo(0), lastErrorAt: daysAgo(0) }, null, 'disabled'],
] as const)('a client %s counts as such', (_, facts, sentAt, state) => {
  expect(clientState({ ...NONE, ...facts }, { sentAt, hasStopped: false, now: NOW })).toBe(state)
})

test('a client with an open alert counts as stopped, whether it is seen or not, until it is rejected or switched off', () => {
  const stateOf = (facts: Partial<Record<keyof typeof NONE, Date>>) =>
    clientState({ ...NONE, ...facts }, { sentAt: daysAgo(2), hasStopped: true, now: NOW })
  expect([stateOf({ lastSeenAt: daysAgo(0) }), stateOf({ lastSeenAt: daysAgo(9) })]).toEqual(['stopped', 'stopped'])
  expect([stateOf({ lastErrorAt: daysAgo(1) }), stateOf({ disabledAt: NOW })]).toEqual(['refused', 'disabled'])
})

test('R-15 a connection ends with its password, even if the clock was put back since, and not because what is read is older', () => {
  const at = (day: number, version: number) => ({
    name: 'x',
    secretAt: new Date(Date.UTC(2026, 0, day)),
    version,
    learningUntil: null,
  })
  const client = (day: number, version: number) =>
    ({ ...at(day, version), disabledAt: null, expiresAt: null, networks: [] }) as unknown as Client
  const refused = (known: ReturnType<typeof at>, current: Client | null) =>
    refusalNow(known, current, { address: '192.0.2.7', now: new Date() })?.code ?? null
  expect(refused(at(2, 1), client(1, 2))).toBe('login-wrong')
  expect(refused(at(2, 1), client(3, 2))).toBe('login-wrong')
  expect(refused(at(2, 2), client(1, 1))).toBeNull()
  expect(refused(at(2, 1), client(2, 2))).toBeNull()
  expect(refused(at(2, 1), null)).toBe('client-removed')
  expect(refused(at(2, 1), { ...client(2, 2), disabledAt: NOW })).toBe('client-disabled')
})

test('a client that was added comes before learning mode, also where that has the smaller network', () => {
  const clients = [
    { id: 'learning', networks: ['192.0.2.7/32'], learningUntil: daysAgo(-1) },
    { id: 'added', networks: ['192.0.2.0/24'], learningUntil: null },
  ] as unknown as Client[]
  expect(clientAt('192.0.2.7', clients, NOW)?.id).toBe('added')
})

test('learning mode is named in the language of the reader, and a client as it was named', () => {
  const sentence = (client: string, locale: Locale) =>
    refusalText(
      translatorFor(locale, 'submission'),
      refusal('sender-not-allowed', { client, sender: 'x@contoso.example' }),
    )
  const name = learningName('ce72b000-0000-4000-8000-000000000000')
  expect(sentence(name, 'en')).toMatch(/^Learning mode ce72 may not/)
  expect(sentence(name, 'de')).toMatch(/^Lernmodus ce72 darf nicht/)
  for (const own of ['Printer', 'Learning mode lab', 'My Learning mode ce72'])
    expect(sentence(own, 'de')).toMatch(new RegExp(`^${own} darf nicht`))
})
