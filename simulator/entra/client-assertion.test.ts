import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { control, temporarySimulator, tokenRequest } from '../test-client'
import { assertion, makeKey, selfSigned } from '../tls/test-certificate'

let simulator: Simulator
const keys = makeKey()
const good = selfSigned([-1, 30], keys)
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(async () => {
  simulator.reset()
  await control(simulator, 'world/add-certificate', { certificate: good.pem })
})
afterAll(() => simulator.close())

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
async function tried(text: string): Promise<Record<string, unknown>> {
  const over = { client_secret: '', client_assertion_type: ASSERTION_TYPE, client_assertion: text }
  return JSON.parse((await tokenRequest(simulator, over)).text)
}
const signed = (over = {}, head = {}, certificate = good, now = simulator.clock.now()) => {
  const { entraOrigin, tenantId, clientId } = simulator.ready
  return assertion({ audience: `${entraOrigin}/${tenantId}/oauth2/v2.0/token`, clientId, certificate, now }, over, head)
}

test('a certificate proves the application, by PS256 and RS256, and each assertion once', async () => {
  const first = signed()
  const token = String((await tried(first)).access_token)
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).appidacr).toBe('2')
  expect((await tried(first)).error_codes).toEqual([50012])
  expect(await tried(signed({}, { alg: 'RS256' }))).toHaveProperty('access_token')
})

test.each([
  ['has ended', { nbf: 1, exp: 600 }, {}, 700024],
  ['is not valid yet', { nbf: 9_999_990_000, exp: 9_999_990_600 }, {}, 700024],
  ['lives for two days', { nbf: 0, exp: 9_999_990_600 }, {}, 700024],
  ['is for another endpoint', { aud: 'https://elsewhere.example' }, {}, 700023],
  ['is of another subject', { sub: 'other' }, {}, 700022],
  ['names no certificate of the application', {}, { 'x5t#S256': 'AAAA' }, 700027],
  ['names it by SHA-1 alone', {}, { 'x5t#S256': undefined, x5t: 'AAAA' }, 700027],
  ['has no signature to speak of', {}, { alg: 'none' }, 50012],
  ['has no id', { jti: '' }, {}, 50012],
])('an assertion that %s is refused by number', async (_, over, head, number) => {
  expect((await tried(signed(over, head))).error_codes).toEqual([number])
})

test('another key, and one algorithm under the name of the other, do not pass', async () => {
  const stranger = { ...good, privateKey: makeKey().privateKey }
  expect((await tried(signed({}, {}, stranger))).error_codes).toEqual([700027])
  const [head = '', ...rest] = signed().split('.')
  const other = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), alg: 'RS256' }
  const renamed = [Buffer.from(JSON.stringify(other)).toString('base64url'), ...rest].join('.')
  expect((await tried(renamed)).error_codes).toEqual([700027])
})

test('a certificate counts while it is valid by Microsoft’s clock, and once Entra has heard of it', async () => {
  simulator.clock.advance(31 * 86_400_000)
  expect(await tried(signed())).toMatchObject({
    error_codes: [700027],
    error_description: expect.stringContaining('has expired'),
  })
  simulator.clock.real()
  await control(simulator, 'world/limits', { secretReplicationSeconds: 60 })
  const late = selfSigned([-1, 60], keys)
  await control(simulator, 'world/add-certificate', { certificate: late.pem })
  expect((await tried(signed({}, {}, late))).error_codes).toEqual([700027])
  simulator.clock.advance(61_000)
  expect(await tried(signed({}, {}, late))).toHaveProperty('access_token')
  await control(simulator, 'world/remove-certificates')
  expect((await tried(signed({}, {}, late))).error_codes).toEqual([700027])
})
