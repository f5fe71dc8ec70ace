import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { ask, control, temporarySimulator, tokenFor, tokenRequest } from '../test-client'
import { jwt, makeKey, selfSigned, type TestCertificate } from '../tls/test-certificate'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const OWNED = 'Application.ReadWrite.OwnedBy'
const DAY_MS = 86_400_000
const graphToken = () => tokenFor(simulator, { scope: simulator.ready.graphScope })

/** May change the application, as its own owner. */
async function owner(): Promise<string> {
  await control(simulator, 'world/grant-graph-role', { role: OWNED })
  await control(simulator, 'world/add-owner')
  return graphToken()
}

async function call(bearer: string, action: string, json?: unknown, method?: string) {
  const url = `${simulator.ready.graphUrl}/v1.0${action.startsWith('/') ? action : `/applications/${simulator.ready.applicationObjectId}/${action}`}`
  const { status, text } = await ask(simulator, url, { bearer, json, ...(method ? { method } : {}) })
  return { status, body: text === '' ? null : JSON.parse(text) }
}
const signsIn = async (secret: string) => {
  const { text } = await tokenRequest(simulator, { client_secret: secret })
  return (JSON.parse(text).error_codes ?? ['token'])[0]
}

test('a secret is created with its value shown once, works, and is refused as soon as it is removed', async () => {
  const bearer = await owner()
  const { status, body } = await call(bearer, 'addPassword', { passwordCredential: { displayName: 'Next' } })
  expect([status, body.displayName, body.hint]).toEqual([200, 'Next', body.secretText.slice(0, 3)])
  const years = (Date.parse(body.endDateTime) - Date.parse(body.startDateTime)) / DAY_MS / 365.25
  expect(years).toBeCloseTo(2, 2)
  expect(await signsIn(body.secretText)).toBe('token')
  expect(
    (await call(bearer, `/applications/${simulator.ready.applicationObjectId}`)).body.passwordCredentials[1],
  ).toMatchObject({
    keyId: body.keyId,
    secretText: null,
  })
  expect((await call(bearer, 'removePassword', { keyId: body.keyId })).status).toBe(204)
  expect(await signsIn(body.secretText)).toBe(7000215)
  const again = await call(bearer, 'removePassword', { keyId: body.keyId })
  expect([again.status, again.body.error.code]).toEqual([400, 'Request_BadRequest'])
})

test('a new secret is unknown to Entra until it has propagated', async () => {
  await control(simulator, 'world/limits', { secretReplicationSeconds: 90 })
  const { body } = await call(await owner(), 'addPassword', {})
  expect(await signsIn(body.secretText)).toBe(7000215)
  simulator.clock.advance(91_000)
  expect(await signsIn(body.secretText)).toBe('token')
})

test('OwnedBy without being an owner is denied, and so is an owner without a role', async () => {
  await control(simulator, 'world/grant-graph-role', { role: OWNED })
  const notOwner = await call(await graphToken(), 'addPassword', {})
  expect([notOwner.status, notOwner.body.error.code]).toEqual([403, 'Authorization_RequestDenied'])
  const other = await call(await owner(), "/applications(appId='9e8d7c6b-5a49-4838-9271-605f4e3d2c1b')/addPassword", {})
  expect(other.status).toBe(403)
  await control(simulator, 'world/remove-graph')
  expect((await call(await graphToken(), 'addPassword', {})).status).toBe(403)
})

test('a lost answer leaves the secret that it created', async () => {
  const bearer = await owner()
  simulator.faults.set({ graphLoseAnswer: true })
  await expect(call(bearer, 'addPassword', {})).rejects.toThrow()
  simulator.faults.clear()
  const { body } = await call(bearer, `/applications/${simulator.ready.applicationObjectId}`)
  expect(body.passwordCredentials).toHaveLength(2)
})

test('the policy of the tenant can be read with its own permission, and refuses what it forbids', async () => {
  const bearer = await owner()
  const until = (days: number) => ({
    passwordCredential: { endDateTime: new Date(Date.now() + days * DAY_MS).toISOString() },
  })
  await control(simulator, 'world/app-management-policy', { passwordLifetimeDays: 180, asymmetricKeyLifetimeDays: 20 })
  expect((await call(bearer, '/policies/defaultAppManagementPolicy')).status).toBe(403)
  await control(simulator, 'world/grant-graph-role', { role: 'Policy.Read.All' })
  const { body } = await call(await graphToken(), '/policies/defaultAppManagementPolicy')
  expect(body).toMatchObject({
    isEnabled: true,
    applicationRestrictions: {
      passwordCredentials: [{ restrictionType: 'passwordLifetime', maxLifetime: 'P180D' }],
      keyCredentials: [{ restrictionType: 'asymmetricKeyLifetime', maxLifetime: 'P20D' }],
    },
  })
  const long = await call(bearer, 'addPassword', until(200))
  expect(long.body.error.code).toBe('CredentialInvalidLifetimeAsPerAppPolicy')
  expect((await call(bearer, 'addPassword', until(170))).status).toBe(200)
  await control(simulator, 'world/app-management-policy', { passwordAddition: true })
  const none = await call(bearer, 'addPassword', until(10))
  expect(none.body.error.code).toBe('CredentialTypeNotAllowedAsPerAppPolicy')
  expect(await signsIn(simulator.ready.clientSecret)).toBe('token')
  await control(simulator, 'world/app-management-policy', { enabled: false })
  expect((await call(bearer, 'addPassword', until(200))).status).toBe(200)
})

test('owners are listed, and changed only with the permission for all applications', async () => {
  const bearer = await owner()
  const { objectId } = simulator.ready
  expect((await call(bearer, 'owners')).body.value).toMatchObject([
    { '@odata.type': '#microsoft.graph.servicePrincipal', id: objectId, displayName: 'Postroom' },
  ])
  const reference = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${objectId}` }
  expect((await call(bearer, 'owners/$ref', reference)).status).toBe(403)
  await control(simulator, 'world/grant-graph-role', { role: 'Application.ReadWrite.All' })
  const all = await graphToken()
  expect((await call(all, `owners/${objectId}/$ref`, undefined, 'DELETE')).status).toBe(204)
  expect((await call(all, 'owners')).body.value).toEqual([])
  expect((await call(all, 'owners/$ref', reference)).status).toBe(204)
  expect((await call(all, 'owners/$ref', reference)).status).toBe(400)
})

test('keys are rolled without any role, and the token that shows possession is verified', async () => {
  const keys = makeKey()
  const [old, next] = [selfSigned([-1, 30], keys), selfSigned([-1, 90])]
  await control(simulator, 'world/add-certificate', { certificate: old.pem })
  const bearer = await graphToken()
  const now = Math.floor(Date.now() / 1000)
  const tokenOf = (over = {}, certificate: TestCertificate = old) => {
    const claims = {
      aud: '00000002-0000-0000-c000-000000000000',
      iss: simulator.ready.applicationObjectId,
      nbf: now,
      exp: now + 600,
    }
    return jwt({ alg: 'PS256', 'x5t#S256': certificate.thumbprint }, { ...claims, ...over }, certificate.privateKey)
  }
  const keyCredential = { type: 'AsymmetricX509Cert', usage: 'Verify', key: next.key }
  const add = (text: string) => call(bearer, 'addKey', { keyCredential, passwordCredential: null, proof: text })
  const bad = [
    tokenOf({ aud: 'https://graph.microsoft.com' }),
    tokenOf({ iss: simulator.ready.clientId }),
    tokenOf({ exp: now + 700 }),
    tokenOf({ nbf: now - 2000, exp: now - 1400 }),
    tokenOf({}, next),
    'not a token',
  ]
  for (const text of bad) {
    const { status, body } = await add(text)
    expect([status, body.error.code], body.error.message).toEqual([401, 'Authentication_MissingOrMalformed'])
  }
  const added = await add(tokenOf())
  expect([added.status, added.body.usage]).toEqual([200, 'Verify'])
  const { body } = await call(bearer, 'removeKey', { keyId: 'none', proof: tokenOf({}, next) })
  expect(body.error.code).toBe('Request_BadRequest')
  const state = await (await fetch(`${simulator.ready.controlUrl}/state`)).json()
  const [first] =
    (state as { tenants: { applications: { certificates: { keyId: string }[] }[] }[] }).tenants[0]?.applications[0]
      ?.certificates ?? []
  expect((await call(bearer, 'removeKey', { keyId: first?.keyId, proof: tokenOf({}, next) })).status).toBe(204)
  expect((await add(tokenOf())).status).toBe(401)
  const otherAddKey = "/applications(appId='9e8d7c6b-5a49-4838-9271-605f4e3d2c1b')/addKey"
  expect((await call(bearer, otherAddKey, { keyCredential, proof: tokenOf() })).status).toBe(403)
})
