import { expect, test } from 'vitest'
import { presentRefusal } from './admission'
import type { Client } from './client'
import { clientState } from './client-state'

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
  expect(clientState({ ...NONE, ...facts }, sentAt, NOW)).toBe(state)
})

test('R-15 a connection ends with its password, even if the clock was put back since, and not because what is read is older', () => {
  const at = (day: number, version: number) => ({ name: 'x', secretAt: new Date(Date.UTC(2026, 0, day)), version })
  const client = (day: number, version: number) =>
    ({ ...at(day, version), learningUntil: null, disabledAt: null, expiresAt: null, networks: [] }) as unknown as Client
  const refused = (known: ReturnType<typeof at>, current: Client) =>
    presentRefusal(known, current, { address: '192.0.2.7', now: new Date() })?.code ?? null
  expect(refused(at(2, 1), client(1, 2))).toBe('login-wrong')
  expect(refused(at(2, 1), client(3, 2))).toBe('login-wrong')
  expect(refused(at(2, 2), client(1, 1))).toBeNull()
  expect(refused(at(2, 1), client(2, 2))).toBeNull()
})
