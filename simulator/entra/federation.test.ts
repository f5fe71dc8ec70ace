import { existsSync, readFileSync, statSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { ask, control, temporarySimulator, tokenRequest } from '../test-client'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const inFile = () => readFileSync(simulator.ready.federation.tokenFile, 'utf8')
/** The AADSTS code of a refusal, or `token`. */
async function tried(text = inFile()): Promise<number | 'token'> {
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const over = { client_secret: '', client_assertion_type: type, client_assertion: text }
  return (JSON.parse((await tokenRequest(simulator, over)).text).error_codes ?? ['token'])[0]
}

test('a token file signs in the application with a matching federated credential, any number of times', async () => {
  expect(statSync(simulator.ready.federation.tokenFile).mode & 0o777).toBe(0o600)
  expect(await tried()).toBe(70021)
  await control(simulator, 'world/add-federated-credential')
  expect(await tried()).toBe('token')
  expect(await tried()).toBe('token')
})

test.each([
  ['issuer', 'https://other.example', 700211],
  ['subject', 'system:serviceaccount:postroom:other', 700213],
  ['subject', 'System:serviceaccount:postroom:postroom', 700213],
  ['audience', 'api://other', 700212],
])('another %s (%s) is refused by number', async (name, value, number) => {
  await control(simulator, 'world/add-federated-credential')
  await control(simulator, 'federation', { [name]: value })
  expect(await tried()).toBe(number)
})

test('a foreign key, an expired token and an unreachable issuer are refused', async () => {
  await control(simulator, 'world/add-federated-credential')
  await control(simulator, 'world/add-federated-credential', { issuer: 'https://other.example' })
  await control(simulator, 'federation', { broken: 'foreign-key' })
  expect(await tried()).toBe(50012)
  await control(simulator, 'federation', { lifetimeSeconds: -600 })
  expect(await tried()).toBe(700024)
  await control(simulator, 'federation', { issuer: 'https://other.example' })
  expect(await tried()).toBe(50012)
  await control(simulator, 'federation')
  simulator.clock.advance(2 * 3_600_000)
  expect(await tried()).toBe(700024)
})

test('the file is missing, empty or invalid on demand, and is replaced before its token expires', async () => {
  await control(simulator, 'federation', { broken: 'empty' })
  expect(inFile()).toBe('')
  await control(simulator, 'federation', { broken: 'garbage' })
  expect(await tried()).toBe(50012)
  await control(simulator, 'federation', { broken: 'missing' })
  expect(existsSync(simulator.ready.federation.tokenFile)).toBe(false)
  await expect(control(simulator, 'federation', { broken: 'nonsense' })).rejects.toThrow(/broken/)
  const { token } = await control(simulator, 'federation', { lifetimeSeconds: 0.2 })
  await expect.poll(inFile, { interval: 20 }).not.toBe(token)
})

test('the issuer publishes its keys through a discovery document', async () => {
  const { issuer } = simulator.ready.federation
  const discovery = JSON.parse((await ask(simulator, `${issuer}/.well-known/openid-configuration`)).text)
  expect(discovery.issuer).toBe(issuer)
  const { keys } = JSON.parse((await ask(simulator, discovery.jwks_uri)).text)
  const { kid } = JSON.parse(Buffer.from(inFile().split('.')[0] ?? '', 'base64url').toString())
  expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', kid, use: 'sig' })])
})

const RESOURCE = 'resource=api%3A%2F%2FAzureADTokenExchange'
const appService = (header = simulator.ready.identityHeader, query = `api-version=2019-08-01&${RESOURCE}`) =>
  fetch(`${simulator.ready.identityEndpoint}?${query}`, { headers: { 'X-IDENTITY-HEADER': header } })
const imds = (headers: Record<string, string> = { metadata: 'true' }) =>
  fetch(`${simulator.ready.imdsUrl}/metadata/identity/oauth2/token?api-version=2018-02-01&${RESOURCE}`, { headers })

test.each([
  ['App Service', () => appService()],
  ['the virtual machine', () => imds()],
])(
  '%s gives the program its identity, and Entra accepts it where a credential trusts that identity',
  async (_, requestToken) => {
    const { entraOrigin, tenantId, managedIdentity } = simulator.ready
    const answer = (await (await requestToken()).json()) as Record<string, string>
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      client_id: managedIdentity?.clientId,
      resource: 'api://AzureADTokenExchange',
    })
    expect(Number(answer.expires_on)).toBe(claimsOf(answer.access_token ?? '').exp)
    expect(await tried(answer.access_token)).toBe(70021)
    const issuer = `${entraOrigin}/${tenantId}/v2.0`
    await control(simulator, 'world/add-federated-credential', { issuer, subject: managedIdentity?.principalId })
    expect(await tried(answer.access_token)).toBe('token')
  },
)

test('without the header, the version or an identity there is no token; faults take effect', async () => {
  expect((await appService('wrong')).status).toBe(401)
  expect((await appService(undefined, `api-version=1&${RESOURCE}`)).status).toBe(400)
  expect((await appService(undefined, 'api-version=2019-08-01&resource=https://vault.azure.net')).status).toBe(400)
  expect((await imds({})).status).toBe(400)
  await control(simulator, 'world/managed-identity', { on: false })
  expect(await (await imds()).json()).toMatchObject({
    error: 'invalid_request',
    error_description: 'Identity not found',
  })
  simulator.reset()
  simulator.faults.set({ identityStatus: 404 })
  expect((await imds()).status).toBe(404)
  simulator.faults.clear()
  simulator.faults.set({ identityDelay: 120 })
  const began = performance.now()
  expect((await appService()).status).toBe(200)
  expect(performance.now() - began).toBeGreaterThan(110)
  simulator.faults.set({ identitySilent: true })
  await expect(fetch(simulator.ready.identityEndpoint, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout/)
})
