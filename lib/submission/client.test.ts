import { expect, test } from 'vitest'
import { translatorFor } from '../i18n/translations'
import { type ValidationError, validationErrorText } from '../validation/validation-error'
import {
  type Client,
  lastMomentOf,
  matchedLength,
  NETWORKS_MAX,
  NO_FIELDS,
  parseChange,
  parseClient,
  SENDERS_MAX,
} from './client'

const networksOf = (networks: string, way: 'network' | 'login' = 'network') => {
  const fields = { ...NO_FIELDS, kind: 'printer', name: 'Printers', senders: 'scanner@contoso.example', networks }
  const parsed = parseClient(fields, way, new Date())
  return parsed.ok ? parsed.value.networks : parsed.error.networks
}

test.each([
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['0.0.0.0/1 128.0.0.0/1', '0.0.0.0/1'],
  ['192.0.2.0/24, 10.0.0.0/7', '10.0.0.0/7'],
  ['::ffff:0.0.0.0/97', '::ffff:0.0.0.0/97'],
  ['2000::/3', '2000::/3'],
])('M-07 no network of more than a /8 sends without signing in: %s', (networks, entry) => {
  expect(networksOf(networks)).toMatchObject({ key: 'client.networkLarge', params: { entry } })
  expect(networksOf(networks, 'login')).toBeInstanceOf(Array)
})

test('a network that is too large is named once', () => {
  const error = networksOf('10.0.0.0/7') as ValidationError
  const said = validationErrorText(translatorFor('en', 'validation'), error)
  expect(said).toMatch(/^“10\.0\.0\.0\/7”: larger than \/8\. /)
})

test('the largest private networks may send without signing in', () => {
  expect(networksOf('10.0.0.0/8 fc00::/7')).toEqual(['10.0.0.0/8', 'fc00::/7'])
})

const FIELDS = { ...NO_FIELDS, kind: 'printer', name: 'Printers', senders: 'scanner@contoso.example' }
const NOW = new Date('2026-12-01T12:00:00Z')
const many = (count: number, entry: (nth: number) => string) =>
  Array.from({ length: count }, (_, nth) => entry(nth)).join()
test.each([
  ['login', 'senders', '/.*@contoso[.]example/', false],
  ['login', 'senders', many(SENDERS_MAX, (nth) => `s${nth}@contoso.example`), true],
  ['login', 'senders', many(SENDERS_MAX + 1, (nth) => `s${nth}@contoso.example`), false],
  ['login', 'networks', many(NETWORKS_MAX, (nth) => `10.0.${nth}.0/24`), true],
  ['login', 'networks', many(NETWORKS_MAX + 1, (nth) => `10.0.${nth}.0/24`), false],
  ['login', 'networks', '', true],
  ['network', 'networks', '', false],
  ['login', 'maxPerMinute', '10000', true],
  ['login', 'maxPerMinute', '10001', false],
  ['login', 'failureReport', 'owner', false],
  ['api-key', 'scopes', 'send read', true],
  ['api-key', 'scopes', 'send write', false],
  ['api-key', 'expiresAt', '2026-12-01', true],
  ['api-key', 'expiresAt', '2026-11-30', false],
] as const)('what a client of the way “%s” has as “%s” is accepted or not: %s', (way, field, text, isAccepted) => {
  const parsed = parseClient({ ...FIELDS, [field]: text }, way, NOW)
  const owner = field === 'failureReport' ? 'owner' : field
  expect(parsed.ok ? [] : Object.keys(parsed.error)).toEqual(isAccepted ? [] : [owner])
})

test('a key that has expired keeps its last day while something else is changed, and gets no other one that is over', () => {
  const before = { way: 'api-key', expiresAt: lastMomentOf('2026-11-01') } as Client
  const changed = (expiresAt: string) => parseChange(before, { ...FIELDS, expiresAt }, NOW)
  expect(changed('2026-11-01')).toMatchObject({ ok: true, value: { expiresAt: before.expiresAt } })
  expect(changed('2026-11-02')).toMatchObject({ ok: false, error: { expiresAt: { key: 'expiresAt.over' } } })
})

test('an IPv4 network in IPv6 form is the IPv4 network, and contains no address of another family', () => {
  expect(networksOf('::ffff:0.0.0.0/96', 'login')).toEqual(['0.0.0.0/0'])
  expect(networksOf('::ffff:10.0.0.0/104')).toEqual(['10.0.0.0/8'])
  expect(matchedLength('2001:db8::1', ['10.0.0.0/8', '2001:db8::/32'])).toBe(32)
})

test('W-03 the name of an API key has at most 64 characters, and that of any other client 100', () => {
  const fields = { ...NO_FIELDS, kind: 'application', senders: 'billing@contoso.example' }
  const longest = (way: 'api-key' | 'login') =>
    [64, 65, 100, 101]
      .filter((length) => parseClient({ ...fields, name: 'n'.repeat(length) }, way, new Date()).ok)
      .at(-1)
  expect([longest('api-key'), longest('login')]).toEqual([64, 100])
})
