import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../../simulator/simulator'
import { control, temporarySimulator } from '../../simulator/test-client'
import { selfSigned, type TestCertificate } from '../../simulator/tls/test-certificate'
import { DAY_MS, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { createDialer } from '../net'
import { createClientAssertions } from './client-assertions'
import type { ClientCredential, DirectoryApplication, DirectoryRequest } from './contracts'
import { createDirectory } from './graph'
import { createTokenCache } from './token-cache'
import { createTokenSource } from './token-source'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const OTHER_ID = '5e5addcd-3e8d-4e90-baf5-964efab2b20a'
const READ = 'Application.Read.All'
const OWNED = 'Application.ReadWrite.OwnedBy'
const signal = () => AbortSignal.timeout(15_000)
const grant = (role: string) => control(simulator, 'world/grant-graph-role', { role })
const owner = async () => {
  await grant(OWNED)
  await control(simulator, 'world/add-owner')
}
const requestsTo = (method: string, part = '/v1.0') =>
  simulator.received
    .all()
    .filter((entry) => entry.service === 'graph' && entry.method === method && String(entry.path).includes(part))
const tokensAsked = () => simulator.received.all().filter(({ service }) => service === 'entra').length

/** A directory with a new token cache, as after a start. */
function directory() {
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [simulator.caPem] })
  const assertions = createClientAssertions({
    federatedTokenFile: simulator.ready.federation.tokenFile,
    managedIdentity: null,
  })
  const tokens = createTokenSource(dialer, { assertions })
  const clock = { ...systemClock, now: () => simulator.clock.now() }
  return createDirectory({ dialer, tokens, tokenCache: createTokenCache(tokens), clock })
}

function request(
  credential: ClientCredential = { kind: 'client-secret', secret: new Redacted(simulator.ready.clientSecret) },
): DirectoryRequest {
  const { cloud, tenantId, clientId } = simulator.ready
  return {
    cloud: { ...cloud, tokenExchangeAudience: simulator.ready.federation.audience },
    tenantId,
    clientId,
    credential,
  }
}

const certificateOf = ({ privateKey, pem, thumbprint }: TestCertificate) => {
  const key = new Redacted(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  return {
    credential: {
      kind: 'certificate',
      privateKey: key,
      thumbprint: Buffer.from(thumbprint, 'base64url').toString('hex').toUpperCase(),
    } as const,
    proof: { objectId: simulator.ready.applicationObjectId, privateKey: key, certificate: pem },
  }
}

test('rights are those of a new token, so that a role granted a moment ago shows', async () => {
  const graph = directory()
  expect(await graph.rights(request(), signal())).toMatchObject({ value: { read: false, write: false, roles: [] } })
  await grant(READ)
  expect(await graph.rights(request(), signal())).toMatchObject({ value: { read: true, write: false, roles: [READ] } })
  await grant(OWNED)
  expect(await graph.rights(request(), signal())).toMatchObject({ value: { read: true, write: true } })
})

test('an application is read with its secrets and certificates, never their values', async () => {
  await grant(READ)
  const certificate = selfSigned()
  await control(simulator, 'world/add-certificate', { certificate: certificate.pem })
  const read = await directory().application(request(), signal())
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const [secret, key] = read.value.credentials
  expect(read.value).toMatchObject({
    objectId: simulator.ready.applicationObjectId,
    appId: simulator.ready.clientId,
    credentials: [{ kind: 'secret' }, { kind: 'certificate' }],
  })
  expect(secret?.hint).toBe(simulator.ready.clientSecret.slice(0, 3))
  expect(secret?.endsAt?.getTime()).toBeGreaterThan(Date.now())
  expect(key?.thumbprint).toBe(
    createHash('sha256').update(Buffer.from(certificate.key, 'base64')).digest('hex').toUpperCase(),
  )
  expect(JSON.stringify(read.value)).not.toContain(simulator.ready.clientSecret)
})

test('a refusal names what is missing and what the token has, and S-14 carries neither token nor secret', async () => {
  simulator.faults.set({
    graphReply: { status: 403, code: 'Authorization_RequestDenied', message: `No: ${simulator.ready.clientSecret}` },
  })
  const refused = await directory().application(request(), signal())
  expect(refused).toMatchObject({
    error: { kind: 'not-permitted', evidence: expect.stringMatching(/needs Application\.Read\.All or .*no role/) },
  })
  expect(JSON.stringify(refused)).toContain('[secret]')
  expect(JSON.stringify(refused)).not.toContain(simulator.ready.clientSecret)
})

test('R-22 a role granted after the token was issued works at the next call, by one new token', async () => {
  await grant(READ)
  const graph = directory()
  expect(await graph.application(request(), signal())).toMatchObject({ ok: true })
  await grant('Policy.Read.All')
  expect(await graph.policy(request(), signal())).toMatchObject({ ok: true })
  expect(tokensAsked()).toBe(2)
})

test('R-22 what is refused with a new token too is not asked with a third', async () => {
  const graph = directory()
  for (let time = 0; time < 3; time++)
    expect(await graph.application(request(), signal())).toMatchObject({ error: { kind: 'not-permitted' } })
  expect(tokensAsked()).toBe(2)
})

test('S-15 calls share one token', async () => {
  await grant(READ)
  const graph = directory()
  const asks = Array.from({ length: 5 }, () => graph.application(request(), signal()))
  for (const read of await Promise.all(asks)) expect(read).toMatchObject({ ok: true })
  expect(tokensAsked()).toBe(1)
})

describe('secrets', () => {
  test('one is added until a date, told once, signs in, and is removed again; twice is not-found', async () => {
    await owner()
    const graph = directory()
    const endsAt = new Date(Date.now() + 90 * DAY_MS)
    const added = await graph.addPassword(request(), { displayName: 'Postroom next', endsAt }, signal())
    if (!added.ok) throw new Error(JSON.stringify(added.error))
    const { secret, credential } = added.value
    expect(credential).toMatchObject({
      kind: 'secret',
      displayName: 'Postroom next',
      hint: secret.reveal().slice(0, 3),
    })
    expect(credential.endsAt?.getTime()).toBe(endsAt.getTime())
    expect(JSON.stringify(added)).not.toContain(secret.reveal())
    expect(await directory().rights(request({ kind: 'client-secret', secret }), signal())).toMatchObject({ ok: true })
    expect(await graph.removePassword(request(), credential.keyId, signal())).toEqual({ ok: true, value: undefined })
    expect(await graph.removePassword(request(), credential.keyId, signal())).toMatchObject({
      error: { kind: 'not-found' },
    })
  })

  test('without the right to write nothing is added, and the refusal names the right', async () => {
    await grant(READ)
    const wish = { displayName: 'x', endsAt: new Date(Date.now() + DAY_MS) }
    expect(await directory().addPassword(request(), wish, signal())).toMatchObject({
      error: { kind: 'not-permitted', evidence: expect.stringContaining(OWNED) },
    })
  })

  test.each([{ passwordAddition: true }, { passwordLifetimeDays: 30 }])(
    'reports %j of the tenant as a policy',
    async (policy) => {
      await owner()
      await control(simulator, 'world/app-management-policy', { enabled: true, ...policy })
      const wish = { displayName: 'x', endsAt: new Date(Date.now() + 90 * DAY_MS) }
      expect(await directory().addPassword(request(), wish, signal())).toMatchObject({
        error: { kind: 'policy', evidence: expect.stringContaining('AsPerAppPolicy') },
      })
    },
  )

  test('where the answer is lost after it was done, no outcome is claimed', async () => {
    await owner()
    const graph = directory()
    await graph.application(request(), signal())
    simulator.faults.set({ graphLoseAnswer: true })
    const wish = { displayName: 'lost', endsAt: new Date(Date.now() + DAY_MS) }
    expect(await graph.addPassword(request(), wish, signal())).toMatchObject({
      error: { kind: 'net', fault: { code: 'connection-lost' } },
    })
    expect(requestsTo('POST', 'addPassword')).toHaveLength(1)
  })
})

test.each([
  ['without a secret', { keyId: OTHER_ID }],
  ['with an empty secret', { keyId: OTHER_ID, secretText: '' }],
  ['without an id', { secretText: 'new~secret' }],
])('an answer to addPassword %s adds nothing that could be used', async (_, answer) => {
  await owner()
  const graph = directory()
  simulator.faults.set({ graphBody: JSON.stringify(answer) })
  const wish = { displayName: 'x', endsAt: new Date(Date.now() + DAY_MS) }
  expect(await graph.addPassword(request(), wish, signal())).toMatchObject({
    error: { kind: 'unavailable', evidence: 'the answer to addPassword has no secret' },
  })
})

describe('certificates', () => {
  test('a new one is added and the old one removed by a proof, without any permission', async () => {
    // MSAL signs with no key of less than 2048 bits.
    const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
    const [old, next] = [selfSigned([-1, 30], keys()), selfSigned([-1, 60], keys())]
    await control(simulator, 'world/add-certificate', { certificate: old.pem })
    const graph = directory()
    const previous = certificateOf(old)
    const added = await graph.addKey(
      request(previous.credential),
      { certificate: next.pem, displayName: 'Postroom', proof: previous.proof },
      signal(),
    )
    expect(added).toMatchObject({ ok: true, value: { kind: 'certificate', displayName: 'Postroom' } })
    const now = certificateOf(next)
    await grant(READ)
    const read = await directory().application(request(now.credential), signal())
    const oldId = read.ok
      ? read.value.credentials.find(({ thumbprint }) => thumbprint === previous.credential.thumbprint)
      : null
    const gone = { keyId: oldId?.keyId ?? '', proof: now.proof }
    expect(await directory().removeKey(request(now.credential), gone, signal())).toMatchObject({ ok: true })
    expect(await directory().rights(request(previous.credential), signal())).toMatchObject({
      error: { kind: 'token', fault: { number: 700027 } },
    })
  })

  test('a proof by another key is refused, and that is what is said to be missing', async () => {
    await control(simulator, 'world/add-certificate', { certificate: selfSigned().pem })
    const stranger = certificateOf(selfSigned())
    const wish = { certificate: selfSigned().pem, displayName: 'x', proof: stranger.proof }
    expect(await directory().addKey(request(), wish, signal())).toMatchObject({
      error: { kind: 'not-permitted', evidence: expect.stringContaining('a proof by a certificate') },
    })
  })
})

test('Graph is reached by a federated token too', async () => {
  await control(simulator, 'world/add-federated-credential')
  await grant(READ)
  expect(await directory().application(request({ kind: 'federated-token' }), signal())).toMatchObject({ ok: true })
})

describe('every application', () => {
  test('is read by pages with owners, and continues from a link', async () => {
    await grant(READ)
    await control(simulator, 'world/fill', { applications: 450, credentials: 1000 })
    const graph = directory()
    const applications: DirectoryApplication[] = []
    let link: string | null = null
    let pages = 0
    do {
      const page = await graph.page(request(), link, signal())
      if (!page.ok) throw new Error(JSON.stringify(page.error))
      applications.push(...page.value.applications)
      link = page.value.nextLink
      pages++
    } while (link !== null)
    expect(pages).toBe(3)
    expect(new Set(applications.map(({ objectId }) => objectId)).size).toBeGreaterThanOrEqual(450)
    expect(applications.flatMap(({ credentials }) => credentials).length).toBeGreaterThanOrEqual(1000)
    expect(applications.some(({ owners }) => owners.length > 0)).toBe(true)
  })

  test.each([
    [{ value: 7 }, 'the answer is no page of applications'],
    [
      { value: [{ id: OTHER_ID, appId: OTHER_ID }, { id: OTHER_ID }] },
      'the page holds something else than applications',
    ],
  ])('a page that is %j is none, so that no application is taken for removed', async (answer, evidence) => {
    await grant(READ)
    simulator.faults.set({ graphBody: JSON.stringify(answer) })
    expect(await directory().page(request(), null, signal())).toMatchObject({
      error: { kind: 'unavailable', evidence },
    })
  })

  test.each(['https://evil.example/v1.0/applications', 'elsewhere'])(
    'N-07 a link to %s is not followed, whether Graph or our own store says it',
    async (graphNextLink) => {
      await grant(READ)
      await control(simulator, 'world/fill', { applications: 250, credentials: 10 })
      const graph = directory()
      simulator.faults.set({ graphNextLink })
      expect(await graph.page(request(), null, signal())).toMatchObject({ error: { kind: 'unavailable' } })
      const before = requestsTo('GET').length
      for (const link of [
        'https://evil.example/v1.0/applications?$skiptoken=x',
        `${simulator.ready.graphUrl}/v1.0/users`,
        `${simulator.ready.graphUrl}/v1.0/applications/../users`,
        'x',
      ])
        expect(await graph.page(request(), link, signal())).toMatchObject({ error: { kind: 'unavailable' } })
      expect(requestsTo('GET')).toHaveLength(before)
    },
  )
})

test.each([
  [{ graphThrottled: 17 }, { kind: 'throttled', retryAfterMs: 17_000 }],
  [{ graphUnavailable: 5 }, { kind: 'unavailable', retryAfterMs: 5000 }],
  [{ graphBody: '<h1>no</h1>' }, { kind: 'unavailable' }],
  [{ graphBody: '{"value":7}' }, { kind: 'unavailable' }],
  [{ graphDrop: true }, { kind: 'net', fault: { code: 'connection-lost' } }],
  [
    { graphReply: { status: 400, code: 'Directory_ExpiredPageToken', message: 'Old.' } },
    { kind: 'refused', evidence: 'HTTP 400 Directory_ExpiredPageToken: Old.' },
  ],
  [{ graphReply: { status: 404, code: 'Request_ResourceNotFound', message: 'None.' } }, { kind: 'not-found' }],
  [
    { graphBody: JSON.stringify({ id: OTHER_ID, appId: OTHER_ID, passwordCredentials: [] }) },
    { kind: 'unavailable', evidence: 'the answer is another application' },
  ],
])('reports %j as what it is', async (fault, error) => {
  await grant(READ)
  const graph = directory()
  simulator.faults.set(fault)
  expect(await graph.application(request(), signal())).toMatchObject({ ok: false, error })
})

test('a secret that Entra does not take is a fault of the token', async () => {
  const wrong = { kind: 'client-secret', secret: new Redacted('wrong~secret') } as const
  expect(await directory().application(request(wrong), signal())).toMatchObject({
    error: { kind: 'token', fault: { number: 7000215 } },
  })
})

test('the policy of the tenant is read as rules for secrets and certificates', async () => {
  expect(await directory().policy(request(), signal())).toMatchObject({
    error: { kind: 'not-permitted', evidence: expect.stringContaining('Policy.Read.All') },
  })
  await grant('Policy.Read.All')
  await control(simulator, 'world/app-management-policy', {
    enabled: true,
    passwordAddition: true,
    passwordLifetimeDays: 180,
    asymmetricKeyLifetimeDays: 365,
  })
  expect(await directory().policy(request(), signal())).toEqual({
    ok: true,
    value: {
      enabled: true,
      password: { forbidden: true, daysMax: 180 },
      certificate: { forbidden: false, daysMax: 365 },
    },
  })
})
