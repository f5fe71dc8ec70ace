import { describe, expect, test } from 'vitest'
import { authority, serveRequests } from '../../tests/support/served'
import { jsonAnswer, startHttps } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import { createDialer } from '../net'
import { createHttps } from '../net/https'
import { createTokenSource } from './token-source'

const TENANT = '5f0c6a1e-7b1d-4f0e-9a55-0d9b5e0f6c21'
const CLIENT = '9d1c3f6a-2b4e-4c58-8f3a-7e6d5c4b3a29'
const SECRET = 'q~8Q~canary.secret-value_0123456789'
const NOW = new Date('2026-11-24T12:00:00Z')
const IDS = { trace_id: '0a1b2c3d-0000-4000-8000-00000000abcd', correlation_id: '0a1b2c3d-0000-4000-8000-00000000ef01' }
const TOKEN = { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: 'eyJ0.eyJh.c2ln' }

const cloudAt = (loginOrigin: string): Cloud => ({ ...(BUILT_IN_CLOUDS[0] as Cloud), id: 'lab', loginOrigin })

function source(limits = { headersMs: 2000, totalMs: 3000 }) {
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [authority.certificate] })
  const clock = { now: () => NOW, monotonicMs: () => 0 }
  return createTokenSource(dialer, { clock, https: createHttps(dialer, limits) })
}

const ask = (server: { origin: string }, tenantId = TENANT, tokens = source(), signal = AbortSignal.timeout(10_000)) =>
  tokens.fresh(
    {
      cloud: cloudAt(server.origin),
      tenantId,
      clientId: CLIENT,
      resource: 'exchange',
      credential: { kind: 'client-secret', secret: new Redacted(SECRET) },
    },
    signal,
  )

const refusal = (number: number, error = 'invalid_client') => ({
  error,
  error_description: `AADSTS${number}: No. Trace ID: ${IDS.trace_id} Correlation ID: ${IDS.correlation_id} Timestamp: 2026-11-24 12:00:00Z`,
  error_codes: [number],
  ...IDS,
})

test('a token comes by exactly one POST to the tenant’s own endpoint, whatever the cloud', async () => {
  const server = await serveRequests(() => jsonAnswer(TOKEN, 200, { Date: 'Tue, 24 Nov 2026 12:00:05 GMT' }))
  const result = await ask(server)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  expect(result.value.bearer.reveal()).toBe(TOKEN.access_token)
  expect(result.value.expiresAt).toEqual(new Date('2026-11-24T12:59:59Z'))
  expect(result.value.peerDate).toEqual(new Date('2026-11-24T12:00:05Z'))
  expect(server.requests).toHaveLength(1)
  expect(server.requests[0]).toMatch(new RegExp(`^POST /${TENANT}/oauth2/v2\\.0/token[ ?]`))
  const body = new URLSearchParams(server.requests[0]?.split('\r\n\r\n')[1])
  expect(Object.fromEntries(body)).toMatchObject({
    grant_type: 'client_credentials',
    client_id: CLIENT,
    client_secret: SECRET,
    scope: 'https://outlook.office365.com/.default',
  })
  expect(JSON.stringify(result)).not.toContain(TOKEN.access_token)
})

test('nothing is cached: each call asks again', async () => {
  const server = await serveRequests(() => jsonAnswer(TOKEN))
  const tokens = source()
  for (let time = 0; time < 3; time++) expect(await ask(server, TENANT, tokens)).toMatchObject({ ok: true })
  expect(server.requests).toHaveLength(3)
})

test('F-05 F-06 after a 429 or a 503 the next call asks Entra, not MSAL’s throttle', async () => {
  const answers = [
    jsonAnswer(refusal(90055, 'temporarily_unavailable'), 429, { 'Retry-After': '120' }),
    jsonAnswer(refusal(90033, 'temporarily_unavailable'), 503),
    jsonAnswer(TOKEN),
  ]
  const server = await serveRequests(() => answers.shift() ?? '')
  const tokens = source()
  expect(await ask(server, TENANT, tokens)).toMatchObject({
    error: { kind: 'entra', httpStatus: 429, number: 90055, retryAfterMs: 120_000, badReply: false },
  })
  expect(await ask(server, TENANT, tokens)).toMatchObject({ error: { httpStatus: 503, number: 90033 } })
  expect(await ask(server, TENANT, tokens)).toMatchObject({ ok: true })
  expect(server.requests).toHaveLength(3)
})

test.each([7000215, 7000222, 700016, 90002, 65001, 53003])(
  'F-10 AADSTS%i comes back whole, with its ids in the text',
  async (number) => {
    const server = await serveRequests(() =>
      jsonAnswer(refusal(number), 401, { Date: 'Tue, 24 Nov 2026 12:00:00 GMT' }),
    )
    expect(await ask(server)).toEqual({
      ok: false,
      error: {
        kind: 'entra',
        number,
        httpStatus: 401,
        error: 'invalid_client',
        evidence: expect.stringContaining(`AADSTS${number}: No. Trace ID: ${IDS.trace_id}`),
        badReply: false,
        peerDate: NOW,
        retryAfterMs: null,
      },
    })
  },
)

test('the number of the text wins over a cause listed before it; without either it is null', async () => {
  const source = await serveRequests(() => jsonAnswer({ ...refusal(500011), error_codes: [50001, 500011] }, 400))
  expect(await ask(source)).toMatchObject({ error: { number: 500011 } })
  const bare = await serveRequests(() => jsonAnswer({ error: 'invalid_client' }, 401))
  expect(await ask(bare)).toMatchObject({ error: { number: null, error: 'invalid_client' } })
})

test('a tenant that is none is refused by MSAL, without a request', async () => {
  const server = await serveRequests(() => jsonAnswer(TOKEN))
  expect(await ask(server, 'common')).toMatchObject({
    error: { kind: 'entra', number: null, httpStatus: null, error: 'missing_tenant_id_error' },
  })
  expect(server.connections).toBe(0)
})

describe('N-08 a token reply counts only with a bearer and a lifetime that can be true', () => {
  test.each([
    ['nothing', {}],
    ['a list', []],
    ['text', 'token'],
    ['null', null],
    ['an empty token', { ...TOKEN, access_token: '' }],
    ['an object for a token', { ...TOKEN, access_token: { a: 1 } }],
    ['a line break', { ...TOKEN, access_token: 'eyJ\r\nMAIL FROM:<x>' }],
    ['a blank', { ...TOKEN, access_token: 'a b' }],
    ['letters outside ASCII', { ...TOKEN, access_token: 'eyJä' }],
    ['a token longer than any header', { ...TOKEN, access_token: 'a'.repeat(16_385) }],
    ['no type', { ...TOKEN, token_type: undefined }],
    ['a type that needs proof of possession', { ...TOKEN, token_type: 'pop' }],
    ['a list of types', { ...TOKEN, token_type: ['Bearer'] }],
    ['no lifetime', { ...TOKEN, expires_in: undefined }],
    ['a lifetime of 0', { ...TOKEN, expires_in: 0 }],
    ['59 s', { ...TOKEN, expires_in: 59 }],
    ['-5', { ...TOKEN, expires_in: -5 }],
    ['over a day', { ...TOKEN, expires_in: 86_401 }],
    ['10^12', { ...TOKEN, expires_in: 1e12 }],
    ['words', { ...TOKEN, expires_in: 'abc' }],
    ['a number as text', { ...TOKEN, expires_in: '3599' }],
    ['NaN, which JSON writes as null', { ...TOKEN, expires_in: Number.NaN }],
  ])('F-07 F-12 %s', async (_, body) => {
    const result = await ask(await serveRequests(() => jsonAnswer(body)))
    expect(result).toMatchObject({ ok: false, error: { kind: 'entra', badReply: true, httpStatus: 200, number: null } })
  })

  test.each(['bearer', 'BEARER'])('the type is %s in any case (RFC 6749 §5.1)', async (token_type) => {
    expect(await ask(await serveRequests(() => jsonAnswer({ ...TOKEN, token_type })))).toMatchObject({ ok: true })
  })

  test.each([60, 86_400])('%i s are believed', async (expires_in) => {
    expect(await ask(await serveRequests(() => jsonAnswer({ ...TOKEN, expires_in })))).toMatchObject({ ok: true })
  })
})

describe('N-07 what is no token service', () => {
  test.each([301, 302, 307, 308])('F-09 a redirect (%i) gives the secret to no other server', async (status) => {
    const elsewhere = await serveRequests(() => jsonAnswer(TOKEN))
    const server = await serveRequests(() => jsonAnswer({}, status, { Location: `${elsewhere.origin}/token` }))
    expect(await ask(server)).toMatchObject({
      error: { kind: 'entra', badReply: true, httpStatus: status, error: 'redirect' },
    })
    expect(elsewhere.connections).toBe(0)
  })

  test.each([
    [200, true],
    [403, true],
    [429, false],
    [500, false],
    [503, false],
  ])(
    'F-04 HTML with %i: its text is not shown, and a bad reply only where the status says nothing: %s',
    async (status, bad) => {
      const page = `HTTP/1.1 ${status} X\r\nContent-Type: text/html\r\n\r\n<title>Sign in to the proxy</title>`
      const result = await ask(await serveRequests(() => page))
      expect(result).toMatchObject({ error: { kind: 'entra', badReply: bad, httpStatus: status } })
      expect(JSON.stringify(result)).not.toContain('proxy')
    },
  )

  test('F-08 a body without end is given up', async () => {
    const server = await serveRequests(() => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65536, 32)));
        if (!socket.destroyed) socket.once('drain', more)
      }
      more()
    })
    expect(await ask(server)).toMatchObject({ error: { kind: 'entra', badReply: true, error: 'too-large' } })
  })
})

test('F-01 F-02 a token service that never answers, or drips, ends at the limit', async () => {
  const limits = source({ headersMs: 150, totalMs: 300 })
  expect(await ask(await serveRequests(() => () => {}), TENANT, limits)).toMatchObject({
    error: { kind: 'net', code: 'deadline-passed' },
  })
  const drip = await serveRequests(() => (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n')
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(' ')), 20)
  })
  expect(await ask(drip, TENANT, limits)).toMatchObject({ error: { kind: 'net', code: 'deadline-passed' } })
})

test('F-03 refused, lost, untrusted: the connection’s own code survives MSAL', async () => {
  const gone = await serveRequests(() => '')
  await gone.close()
  expect(await ask(gone)).toMatchObject({ error: { kind: 'net', code: 'connection-refused', port: gone.port } })
  expect(await ask(await serveRequests(() => (socket) => socket.destroy()))).toMatchObject({
    error: { kind: 'net', code: 'connection-lost' },
  })
  const stranger = await untilTestEnds(
    startHttps(await authority.certify({ selfSigned: true }), () => jsonAnswer(TOKEN)),
  )
  const error = {
    kind: 'net',
    code: 'certificate-untrusted',
    evidence: expect.stringMatching(/SELF_SIGNED.*; subject .+; issuer .+; valid from /),
  }
  expect(await ask(stranger)).toMatchObject({ error })
  expect(stranger.requests).toHaveLength(0)
})

test('the signal ends a call at once', async () => {
  const server = await serveRequests(() => () => {})
  expect(await ask(server, TENANT, source(), AbortSignal.timeout(100))).toMatchObject({
    error: { kind: 'net', code: 'deadline-passed' },
  })
})

test('S-14 F-11 an error that echoes the request carries no spelling of the secret', async () => {
  const base64 = Buffer.from(`u:${SECRET}`).toString('base64')
  const server = await serveRequests((request) =>
    jsonAnswer(
      { error: SECRET, error_description: `AADSTS7000215: ${request.split('\r\n\r\n')[1]} ${base64} ${SECRET}` },
      401,
    ),
  )
  const text = JSON.stringify(await ask(server))
  expect(text).toContain('[secret]')
  for (const part of [SECRET, SECRET.slice(3, 20), encodeURIComponent(SECRET), base64.slice(6, 30)])
    expect(text).not.toContain(part)
})
