import { NextRequest } from 'next/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { setFailureHandler, setRefusalHandler } from '../lib/access/handlers'
import { PLAIN_HEADER } from '../lib/access/incoming-requests'
import { config, proxy } from '../proxy'

beforeEach(() => vi.stubEnv('POSTROOM_BASE_URL', 'https://post.contoso.example'))
afterEach(() => vi.unstubAllEnvs())

const ask = async (path: string, headers: Record<string, string> = {}) =>
  proxy(
    new NextRequest(`https://post.contoso.example${path}`, { headers: { host: 'post.contoso.example', ...headers } }),
  )

test('is not called for a request that is marked as plain', () => {
  expect(config.matcher[0]?.missing).toEqual([{ type: 'header', key: PLAIN_HEADER }])
})

test.each([
  ['our host', '/', {}, 200],
  ['our host in capitals', '/', { host: 'POST.Contoso.Example' }, 200],
  ['a foreign host', '/', { host: 'evil.example' }, 421],
  ['our host on another port', '/', { host: 'post.contoso.example:8443' }, 421],
  ['a foreign forwarded host', '/', { 'x-forwarded-host': 'evil.example' }, 421],
  [
    'our host as two proxies forward it',
    '/',
    { 'x-forwarded-host': 'post.contoso.example, POST.contoso.example' },
    200,
  ],
  ['a foreign host in such a list', '/', { 'x-forwarded-host': 'post.contoso.example, evil.example' }, 421],
  ['our host with the usual port', '/', { host: 'post.contoso.example:443' }, 200],
  ['a probe by address', '/health/live', { host: '10.0.0.7:3000' }, 200],
])('W-10 %s', async (_, path, headers, status) => {
  expect((await ask(path, headers)).status).toBe(status)
})

test('W-10 an address without TLS has another usual port', async () => {
  vi.stubEnv('POSTROOM_BASE_URL', 'http://post.contoso.example')
  expect((await ask('/', { host: 'post.contoso.example:80' })).status).toBe(200)
  expect((await ask('/', { host: 'post.contoso.example:443' })).status).toBe(421)
})

describe('the choices of colours and language', () => {
  test('become cookies, and the reader stays on the page', async () => {
    const answer = await ask('/activity?result=failed&theme=dark&locale=de')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('https://post.contoso.example/activity?result=failed')
    expect(answer.cookies.get('theme')).toMatchObject({ value: 'dark', httpOnly: true, secure: true, sameSite: 'lax' })
    expect(answer.cookies.get('locale')?.value).toBe('de')
  })

  test('take nothing else', async () => {
    expect((await ask('/?theme=%3Cscript%3E&locale=xx')).cookies.getAll()).toEqual([])
  })

  test('never lead off the site', async () => {
    expect((await ask('//evil.example/x?theme=dark')).headers.get('location')).toMatch(
      /^https:\/\/post\.contoso\.example\//,
    )
  })
})

test('W-15 a failure is passed to the logger together with what identifies its answer', async () => {
  const failures: unknown[] = []
  setFailureHandler((error, { method, path, headers }) =>
    failures.push([error, method, path, headers['x-postroom-request']]),
  )
  const broken = new Error('the database is away')
  setRefusalHandler(async () => {
    throw broken
  })
  const request = new NextRequest(`https://post.contoso.example/account?x=1`, {
    method: 'POST',
    headers: { host: 'post.contoso.example', 'x-postroom-request': '7' },
  })
  await expect(proxy(request)).rejects.toThrow(broken)
  expect(failures).toEqual([[broken, 'POST', '/account', '7']])
})
