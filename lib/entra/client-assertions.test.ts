import { constants, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { authority, serveRequests } from '../../tests/support/served'
import { type HttpsTestServer, jsonAnswer, listen } from '../../tests/support/servers'
import { diagnose } from '../diagnosis'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import { createDialer, createIdentityHttp } from '../net'
import { createClientAssertions } from './client-assertions'
import type { ClientCredential } from './contracts'
import { createTokenSource } from './token-source'

const TENANT = '5f0c6a1e-7b1d-4f0e-9a55-0d9b5e0f6c21'
const CLIENT = '9d1c3f6a-2b4e-4c58-8f3a-7e6d5c4b3a29'
const TOKEN = { token_type: 'Bearer', expires_in: 3599, access_token: 'eyJ0.eyJh.c2ln' }
const BEARER_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-proofs-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const platformToken = (endsInS: number): string =>
  `${base64url({ alg: 'RS256' })}.${base64url({ sub: 's', exp: Math.floor(Date.now() / 1000) + endsInS })}.c2ln`
const fileOf = (content: string | Buffer): string => {
  const file = path.join(folder, randomBytes(6).toString('hex'))
  writeFileSync(file, content)
  return file
}

function entra(answer: (request: string) => string = () => jsonAnswer(TOKEN)): Promise<HttpsTestServer> {
  return serveRequests(answer)
}

const IDENTITY = '9d1c3f6a-2b4e-4c58-8f3a-7e6d5c4b3a29'

interface Deployed {
  file?: string
  endpoint?: URL
  header?: string
}

function ask(server: { origin: string }, credential: ClientCredential, { file, endpoint, header }: Deployed = {}) {
  const dialer = createDialer({
    allowNetworks: ['localhost'],
    allowPorts: [],
    ca: [authority.certificate],
    identityEndpoint: endpoint ?? null,
  })
  const assertions = createClientAssertions({
    federatedTokenFile: file ?? null,
    managedIdentity: endpoint
      ? {
          http: createIdentityHttp(dialer, endpoint, { headersMs: 300, totalMs: 500 }),
          service: header ? { kind: 'app-service', header: new Redacted(header) } : { kind: 'imds' },
          clientId: IDENTITY,
        }
      : null,
  })
  const cloud: Cloud = {
    ...(BUILT_IN_CLOUDS[0] as Cloud),
    id: 'lab',
    loginOrigin: server.origin,
    tokenExchangeAudience: 'api://AzureADTokenExchangeLab',
  }
  return createTokenSource(dialer, { assertions }).fresh(
    { cloud, tenantId: TENANT, clientId: CLIENT, resource: 'exchange', credential },
    AbortSignal.timeout(5000),
  )
}

const codeOf = (got: Awaited<ReturnType<typeof ask>>) =>
  got.ok ? 'ok' : diagnose(got.error, { stage: 'token', claims: null }).code
const formOf = (server: HttpsTestServer, at = 0) =>
  Object.fromEntries(new URLSearchParams(server.requests[at]?.split('\r\n\r\n')[1]))

describe('a certificate', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const thumbprint = randomBytes(32).toString('hex').toUpperCase()
  const privateKey = new Redacted(String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })))
  const certificate = { kind: 'certificate', privateKey, thumbprint } as const

  test('authenticates with PS256 and its SHA-256 thumbprint, for this endpoint, for ten minutes, and no secret is sent', async () => {
    const server = await entra()
    expect(await ask(server, certificate)).toMatchObject({ ok: true })
    const form = formOf(server)
    expect(form).toMatchObject({ client_assertion_type: BEARER_TYPE, client_id: CLIENT })
    expect(form).not.toHaveProperty('client_secret')
    const [head = '', body = '', signature = ''] = (form.client_assertion ?? '').split('.')
    const said = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(said(head)).toMatchObject({
      alg: 'PS256',
      'x5t#S256': Buffer.from(thumbprint, 'hex').toString('base64url'),
    })
    expect(said(head)).not.toHaveProperty('x5t')
    const claims = said(body)
    expect(claims).toMatchObject({ aud: `${server.origin}/${TENANT}/oauth2/v2.0/token`, iss: CLIENT, sub: CLIENT })
    expect(claims.exp - claims.nbf).toBeLessThanOrEqual(600)
    const key = { key: pair.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    expect(verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('signs a new assertion each time, since one may be used once', async () => {
    const server = await entra()
    for (let time = 0; time < 2; time++) await ask(server, certificate)
    expect(formOf(server).client_assertion).not.toBe(formOf(server, 1).client_assertion)
  })

  test.each([
    [700027, 'certificate-rejected'],
    [700030, 'certificate-rejected'],
    [50012, 'certificate-rejected'],
    [700024, 'assertion-time-invalid'],
    [700023, 'assertion-mismatch'],
  ])('AADSTS%i is %s', async (number, code) => {
    const said = { error: 'invalid_client', error_description: `AADSTS${number}: No.`, error_codes: [number] }
    expect(codeOf(await ask(await entra(() => jsonAnswer(said, 401)), certificate))).toBe(code)
  })

  test('S-14 an answer that quotes the assertion or the key carries neither', async () => {
    const key = privateKey.reveal()
    const server = await entra((request) =>
      jsonAnswer({ error: 'x', error_description: `AADSTS700027: ${key.slice(60, 200)} ${request.slice(-40)}` }, 401),
    )
    const text = JSON.stringify(await ask(server, certificate))
    expect(text).toContain('[secret]')
    expect(text).not.toContain(key.slice(70, 100))
  })
})

describe('a federated token', () => {
  const federated = { kind: 'federated-token' } as const

  test('is read again for each request and sent unchanged', async () => {
    const server = await entra()
    const [first, second] = [platformToken(600), platformToken(900)]
    const file = fileOf(`${first}\n`)
    await ask(server, federated, { file })
    writeFileSync(file, second)
    expect(await ask(server, federated, { file })).toMatchObject({ ok: true })
    expect(formOf(server)).toMatchObject({ client_assertion: first, client_assertion_type: BEARER_TYPE })
    expect(formOf(server, 1).client_assertion).toBe(second)
  })

  test.each<[string, () => Deployed, string]>([
    ['no file is named', () => ({}), 'secret-missing'],
    ['the file is not there', () => ({ file: path.join(folder, 'none') }), 'secret-missing'],
    ['it is empty', () => ({ file: fileOf('') }), 'secret-missing'],
    ['it is a folder', () => ({ file: folder }), 'secret-unreadable'],
    ['it holds something else', () => ({ file: fileOf('not a token') }), 'secret-unreadable'],
    ['its claims are none', () => ({ file: fileOf('a.b.c') }), 'secret-unreadable'],
    ['it has no end', () => ({ file: fileOf(`e30.${base64url({ sub: 's' })}.c2ln`) }), 'secret-unreadable'],
    ['it is huge', () => ({ file: fileOf(`${platformToken(600)}${'A'.repeat(40_000)}`) }), 'secret-unreadable'],
    ['it ended long ago', () => ({ file: fileOf(platformToken(-600)) }), 'assertion-time-invalid'],
  ])('if %s, the fault says so and no request is made', async (_, deployed, code) => {
    const server = await entra()
    const got = await ask(server, federated, deployed())
    expect(got).toMatchObject({ ok: false, error: { kind: 'assertion', source: 'federated-token' } })
    expect(codeOf(got)).toBe(code)
    expect(server.connections).toBe(0)
  })

  test('one that expired within Entra’s own tolerance is presented; Entra decides', async () => {
    expect(await ask(await entra(), federated, { file: fileOf(platformToken(-120)) })).toMatchObject({ ok: true })
  })

  test('S-14 an answer that quotes the token does not carry it', async () => {
    const token = platformToken(600)
    const server = await entra(() => jsonAnswer({ error: 'x', error_description: `AADSTS700213: ${token}` }, 401))
    const got = await ask(server, federated, { file: fileOf(token) })
    expect(codeOf(got)).toBe('federated-credential-mismatch')
    expect(JSON.stringify(got)).not.toContain(token.slice(10, 40))
  })
})

describe('a managed identity', () => {
  const managed = { kind: 'managed-identity' } as const
  const HEADER = 'header-that-proves-who-asks'

  async function service(answer: (request: string) => string | ((socket: Socket) => void)) {
    const server = await listen((socket) => {
      socket.once('data', (chunk) => {
        const said = answer(chunk.toString())
        if (typeof said === 'string') socket.end(said)
        else said(socket)
      })
    })
    onTestFinished(() => server.close())
    return { server, endpoint: new URL(`http://127.0.0.1:${server.port}/identity/token`) }
  }
  const received = ({ received }: { received: Buffer[] }) => Buffer.concat(received).toString()

  test('the metadata service’s token for this cloud’s exchange is presented to Entra', async () => {
    const inner = platformToken(3600)
    const { server, endpoint } = await service(() => jsonAnswer({ access_token: inner, expires_in: '3600' }))
    const login = await entra()
    expect(await ask(login, managed, { endpoint })).toMatchObject({ ok: true })
    expect(received(server)).toMatch(
      /^GET \/identity\/token\?api-version=2018-02-01&resource=api%3A%2F%2FAzureADTokenExchangeLab&client_id=9d1c3f6a-[\w-]+ HTTP/,
    )
    expect(received(server)).toMatch(/\r\nmetadata: true\r\n/i)
    expect(formOf(login)).toMatchObject({ client_assertion: inner, client_assertion_type: BEARER_TYPE })
  })

  test('App Service is asked with its header, and for the identity that was named', async () => {
    const { server, endpoint } = await service(() => jsonAnswer({ access_token: platformToken(60) }))
    expect(await ask(await entra(), managed, { endpoint, header: HEADER })).toMatchObject({
      ok: true,
    })
    expect(received(server)).toContain(`api-version=2019-08-01`)
    expect(received(server)).toContain(`client_id=${IDENTITY}`)
    expect(received(server).toLowerCase()).toContain(`\r\nx-identity-header: ${HEADER}\r\n`)
    expect(received(server)).not.toMatch(/metadata:/i)
  })

  test.each<[string, string | ((socket: Socket) => void), string]>([
    ['an identity that is not there', jsonAnswer({ error_description: 'Identity not found' }, 400), 'secret-missing'],
    ['a header that does not fit', jsonAnswer({ statusCode: 401, message: 'No.' }, 401), 'secret-missing'],
    ['an update of the service', jsonAnswer({}, 410), 'token-reply-invalid'],
    ['too many questions', jsonAnswer({}, 429), 'entra-throttled'],
    ['a service that is down', jsonAnswer({}, 503), 'entra-unavailable'],
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>', 'token-reply-invalid'],
    ['a redirect', jsonAnswer({}, 307, { Location: 'https://localhost/' }), 'token-reply-invalid'],
    ['no token', jsonAnswer({ access_token: 7 }), 'token-reply-invalid'],
    ['silence', () => {}, 'deadline-passed'],
    ['a connection that ends', (socket) => socket.destroy(), 'connection-lost'],
  ])('reports %s without a request to Entra', async (_, answer, code) => {
    const login = await entra()
    const { endpoint } = await service(() => answer)
    expect(codeOf(await ask(login, managed, { endpoint, header: HEADER }))).toBe(code)
    expect(login.connections).toBe(0)
  })

  test('S-14 a service that quotes its header does not bring it into a text', async () => {
    const { endpoint } = await service(() => jsonAnswer({ message: `bad ${HEADER}` }, 401))
    const text = JSON.stringify(await ask(await entra(), managed, { endpoint, header: HEADER }))
    expect(text).toContain('[secret]')
    expect(text).not.toContain(HEADER)
  })

  test('where the deployment did not switch it on, nothing is asked', async () => {
    const got = await ask(await entra(), managed)
    expect(got).toMatchObject({ error: { kind: 'assertion', source: 'managed-identity', code: 'secret-missing' } })
  })
})
