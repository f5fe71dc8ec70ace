import { expect, test } from 'vitest'
import { translatorFor } from '../i18n/translations'
import { type ValidationError, validationErrorText } from '../validation/validation-error'
import { NO_FIELDS, parseClient } from './client'

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

test('W-03 the name of an API key has at most 64 characters, and that of any other client 100', () => {
  const fields = { ...NO_FIELDS, kind: 'application', senders: 'billing@contoso.example' }
  const longest = (way: 'api-key' | 'login') =>
    [64, 65, 100, 101]
      .filter((length) => parseClient({ ...fields, name: 'n'.repeat(length) }, way, new Date()).ok)
      .at(-1)
  expect([longest('api-key'), longest('login')]).toEqual([64, 100])
})
