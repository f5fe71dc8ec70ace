import { setMaxListeners } from 'node:events'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { fail, MINUTE_MS, ok, type Result } from '../kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import type { AccessToken, ClientCredential, TokenFault, TokenRequest, TokenSource } from './contracts'
import { createTokenCache } from './token-cache'

const [global, gccHigh] = BUILT_IN_CLOUDS as [Cloud, Cloud]
const secret = (text: string): ClientCredential => ({ kind: 'client-secret', secret: new Redacted(text) })
const REQUEST: TokenRequest = {
  cloud: global,
  tenantId: '5f0c6a1e-7b1d-4f0e-9a55-0d9b5e0f6c21',
  clientId: '9d1c3f6a-2b4e-4c58-8f3a-7e6d5c4b3a29',
  resource: 'exchange',
  credential: secret('one'),
}
const refusal = (more: Partial<Extract<TokenFault, { kind: 'entra' }>> = {}): TokenFault => ({
  kind: 'entra',
  number: 7000222,
  httpStatus: 401,
  error: 'invalid_client',
  evidence: 'AADSTS7000222',
  badReply: false,
  peerDate: null,
  retryAfterMs: null,
  ...more,
})
const SILENCE: TokenFault = { kind: 'net', code: 'deadline-passed', host: 'login', port: 443, evidence: '' }

/** Entra at the end of a port: each token is new and lives an hour, unless the test says otherwise. */
function setUp() {
  let monotonicMs = 1000
  let nowMs = Date.parse('2026-11-24T12:00:00Z')
  const clock = { now: () => new Date(nowMs), monotonicMs: () => monotonicMs }
  const requests: TokenRequest[] = []
  const entra = {
    lifeMs: 60 * MINUTE_MS,
    answer: null as null | (() => Promise<Result<AccessToken, TokenFault>>),
  }
  const source: TokenSource = {
    async fresh(request) {
      requests.push(request)
      if (entra.answer) return entra.answer()
      return ok({ ...tokenOf(`token-${requests.length}`), expiresAt: new Date(nowMs + entra.lifeMs) })
    },
  }
  const tokenCache = createTokenCache(source, { clock })
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const bearerOrFault = (result: Result<AccessToken, unknown>) =>
    result.ok ? result.value.bearer.reveal() : result.error
  return {
    requests,
    entra,
    tokenCache,
    wait: (ms: number) => {
      monotonicMs += ms
      nowMs += ms
    },
    step: (ms: number) => {
      nowMs += ms
    },
    token: async (request = REQUEST, key = 'c1') => bearerOrFault(await tokenCache.token(key, request, signal)),
    renew: async (refused: string, request = REQUEST, key = 'c1') =>
      bearerOrFault(await tokenCache.renew(key, request, tokenOf(refused), signal)),
  }
}
const tokenOf = (bearer: string) => ({
  bearer: new Redacted(bearer),
  requestedMs: 0,
  expiresAt: new Date(0),
  peerDate: null,
})

test('S-15 F-15 50 parallel asks make one request, and so does each later one while the token is good', async () => {
  const { requests, token } = setUp()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => token()))
  expect(new Set(tokens)).toEqual(new Set(['token-1']))
  expect(await token()).toBe('token-1')
  expect(requests).toHaveLength(1)
})

test('R-22 F-62 a token is renewed five minutes before its end by the monotonic clock, wherever the calendar steps', async () => {
  const { token, wait, step } = setUp()
  expect(await token()).toBe('token-1')
  step(-48 * 60 * MINUTE_MS)
  wait(55 * MINUTE_MS - 1)
  expect(await token()).toBe('token-1')
  wait(1)
  expect(await token()).toBe('token-2')
})

test('R-22 after a sleep, during which the monotonic clock does not run, the calendar clock ends a token', async () => {
  const { token, step } = setUp()
  await token()
  step(61 * MINUTE_MS)
  expect(await token()).toBe('token-2')
})

test('a token that lives less than ten minutes is not asked for on every use', async () => {
  const { token, wait, entra } = setUp()
  entra.lifeMs = 2 * MINUTE_MS
  expect(await token()).toBe('token-1')
  wait(MINUTE_MS - 1)
  expect(await token()).toBe('token-1')
  wait(1)
  expect(await token()).toBe('token-2')
})

test.each<[string, Partial<TokenRequest>, string]>([
  ['another credential', {}, 'c2'],
  ['another secret under the same key', { credential: secret('two') }, 'c1'],
  ['another kind', { credential: { kind: 'managed-identity' } }, 'c1'],
  ['another resource', { resource: 'graph' }, 'c1'],
  ['another cloud', { cloud: gccHigh }, 'c1'],
  ['another tenant', { tenantId: 'fabrikam.example' }, 'c1'],
  ['another application', { clientId: '00000000-0000-4000-8000-000000000001' }, 'c1'],
])('R-22 %s never gets this one’s token', async (_, change, key) => {
  const { token } = setUp()
  expect(await token()).toBe('token-1')
  expect(await token({ ...REQUEST, ...change }, key)).toBe('token-2')
  expect(await token()).toBe('token-1')
})

test('R-22 a token of one certificate is never that of another', async () => {
  const { token } = setUp()
  const signedWith = (privateKey: string, thumbprint = 'A1') =>
    token({ ...REQUEST, credential: { kind: 'certificate', thumbprint, privateKey: new Redacted(privateKey) } })
  const tokens = [await signedWith('one'), await signedWith('two'), await signedWith('one', 'B2')]
  expect([...tokens, await signedWith('one')]).toEqual(['token-1', 'token-2', 'token-3', 'token-1'])
})

test('R-21 of 1,001 entries the oldest is forgotten, and before it each one that has expired', async () => {
  const { token, wait, entra } = setUp()
  await token(REQUEST, 'oldest')
  entra.lifeMs = MINUTE_MS
  await token(REQUEST, 'expired')
  wait(MINUTE_MS)
  entra.lifeMs = 60 * MINUTE_MS
  for (let nth = 0; nth < 998; nth++) await token(REQUEST, `${nth}`)
  expect(await token(REQUEST, 'in place of the expired one')).toBe('token-1001')
  expect(await token(REQUEST, 'oldest')).toBe('token-1')
  expect(await token(REQUEST, 'one more')).toBe('token-1002')
  expect(await token(REQUEST, '0')).toBe('token-3')
  expect(await token(REQUEST, 'oldest')).toBe('token-1003')
})

test('R-22 after a refusal there is one forced refresh, however many met it; then it is said that another is of no use', async () => {
  const { requests, token, renew, wait } = setUp()
  await token()
  const renewed = await Promise.all(Array.from({ length: 50 }, () => renew('token-1')))
  expect(new Set(renewed)).toEqual(new Set(['token-2']))
  expect(await renew('token-1')).toBe('token-2')
  expect(await renew('token-2')).toEqual({ kind: 'just-renewed' })
  expect(await token()).toBe('token-2')
  expect(requests).toHaveLength(2)
  wait(5 * MINUTE_MS)
  expect(await renew('token-2')).toBe('token-3')
})

test('R-22 a forced refresh never gives an expired token, and one that failed may be made again', async () => {
  const { entra, token, renew, wait } = setUp()
  await token()
  wait(60 * MINUTE_MS)
  expect(await renew('older')).toBe('token-2')
  wait(5 * MINUTE_MS)
  entra.answer = async () => fail(SILENCE)
  expect(await renew('token-2')).toEqual(SILENCE)
  entra.answer = null
  wait(10_000)
  expect(await renew('token-2')).toBe('token-4')
})

test('a failure is returned again for ten seconds with its reason, and then requested again', async () => {
  const { requests, entra, token, wait } = setUp()
  entra.answer = async () => fail(refusal())
  for (let time = 0; time < 3; time++) expect(await token()).toMatchObject({ number: 7000222 })
  expect(requests).toHaveLength(1)
  entra.answer = null
  wait(9_999)
  expect(await token()).toMatchObject({ number: 7000222 })
  wait(1)
  expect(await token()).toBe('token-2')
})

test.each([
  [120_000, 120_000],
  [24 * 60 * MINUTE_MS, 5 * MINUTE_MS],
])('a Retry-After of %i ms is waited for, up to five minutes: %i', async (retryAfterMs, waitedMs) => {
  const { requests, entra, token, wait } = setUp()
  entra.answer = async () => fail(refusal({ number: null, httpStatus: 429, retryAfterMs }))
  await token()
  wait(waitedMs - 1)
  await token()
  expect(requests).toHaveLength(1)
  wait(1)
  await token()
  expect(requests).toHaveLength(2)
})

test('the failure of one credential does not hold up its successor', async () => {
  const { entra, token } = setUp()
  entra.answer = async () => fail(refusal())
  await token()
  entra.answer = null
  expect(await token(REQUEST, 'c2')).toBe('token-2')
})

test.each<[string, TokenFault]>([
  ['does not answer', SILENCE],
  ['is unavailable', refusal({ httpStatus: 500 })],
  ['limits requests', refusal({ httpStatus: 429 })],
  ['answers what cannot be read', refusal({ httpStatus: 200, badReply: true })],
])('while Entra %s, a token that is due but still valid is used until its last minute', async (_, fault) => {
  const { entra, token, wait } = setUp()
  await token()
  entra.answer = async () => fail(fault)
  wait(55 * MINUTE_MS)
  expect(await token()).toBe('token-1')
  wait(4 * MINUTE_MS)
  expect(await token()).toEqual(fault)
})

test('a clear no is not hidden behind a token that is still good', async () => {
  const { entra, token, wait } = setUp()
  await token()
  entra.answer = async () => fail(refusal())
  wait(56 * MINUTE_MS)
  expect(await token()).toMatchObject({ number: 7000222 })
})

test('an asker’s signal ends the wait of that one alone', async () => {
  const { requests, entra, tokenCache, token } = setUp()
  let answer: (() => void) | undefined
  entra.answer = () =>
    new Promise((resolve) => {
      answer = () => resolve(ok({ ...tokenOf('late'), expiresAt: new Date('2026-11-24T13:00:00Z') }))
    })
  const patient = token()
  const hasty = new AbortController()
  const impatient = tokenCache.token('c1', REQUEST, hasty.signal)
  hasty.abort()
  const late = { error: { kind: 'net', code: 'deadline-passed' } }
  expect(await impatient).toMatchObject(late)
  expect(await tokenCache.token('c1', REQUEST, hasty.signal)).toMatchObject(late)
  answer?.()
  expect(await patient).toBe('late')
  expect(requests).toHaveLength(1)
})

test('a bug in the source is thrown to its askers, and the next ask is a new one', async () => {
  const { entra, token } = setUp()
  entra.answer = () => Promise.reject(new TypeError('bug'))
  await expect(token()).rejects.toThrow('bug')
  entra.answer = null
  expect(await token()).toBe('token-2')
})

test('S-15 printing the cache shows no token', async () => {
  const { tokenCache, token } = setUp()
  await token()
  expect(inspect(tokenCache, { depth: 9, showHidden: true })).not.toContain('token-1')
})
