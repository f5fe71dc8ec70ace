import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { ask, control, temporarySimulator, tokenFor } from '../test-client'
import { selfSigned } from '../tls/test-certificate'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const graphToken = () => tokenFor(simulator, { scope: simulator.ready.graphScope })
async function reader(): Promise<string> {
  await control(simulator, 'world/grant-graph-role', { role: 'Application.Read.All' })
  return graphToken()
}
async function get(target: string, bearer: string) {
  const url = target.startsWith('https:') ? target : `${simulator.ready.graphUrl}/v1.0${target}`
  const { status, headers, text } = await ask(simulator, url, { bearer })
  return { status, headers, body: JSON.parse(text) }
}
const own = () => `/applications(appId='${simulator.ready.clientId}')`

test('the application of the demo has no role on Graph until one is granted and a new token is requested', async () => {
  const bare = await graphToken()
  const refused = await get(own(), bare)
  expect([refused.status, refused.body.error.code]).toEqual([403, 'Authorization_RequestDenied'])
  expect(refused.headers['request-id']).toBe(refused.body.error.innerError['request-id'])
  const granted = await reader()
  expect((await get(own(), bare)).status).toBe(403)
  expect((await get(own(), granted)).status).toBe(200)
  await control(simulator, 'world/revoke-graph-role', { role: 'Application.Read.All' })
  expect((await get(own(), granted)).status).toBe(200)
  expect((await get(own(), await graphToken())).status).toBe(403)
})

test('no token, another audience and an expired token get 401, an unknown application 404', async () => {
  const bearer = await reader()
  expect((await get(own(), '')).status).toBe(401)
  const other = await get(own(), await tokenFor(simulator))
  expect([other.status, other.body.error.code]).toEqual([401, 'InvalidAuthenticationToken'])
  const gone = await get("/applications(appId='11111111-2222-4333-8444-555555555555')", bearer)
  expect([gone.status, gone.body.error.code]).toEqual([404, 'Request_ResourceNotFound'])
  simulator.clock.advance(2 * 3_600_000)
  expect((await get(own(), bearer)).status).toBe(401)
})

test('an application shows its credentials, never a secret, and the certificate only where it is selected', async () => {
  const bearer = await reader()
  const certificate = selfSigned()
  await control(simulator, 'world/add-certificate', { certificate: certificate.pem })
  const whole = await get(`/applications/${simulator.ready.applicationObjectId}`, bearer)
  expect(whole.body.passwordCredentials).toEqual([
    expect.objectContaining({ secretText: null, hint: simulator.ready.clientSecret.slice(0, 3) }),
  ])
  expect(JSON.stringify(whole.body)).not.toContain(simulator.ready.clientSecret)
  expect(whole.body.keyCredentials).toEqual([expect.objectContaining({ key: null, usage: 'Verify' })])
  const picked = await get(`${own()}?$select=id,keyCredentials`, bearer)
  expect(picked.body.keyCredentials[0].key).toBe(certificate.key)
  expect(Object.keys(picked.body)).toEqual(['@odata.context', 'id', 'keyCredentials'])
  expect((await get(`${own()}?$select=nonsense`, bearer)).status).toBe(400)
})

test('the list is read page by page, with each application once and its owners where they are expanded', async () => {
  await control(simulator, 'world/fill', { applications: 250, credentials: 600 })
  const bearer = await reader()
  const applications: {
    appId: string
    owners: unknown[]
    passwordCredentials: unknown[]
    keyCredentials: unknown[]
  }[] = []
  const sizes: number[] = []
  const fields = 'appId,displayName,passwordCredentials,keyCredentials'
  let next: string | undefined = `/applications?$select=${fields}&$expand=owners($select=id,displayName)&$top=100`
  while (next !== undefined) {
    const { body } = await get(next, bearer)
    applications.push(...body.value)
    sizes.push(body.value.length)
    next = body['@odata.nextLink']
  }
  expect(sizes).toEqual([100, 100, 52])
  expect(new Set(applications.map(({ appId }) => appId)).size).toBe(252)
  const credentials = applications.flatMap(({ passwordCredentials, keyCredentials }) => [
    ...passwordCredentials,
    ...keyCredentials,
  ])
  expect(credentials).toHaveLength(602)
  expect(new Set(applications.map(({ owners }) => owners.length))).toEqual(new Set([0, 1, 2, 3]))
  const one = await get(
    `/applications(appId='${applications[200]?.appId}')?$select=${fields}&$expand=owners($select=id,displayName)`,
    bearer,
  )
  expect(one.body).toMatchObject({ ...applications[200] })
})

test.each([
  ['$top=1000', 'Request_UnsupportedQuery'],
  ['$top=0', 'Request_UnsupportedQuery'],
  ['$skiptoken=MTAw', 'Directory_ExpiredPageToken'],
  [`$skiptoken=${Buffer.from('forged.100').toString('base64url')}`, 'Directory_ExpiredPageToken'],
  ['$orderby=displayName', 'Request_UnsupportedQuery'],
  ['$expand=everything', 'BadRequest'],
])('the query %s is refused rather than passed over', async (query, code) => {
  const { status, body } = await get(`/applications?${query}`, await reader())
  expect([status, body.error.code]).toEqual([400, code])
})

test('requests that select keyCredentials are limited per minute, and one beyond the limit says how long to wait', async () => {
  const bearer = await reader()
  await control(simulator, 'world/limits', { keyCredentialsPerMinute: 2 })
  const read = () => get('/applications?$select=keyCredentials', bearer)
  expect([(await read()).status, (await read()).status]).toEqual([200, 200])
  const { status, headers, body } = await read()
  expect([status, body.error.code]).toEqual([429, 'TooManyRequests'])
  expect(Number(headers['retry-after'])).toBeGreaterThan(50)
  expect((await get('/applications?$select=appId', bearer)).status).toBe(200)
  simulator.clock.advance(61_000)
  expect((await read()).status).toBe(200)
})

test('an enterprise application is read by its client ID, with its granted permissions', async () => {
  const bearer = await reader()
  const principal = await get(`/servicePrincipals(appId='${simulator.ready.clientId}')`, bearer)
  expect(principal.body).toMatchObject({ id: simulator.ready.objectId, accountEnabled: true })
  const filtered = await get(`/servicePrincipals?$filter=appId eq '${simulator.ready.clientId}'`, bearer)
  expect(filtered.body.value).toMatchObject([{ id: simulator.ready.objectId }])
  const { body } = await get(`/servicePrincipals/${simulator.ready.objectId}/appRoleAssignments`, bearer)
  const exchange = await get("/servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000')", bearer)
  const role = exchange.body.appRoles.find(({ value }: { value: string }) => value === 'SMTP.SendAsApp')
  expect(body.value).toContainEqual(
    expect.objectContaining({
      appRoleId: role.id,
      resourceId: exchange.body.id,
      resourceDisplayName: 'Office 365 Exchange Online',
    }),
  )
})

test('faults of Graph take effect and can be removed', async () => {
  const bearer = await reader()
  const answer = async (fault: Record<string, unknown>) => {
    simulator.faults.clear()
    expect(simulator.faults.set(fault)).toBeNull()
    return get('/applications?$top=1', bearer)
  }
  const throttled = await answer({ graphThrottled: 17 })
  expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '17'])
  const busy = await answer({ graphUnavailable: 5 })
  expect([busy.status, busy.headers['retry-after'], busy.body.error.code]).toEqual([503, '5', 'serviceNotAvailable'])
  expect((await answer({ graphStatus: 502 })).status).toBe(502)
  expect((await answer({ graphBody: '[]' })).body).toEqual([])
  expect((await answer({ graphNextLink: 'https://evil.example/' })).body['@odata.nextLink']).toBe(
    'https://evil.example/',
  )
  const second = { path: '$top=1', after: 1, times: 1, status: 400, code: 'Directory_ExpiredPageToken' }
  expect((await answer({ graphReply: second })).status).toBe(200)
  expect((await get('/applications?$top=1', bearer)).body.error.code).toBe('Directory_ExpiredPageToken')
  expect((await get('/applications?$top=1', bearer)).status).toBe(200)
  await expect(answer({ graphDrop: true })).rejects.toThrow()
  const began = performance.now()
  await answer({ graphDelay: 120 })
  expect(performance.now() - began).toBeGreaterThan(110)
  simulator.faults.set({ graphDelay: null, graphSilent: true })
  const silent = get('/applications', bearer).then(() => 'answered')
  expect(await Promise.race([silent, tokenFor(simulator).then(() => 'silent')])).toBe('silent')
})
