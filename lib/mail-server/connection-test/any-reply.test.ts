import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestAuthority, testAuthority } from '../../../tests/support/certificates'
import { type HttpsTestServer, jsonAnswer, startHttps, startSmtp } from '../../../tests/support/servers'
import { diagnose } from '../../diagnosis'
import { createDirectory, createTokenCache, createTokenSource } from '../../entra'
import type { Fault, Stage } from '../../kernel'
import { DIAGNOSIS_CODES } from '../../kernel/diagnosis-code'
import { BUILT_IN_CLOUDS, type Cloud } from '../../kernel/mail-server-settings'
import { Redacted } from '../../kernel/redacted'
import { createDialer, createHttps } from '../../net'
import type { SmtpServer } from '../../smtp/contracts'
import { createMailTransport } from '../../smtp/transport'
import { createWebhookClient } from '../../webhooks/client'

/** Whatever a server answers, each of our clients ends with a value that has a code. */

let authority: TestAuthority
let web: HttpsTestServer
let answer: string | Buffer = ''
let graph: HttpsTestServer
const ending: (() => unknown)[] = []
beforeAll(async () => {
  authority = await testAuthority()
  const identity = await authority.certify()
  const say = (socket: Socket) => socket.end(answer)
  web = await startHttps(identity, () => say)
  ending.push(() => web.close())
  // Graph's calls begin with a token, which has to be a good one.
  const token = { token_type: 'Bearer', expires_in: 3599, access_token: 'eyJ0.eyJh.c2ln' }
  graph = await startHttps(identity, (request) => (request.includes('/oauth2/') ? jsonAnswer(token) : say))
  ending.push(() => graph.close())
})
afterAll(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const LIMITS = { headersMs: 1000, totalMs: 1500 }
const signal = () => AbortSignal.timeout(10_000)
const dialer = () => createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [authority.certificate] })

function requestAt(origin: string) {
  const cloud: Cloud = { ...(BUILT_IN_CLOUDS[0] as Cloud), id: 'lab', loginOrigin: origin, graphUrl: origin }
  const credential = { kind: 'client-secret', secret: new Redacted('canary.secret-value_0123') } as const
  return {
    cloud,
    credential,
    tenantId: '5f0c6a1e-7b1d-4f0e-9a55-0d9b5e0f6c21',
    clientId: '9d1c3f6a-2b4e-4c58-8f3a-7e6d5c4b3a29',
  }
}

async function askForToken() {
  const tokens = createTokenSource(dialer(), { https: createHttps(dialer(), LIMITS) })
  const requests = await tokens.fresh({ ...requestAt(web.origin), resource: 'exchange' }, signal())
  return requests.ok ? 'a token' : codeOf(requests.error, 'token')
}

function codeOf(fault: Fault, stage: Stage): string {
  const { code } = diagnose(fault, { stage, claims: null })
  expect(DIAGNOSIS_CODES).toContain(code)
  return code
}

const json = (status: number, body: string, type = 'application/json') =>
  `HTTP/1.1 ${status} Said\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

describe('what gateways and filters send in place of Entra', () => {
  test.each([
    ['a gateway that gave up', 504, '{"message":"upstream request timeout"}', 'entra-unavailable'],
    ['a null error', 500, '{"error":null,"access_token":null}', 'entra-unavailable'],
    ['an error that is an object', 503, '{"error":{"code":"x","message":"y"}}', 'entra-unavailable'],
    ['an overloaded proxy in HTML', 502, '<h1>Bad gateway</h1>', 'entra-unavailable'],
    ['a limit', 429, '{"statusCode":429,"message":"Rate limit is exceeded."}', 'entra-throttled'],
    ['a limit with an error', 429, '{"error":"too_many_requests"}', 'entra-throttled'],
    ['a filter', 403, '{"message":"Forbidden","policy":"Block unsanctioned cloud apps"}', 'token-reply-invalid'],
    ['a null error with 400', 400, '{"error":null}', 'token-reply-invalid'],
    ['an empty error', 400, '{"error":"","error_description":""}', 'token-reply-invalid'],
    ['a description alone', 400, '{"error_description":"AADSTS7000222: expired"}', 'token-reply-invalid'],
    ['a list', 400, '["AADSTS7000222"]', 'token-reply-invalid'],
    ['created', 201, '{"id":1}', 'token-reply-invalid'],
    [
      'accepted, with an error',
      202,
      '{"error":"invalid_client","error_description":"AADSTS7000222: x"}',
      'secret-expired',
    ],
    ['Entra itself', 401, '{"error":"invalid_client","error_description":"AADSTS7000222: x"}', 'secret-expired'],
  ])('%s: HTTP %i', async (_, status, body, code) => {
    answer = json(status, body, body.startsWith('<') ? 'text/html' : 'application/json')
    expect(await askForToken()).toBe(code)
  })
})

test.each<[from: string, status: number, type: string, body: string, code: string]>([
  [
    'tenant restrictions, put in by a proxy',
    400,
    'application/json',
    '{"error": "invalid_request", "error_description": "AADSTS500021: Access to \'Contoso\' tenant is denied."}',
    'tenant-restricted-by-proxy',
  ],
  [
    'Entra, assignment required',
    400,
    'application/json',
    '{"error": "invalid_grant", "error_description": "AADSTS501051: Application \'{client}\'(Postroom) is not assigned to a role for the application \'00000002-0000-0ff1-ce00-000000000000\'(Office 365 Exchange Online)."}',
    'assignment-required',
  ],
  [
    'Entra, tenant deactivated',
    400,
    'application/json',
    '{"error": "invalid_request", "error_description": "AADSTS5000224: We are sorry, this resource is not available. If you are seeing this message by mistake, please contact Microsoft support."}',
    'tenant-not-found',
  ],
  [
    'Entra behind an inspecting proxy',
    400,
    'application/json',
    '{"error": "invalid_request", "error_description": "AADSTS1002016: You are using TLS version 1.0, 1.1 and/or 3DES cipher which are deprecated to improve the security posture of Azure AD. Your TenantID is: {tenant}. Please refer to https://go.microsoft.com/fwlink/?linkid=2161187 and conduct needed actions to remediate the issue."}',
    'tls-version-unsupported',
  ],
  [
    'Entra',
    401,
    'application/json',
    '{"error": "invalid_client", "error_description": "AADSTS7000216: \'client_assertion\', \'client_secret\' or \'request\' is required for the \'client_credentials\' grant type."}',
    'request-malformed',
  ],
  [
    'Squid, proxy wants a login',
    407,
    'text/html;charset=utf-8',
    '<!DOCTYPE html><html><head><title>ERROR: Cache Access Denied</title></head><body><h1>ERROR</h1><p>Sorry, you are not currently allowed to request https://login.microsoftonline.com/ from this cache until you have authenticated yourself.</p></body></html>',
    'token-reply-invalid',
  ],
  [
    'Squid cannot reach Entra',
    503,
    'text/html;charset=utf-8',
    '<html><body><h1>The requested URL could not be retrieved</h1><p>Connection to 20.190.160.1 failed. (110) Connection timed out</p></body></html>',
    'entra-unavailable',
  ],
  [
    'a gateway or proxy that answers in JSON',
    403,
    'application/json',
    '{"message":"Forbidden","policy":"Block unsanctioned cloud apps"}',
    'token-reply-invalid',
  ],
  [
    'a gateway that limits',
    429,
    'application/json',
    '{"statusCode":429,"message":"Rate limit is exceeded. Try again in 30 seconds."}',
    'entra-throttled',
  ],
  ['a gateway', 500, 'application/json', '{"error":null,"access_token":null}', 'entra-unavailable'],
])('%s: HTTP %i is named', async (_, status, type, body, code) => {
  answer = json(status, body, type)
  expect(await askForToken()).toBe(code)
})

const anyStatus = fc.oneof(
  fc.constantFrom(
    101,
    200,
    201,
    202,
    204,
    205,
    206,
    300,
    304,
    307,
    400,
    401,
    403,
    404,
    407,
    418,
    429,
    451,
    500,
    502,
    503,
    504,
    599,
  ),
  fc.integer({ min: 100, max: 999 }),
)
const anyType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'application/problem+json',
  'text/html',
  'text/plain',
  '',
  'application/octet-stream',
)
const anyText = fc.oneof(
  fc.constantFrom('AADSTS7000215: no', 'invalid_client', '', '7000222', 'x'.repeat(2000), '\u0000', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const anyValue = fc.oneof(anyText, fc.jsonValue({ maxDepth: 3 }))
const anyObject = fc.dictionary(
  fc.constantFrom(
    ...[
      'error',
      'error_description',
      'error_codes',
      'trace_id',
      'access_token',
      'expires_in',
      'token_type',
      'suberror',
    ],
    ...[
      'message',
      'claims',
      'value',
      '@odata.nextLink',
      'id',
      'appId',
      'keyCredentials',
      'passwordCredentials',
      '__proto__',
    ],
  ),
  anyValue,
)
const anyBody = fc.oneof(
  anyObject.map((value) => JSON.stringify(value)),
  anyValue.map((value) => JSON.stringify(value) ?? ''),
  fc.constantFrom('', '{', 'null', '[]', '<html>', '{"error":"x"', '{"access_token":"a","expires_in":3599}'),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const anyHeader = fc.constantFrom(
  ...[
    'Retry-After: 17',
    'Retry-After: never',
    'Date: 31 Feb',
    'Date: Tue, 24 Nov 2026 12:00:05 GMT',
    'Location: http://[x',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'WWW-Authenticate: NTLM',
  ],
  ...['Content-Length: 5', 'Content-Length: x', 'Set-Cookie: a=b', 'X: \u0001', 'no header at all', 'Trailer: x'],
)
const anyAnswer = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        status: anyStatus,
        type: anyType,
        body: anyBody,
        headers: fc.array(anyHeader, { maxLength: 3 }),
        sized: fc.boolean(),
      })
      .map(({ status, type, body, headers, sized }) => {
        const lines = [`HTTP/1.1 ${status} Said`, ...(type === '' ? [] : [`Content-Type: ${type}`]), ...headers]
        if (sized) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
        return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
)

test('a switch to another protocol ends at once', async () => {
  answer = 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nabc'
  const from = performance.now()
  expect(await askForToken()).toBe('token-reply-invalid')
  expect(performance.now() - from).toBeLessThan(LIMITS.headersMs)
})

const SOAK = Boolean(process.env.SOAK)
const often = { numRuns: SOAK ? 150 : 50, endOnFailure: true }

test('any answer to a token request ends as a value with a code', async () => {
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (bytes) => {
      answer = bytes
      await askForToken()
    }),
    often,
  )
}, 60_000)

test('any answer of Graph ends as a value', async () => {
  const tokens = createTokenSource(dialer(), { https: createHttps(dialer(), LIMITS) })
  const request = requestAt(graph.origin)
  const keyId = '5f0c6a1e-7b1d-4f0e-9a55-0d9b5e0f6c21'
  await fc.assert(
    fc.asyncProperty(anyAnswer, fc.nat(4), async (bytes, call) => {
      answer = bytes
      const directory = createDirectory({ dialer: dialer(), tokens, tokenCache: createTokenCache(tokens) })
      const password = { displayName: 'x', endsAt: new Date('2027-01-01') }
      const result = await [
        () => directory.application(request, signal()),
        () => directory.page(request, null, signal()),
        () => directory.policy(request, signal()),
        () => directory.addPassword(request, password, signal()),
        () => directory.removePassword(request, keyId, signal()),
      ][call]?.()
      expect(typeof result?.ok).toBe('boolean')
    }),
    often,
  )
}, 60_000)

test('any answer of a webhook’s receiver ends as a value', async () => {
  const client = createWebhookClient(dialer(), LIMITS)
  const message = { url: new Redacted(`${web.origin}/hooks/secret-part-of-it`), body: '{}' }
  await fc.assert(
    fc.asyncProperty(anyAnswer, async (bytes) => {
      answer = bytes
      expect(typeof (await client.post(message, signal())).ok).toBe('boolean')
    }),
    often,
  )
}, 60_000)

const anyLine = fc.oneof(
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(
          220,
          235,
          250,
          334,
          354,
          421,
          432,
          450,
          451,
          454,
          500,
          501,
          502,
          504,
          530,
          534,
          535,
          550,
          552,
          554,
        ),
        fc.nat(999),
      ),
      fc.constantFrom(' ', '-', ''),
      fc.oneof(
        fc.constantFrom('5.7.3 no', '5.7.139 SmtpClientAuthentication', '=', 'e30=', '2.0.0 OK', ''),
        fc.string({ unit: 'binary', maxLength: 40 }),
      ),
    )
    .map(([code, mark, texts]) => `${code}${mark}${texts}`),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('HTTP/1.1 400 Bad Request', 'SSH-2.0-x', '\u0015\u0003\u0001', '* OK IMAP4', '+OK POP3'),
)
const STEPS = ['GREETING', 'EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'MESSAGE', 'RSET'] as const
const LOGINS: SmtpServer['login'][] = [
  { kind: 'xoauth2', mailbox: 'noreply@contoso.example', token: new Redacted(`eyJ0.${'a'.repeat(600)}`) },
  { kind: 'password', username: 'noreply', password: new Redacted('canary-password') },
]
const MAIL = {
  from: { name: 'Contoso', address: 'noreply@contoso.example' },
  envelopeFrom: 'noreply@contoso.example',
  to: ['anna@fabrikam.example', 'ben@fabrikam.example'],
  subject: 'x',
  text: 'x',
  html: '<p>x</p>',
  messageId: '<1b9e@contoso.example>',
  date: new Date('2026-11-24T12:00:00Z'),
}

test('any answer of a mail server, at any step, ends as a value with a code', async () => {
  let lines: string[] = []
  let step: string = ''
  let ends = false
  const smtp = await startSmtp({
    identity: await authority.certify(),
    extensions: (secured) => (secured ? ['AUTH PLAIN LOGIN XOAUTH2', 'SMTPUTF8', 'SIZE 100000'] : ['STARTTLS']),
    act: (line, { secured }) => {
      if (!line.startsWith(step) || (step === 'EHLO' && !secured && ends)) return null
      return (socket) => (ends ? socket.end(`${lines.join('\r\n')}\r\n`) : socket.write(`${lines.join('\r\n')}\r\n`))
    },
  })
  ending.push(() => smtp.close())
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [smtp.port], ca: [authority.certificate] })
  const transport = createMailTransport(dialer, { ehloName: 'console.contoso.example' })
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        said: fc.array(anyLine, { minLength: 1, maxLength: 3 }),
        at: fc.constantFrom(...STEPS),
        login: fc.constantFrom(...LOGINS),
        dryRun: fc.boolean(),
        hangsUp: fc.boolean(),
      }),
      async ({ said, at, login, dryRun, hangsUp }) => {
        ;[lines, step, ends] = [said, at, hangsUp]
        const server = { host: 'localhost', port: smtp.port, security: 'starttls', login } as const
        const options = { signal: AbortSignal.timeout(150), dryRun, onStep() {} }
        const result = await transport.attempt(server, MAIL, options)
        if (result.ok) for (const { fault } of result.value.refused) codeOf(fault, 'recipient')
        else codeOf(result.error.fault, result.error.stage)
      },
    ),
    { ...often, numRuns: SOAK ? 300 : 100 },
  )
}, 90_000)
