import { expect, test } from 'vitest'
import type { Locale } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { clientAt, refusalNow } from './admission'
import type { Client } from './client'
import { learningName } from './client-name'
import { declinedBy, refusal, refusalText } from './refusal'

const NOW = new Date('2026-11-27T12:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000)

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
    refusalNow(known, current, { address: '192.0.2.7', now: NOW })?.code ?? null
  expect(refused(at(2, 1), client(1, 2))).toBe('password-reset')
  expect(refused(at(2, 1), client(3, 2))).toBe('password-reset')
  expect(refused(at(2, 2), client(1, 1))).toBeNull()
  expect(refused(at(2, 1), client(2, 2))).toBeNull()
  expect(refused(at(2, 1), null)).toBe('client-removed')
  expect(refused(at(2, 1), { ...client(2, 2), disabledAt: NOW })).toBe('client-disabled')
  expect(refused(at(2, 1), { ...client(2, 2), expiresAt: NOW })).toBe('key-expired')
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
  expect(sentence(name, 'en')).toMatch(/^Learning mode may not/)
  expect(sentence(name, 'de')).toMatch(/^Lernmodus darf nicht/)
  for (const own of ['Printer', 'Learning mode lab', 'My Learning mode ce72'])
    expect(sentence(own, 'de')).toMatch(new RegExp(`^${own} darf nicht`))
})

test('a rule that declines is named in the language of the reader', () => {
  const sentence = (rule: Parameters<typeof declinedBy>[0], locale: Locale) =>
    refusalText(
      translatorFor(locale, 'submission'),
      refusal('rule-declines', {
        rule: declinedBy(rule),
        sender: 'a@contoso.example',
        recipient: 'b@fabrikam.example',
      }),
    )
  expect(sentence({ number: 3, name: 'Tests (old)' }, 'en')).toMatch(/^Rule 3 \(Tests \(old\)\) declines messages/)
  expect(sentence({ number: 3, name: 'Tests (old)' }, 'de')).toMatch(/^Regel 3 \(Tests \(old\)\) lehnt Nachrichten/)
  expect(sentence(null, 'de')).toMatch(/^Die Standardaktion lehnt/)
})
