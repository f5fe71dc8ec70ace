import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { ownMs } from '../../tests/support/own-time'
import { authority, serveHttps } from '../../tests/support/served'
import type { HttpsTestServer } from '../../tests/support/servers'
import { fail } from '../kernel'
import { BUILT_IN_CLOUDS } from '../kernel/mail-server-settings'
import { createDialer } from './dialer'
import { createHttps } from './https'

const json = (body: string, head = 'HTTP/1.1 200 OK') =>
  `${head}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n${body}`

function post(
  server: HttpsTestServer,
  options: { headersMs?: number; totalMs?: number; origins?: string[]; signal?: AbortSignal } = {},
) {
  const { headersMs = 1000, totalMs = 1000, origins = [server.origin], signal = AbortSignal.timeout(5000) } = options
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [authority.certificate] })
  const request = { url: `${server.origin}/token?x=1`, method: 'POST' as const, body: 'client_secret=canary' }
  return createHttps(dialer, { headersMs, totalMs }).request(request, { origins, signal })
}

test('a JSON answer comes back with the peer’s clock', async () => {
  const server = await serveHttps(json('{"a":1}'))
  expect(await post(server)).toMatchObject({
    ok: true,
    value: { status: 200, body: { a: 1 }, peerDate: new Date('2026-11-24T12:00:00Z'), retryAfterMs: null },
  })
  expect(server.requests[0]).toMatch(/^POST \/token\?x=1 HTTP\/1\.1\r\n/)
  expect(server.requests[0]).toContain(`host: localhost:${server.port}\r\n`)
  expect(server.requests[0]).toContain('accept-encoding: identity\r\n')
})

test.each([
  ['99999999', 86_400_000],
  ['Fri, 27 Nov 2026 12:00:00 GMT', 86_400_000],
  ['Tue, 24 Nov 2026 12:01:00 GMT', 60_000],
  ['Tue, 24 Nov 2026 11:59:00 GMT', 0],
  ['soon', null],
])('a Retry-After of %s is understood by the peer’s clock, and as a day at most: %s ms', async (text, retryAfterMs) => {
  const server = await serveHttps(json('{}', `HTTP/1.1 503 Busy\r\nRetry-After: ${text}`))
  expect(await post(server)).toMatchObject({ value: { status: 503, retryAfterMs } })
})

test.each([301, 302, 303, 307, 308])(
  'N-07 F-09 a redirect (%i) is an error, and its target gets no connection',
  async (status) => {
    const elsewhere = await serveHttps(json('{}'))
    const server = await serveHttps(json('{}', `HTTP/1.1 ${status} Moved\r\nLocation: ${elsewhere.origin}/token`))
    expect(await post(server)).toMatchObject({ error: { kind: 'bad-reply', problem: 'redirect', status } })
    expect(elsewhere.connections).toBe(0)
  },
)

test('N-07 only the origins that the caller names are dialled', async () => {
  const server = await serveHttps(json('{}'))
  expect(await post(server, { origins: ['https://login.microsoftonline.com'] })).toMatchObject({
    error: { kind: 'net', code: 'address-not-allowed' },
  })
  expect(server.connections).toBe(0)
})

test.each(
  entries.filter(({ field }) => field === 'authority_host').map(({ value, expect: wanted }) => [wanted, value]),
)('W-03 N-07 authority_host: %s %s, for the login hosts of the four clouds', async (wanted, host) => {
  const lookups: string[] = []
  const resolver = {
    addresses: async (name: string) => {
      lookups.push(name)
      return fail({ kind: 'not-found' as const, evidence: '' })
    },
  }
  const https = createHttps(createDialer({ allowNetworks: [], allowPorts: [], resolver }))
  const rules = { origins: BUILT_IN_CLOUDS.map(({ loginOrigin }) => loginOrigin), signal: AbortSignal.timeout(5000) }
  const code = wanted === 'reject' ? 'address-not-allowed' : 'name-not-found'
  expect(await https.request({ url: `https://${host}/x`, method: 'POST' }, rules)).toMatchObject({ error: { code } })
  expect(lookups).toEqual(wanted === 'reject' ? [] : [String(host).toLowerCase()])
})

test.each([
  ['HTML', 'HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nRetry-After: 120\r\n\r\n<h1>no</h1>', 503],
  ['a text that only mentions JSON', 'HTTP/1.1 200 OK\r\nContent-Type: text/json\r\n\r\n{}', 200],
  ['no type', 'HTTP/1.1 200 OK\r\n\r\n{}', 200],
  ['cut JSON', json('{"access_token":"ab'), 200],
])('N-07 F-04 F-07 %s is a bad reply, without its text', async (_, answer, status) => {
  const result = await post(await serveHttps(answer))
  expect(result).toMatchObject({ error: { kind: 'bad-reply', problem: 'not-json', status } })
  expect(JSON.stringify(result)).not.toContain('<h1>')
  if (status === 503) expect(result).toMatchObject({ error: { retryAfterMs: 120_000 } })
})

test('N-07 F-08 a body is read up to 256 KiB, and the rest is never taken', async () => {
  const huge = 80 * 1024 * 1024
  let written = 0
  const server = await serveHttps((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${huge}\r\n\r\n`)
    const more = () => {
      while (!socket.destroyed && written < huge) {
        written += 65536
        if (!socket.write(Buffer.alloc(65536, 32))) return void socket.once('drain', more)
      }
    }
    more()
  })
  expect(await post(server, { totalMs: 5000 })).toMatchObject({ error: { problem: 'too-large' } })
  expect(written).toBeLessThan(32 * 1024 * 1024)
})

test('N-07 a body of exactly 256 KiB is still read', async () => {
  const body = JSON.stringify('x'.repeat(256 * 1024 - 2))
  expect(await post(await serveHttps(json(body)))).toMatchObject({ ok: true })
})

test('a call that awaits more may read more, and no further', async () => {
  const server = await serveHttps(json(JSON.stringify('x'.repeat(300 * 1024))))
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [authority.certificate] })
  const ask = (bodyBytesMax: number) =>
    createHttps(dialer).request(
      { url: `${server.origin}/page`, method: 'GET' },
      { origins: [server.origin], signal: AbortSignal.timeout(5000), bodyBytesMax },
    )
  expect(await ask(301 * 1024)).toMatchObject({ ok: true })
  expect(await ask(299 * 1024)).toMatchObject({ error: { problem: 'too-large' } })
})

test('N-07 an answer of half a million lists is not parsed, because it would need thirty times its size', async () => {
  const lists = (count: number) => json(`[${'[],'.repeat(count - 2)}[]]`)
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [], ca: [authority.certificate] })
  const problemOf = async (count: number) => {
    const { origin } = await serveHttps(lists(count))
    const options = { origins: [origin], signal: AbortSignal.timeout(5000), bodyBytesMax: 4 * 1024 * 1024 }
    const reply = await createHttps(dialer).request({ url: `${origin}/page`, method: 'GET' }, options)
    return reply.ok ? null : reply.error
  }
  expect(await problemOf(500_002)).toMatchObject({ problem: 'too-large' })
  expect(await problemOf(500_001)).toBeNull()
})

test('N-13 an answer in pieces of one byte is dropped, because each piece needs memory', async () => {
  const server = await serveHttps((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.end('1\r\n \r\n'.repeat(200_000))
  })
  expect(await post(server, { totalMs: 10_000 })).toMatchObject({ error: { problem: 'too-large' } })
})

test.each(['100 Continue', '103 Early Hints'])(
  'N-13 interim answers (%s) without end are no answer',
  async (status) => {
    const interim = (count: number) => `HTTP/1.1 ${status}\r\n\r\n`.repeat(count)
    expect(await post(await serveHttps(`${interim(20)}${json('{}')}`))).toMatchObject({ ok: true })
    const endless = await serveHttps((socket) => socket.write(interim(1000)))
    expect(await post(endless, { totalMs: 5000 })).toMatchObject({ error: { code: 'connection-lost' } })
  },
)

test('a 204 has no body, and is an answer', async () => {
  const server = await serveHttps('HTTP/1.1 204 No Content\r\n\r\n')
  expect(await post(server)).toMatchObject({ ok: true, value: { status: 204, body: null } })
})

test('N-07 F-01 a request ends if no headers come in time', async () => {
  const server = await serveHttps(() => {})
  const startedMs = ownMs()
  expect(await post(server, { headersMs: 100, totalMs: 5000 })).toMatchObject({ error: { code: 'deadline-passed' } })
  expect(ownMs() - startedMs).toBeLessThan(2000)
})

test('N-07 F-02 an answer in drips ends at the total limit, headers or body', async () => {
  const drip = (text: string) => (socket: Socket) => {
    let at = 0
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(text[at++] ?? ' ')), 20)
  }
  for (const text of ['HTTP/1.1 200 OK\r\nX: ', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n']) {
    const startedMs = ownMs()
    const server = await serveHttps((socket) => {
      if (text.endsWith('\r\n\r\n')) {
        socket.write(text)
        drip('')(socket)
      } else drip(text)(socket)
    })
    expect(await post(server, { headersMs: 10_000, totalMs: 300 })).toMatchObject({
      error: { code: 'deadline-passed' },
    })
    expect(ownMs() - startedMs).toBeLessThan(2300)
  }
})

test('F-03 a connection that closes or resets before the answer is lost', async () => {
  expect(await post(await serveHttps((socket) => socket.destroy()))).toMatchObject({
    error: { code: 'connection-lost' },
  })
  const half = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a":'
  const result = await post(await serveHttps(half))
  expect(result.ok).toBe(false)
  expect(await post(await serveHttps('SSH-2.0-OpenSSH_9.6\r\n'))).toMatchObject({
    error: { code: 'connection-lost' },
  })
})

test('the caller’s signal ends a request at once', async () => {
  const server = await serveHttps(() => {})
  expect(await post(server, { signal: AbortSignal.timeout(100), totalMs: 9000, headersMs: 9000 })).toMatchObject({
    error: { code: 'deadline-passed' },
  })
})

test('N-07 an address that begins with http is refused, also if its host is allowed', async () => {
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [] })
  const request = { url: 'http://localhost:80/', method: 'GET' as const }
  const options = { origins: ['http://localhost'], signal: AbortSignal.timeout(1000) }
  expect(await createHttps(dialer).request(request, options)).toMatchObject({ error: { code: 'address-not-allowed' } })
})
