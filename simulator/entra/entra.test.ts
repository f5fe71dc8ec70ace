import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { temporarySimulator, tokenFor, tokenRequest } from '../test-client'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const change = (name: string, parameters: Record<string, unknown> = {}) =>
  fetch(`${simulator.ready.controlUrl}/world/${name}`, { method: 'POST', body: JSON.stringify(parameters) })

test('a right request gets a token with the claims of an application', async () => {
  const claims = claimsOf(await tokenFor(simulator))
  expect(claims).toMatchObject({
    aud: 'https://outlook.office365.com',
    tid: simulator.ready.tenantId,
    appid: simulator.ready.clientId,
    appidacr: '1',
    oid: simulator.ready.objectId,
    sub: simulator.ready.objectId,
    roles: ['SMTP.SendAsApp'],
    idtyp: 'app',
    ver: '1.0',
  })
})

test.each([
  ['a wrong secret', 7000215, 401, { client_secret: 'wrong' }, undefined],
  ['an unknown application', 700016, 400, { client_id: randomUUID() }, undefined],
  ['an unknown tenant', 90002, 400, {}, '11111111-2222-4333-8444-555555555555'],
  ['a tenant that is no name', 900023, 400, {}, 'not_a_tenant'],
  ['/common', 9001023, 400, {}, 'common'],
  ['no credential', 7000218, 401, { client_secret: '' }, undefined],
  ['a scope without /.default', 1002012, 400, { scope: 'https://outlook.office365.com/SMTP.Send' }, undefined],
  ['an unknown resource', 500011, 400, { scope: 'https://outlook.example/.default' }, undefined],
  ['no grant type', 900144, 400, { grant_type: '' }, undefined],
  ['a tenant without the application', 700016, 400, {}, 'fabrikam.example'],
])('%s is refused by number', async (_, number, status, over, tenant) => {
  const answer = await tokenRequest(simulator, over as Record<string, string>, tenant)
  const body = JSON.parse(answer.text)
  expect(answer.status).toBe(status)
  expect(body.error_codes).toEqual([number])
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${number}: .*Trace ID: [0-9a-f-]{36}`))
  expect(Object.keys(body)).toEqual(
    expect.arrayContaining(['error', 'timestamp', 'trace_id', 'correlation_id', 'error_uri']),
  )
})

test.each([
  ['expire-secret', 7000222],
  ['disable-application', 7000112],
  ['public-client', 700025],
  ['remove-enterprise-application', 7000229],
  ['remove-exchange', 500011],
  ['conditional-access', 53003],
  ['remove-secret', 7000215],
])('after %s the answer is AADSTS%i', async (name, number) => {
  await change(name)
  expect(JSON.parse((await tokenRequest(simulator)).text).error_codes).toEqual([number])
})

test('faults of the token endpoint take effect and are taken back', async () => {
  const { faults } = simulator
  const answer = async (fault: Record<string, unknown>) => {
    faults.clear()
    expect(faults.set(fault)).toBeNull()
    return tokenRequest(simulator)
  }
  expect(JSON.parse((await answer({ entraError: 50049 })).text).error_codes).toEqual([50049])
  const throttled = await answer({ entraThrottled: 17 })
  expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '17'])
  expect((await answer({ entraHtml: 500 })).text).toContain('<!doctype html>')
  expect((await answer({ entraBody: '{}' })).text).toBe('{}')
  expect((await answer({ entraHuge: 300_000 })).text.length).toBeGreaterThan(300_000)
  expect((await answer({ entraEcho: true })).text).toContain(
    new URLSearchParams({ client_secret: simulator.ready.clientSecret }).toString(),
  )
  expect((await answer({ tokenCrLf: true })).text).toContain('\\r\\nRSET')
  const cut = await answer({ entraCutJson: true })
  expect(() => JSON.parse(cut.text)).toThrow()
  const skewed = await answer({ clockSkew: 20 })
  expect(Date.parse(String(skewed.headers.date)) - Date.now()).toBeGreaterThan(19 * 60_000)
  const moved = await answer({ entraRedirect: 'elsewhere' })
  expect([moved.status, moved.headers.location]).toEqual([
    307,
    expect.stringMatching(/^https:\/\/localhost:\d+\/token$/),
  ])
  await expect(answer({ entraDrop: true })).rejects.toThrow()
  await expect(answer({ entraCertificate: 'expired' })).rejects.toThrow(/expired/)
  faults.set({ entraCertificate: null })
  expect((await tokenRequest(simulator)).status).toBe(200)
})

test('the request log holds digests and counts, and no secret', async () => {
  await tokenFor(simulator)
  const text = await (await fetch(`${simulator.ready.controlUrl}/requests`)).text()
  const { clientSecret } = simulator.ready
  expect(text).not.toContain(clientSecret)
  expect(JSON.parse(text)[0]).toMatchObject({
    service: 'entra',
    secretBytes: clientSecret.length,
    secretSha256: createHash('sha256').update(clientSecret).digest('hex'),
  })
})
