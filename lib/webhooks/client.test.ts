import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { authority, serveHttps } from '../../tests/support/served'
import { jsonAnswer, startHttps } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { Redacted } from '../kernel/redacted'
import { createDialer } from '../net/dialer'
import { createWebhookClient } from './client'

const portIn = (url: string): string => (URL.canParse(url) && new URL(url).port) || '443'

/** Lists the address's own port, unless the test is about the list. */
function post(
  url: string,
  { allowNetworks = [`localhost:${portIn(url)}`], limits = { headersMs: 1000, totalMs: 1500 } } = {},
) {
  const dialer = createDialer({ allowNetworks, allowPorts: [], ca: [authority.certificate] })
  const headers = { 'content-type': 'application/json', 'x-signature': 'sha256=00' }
  const message = { url: new Redacted(url), headers, body: '{"a":"ü"}' }
  return createWebhookClient(dialer, limits).post(message, AbortSignal.timeout(5000))
}

test('a message arrives as it is, by one POST, and the receiver’s words come back', async () => {
  const server = await serveHttps(jsonAnswer({ accepted: 1 }, 202))
  expect(await post(`${server.origin}/hooks/a?sig=1`)).toMatchObject({
    ok: true,
    value: { status: 202, text: '{"accepted":1}', retryAfterMs: null },
  })
  expect(server.requests[0]).toMatch(/^POST \/hooks\/a\?sig=1 HTTP\/1\.1\r\n/)
  expect(server.requests[0]).toContain('x-signature: sha256=00\r\n')
  expect(server.requests[0]).toMatch(/\r\n\r\n\{"a":"ü"\}$/)
})

test.each([
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, text: '' }],
  [
    'plain text',
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n1',
    { status: 200, text: '1' },
  ],
  [
    'a page of its proxy',
    'HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nRetry-After: 30\r\n\r\n<h1>no</h1>',
    { status: 503, retryAfterMs: 30_000 },
  ],
])('%s is an answer', async (_, answer, value) => {
  expect(await post((await serveHttps(answer)).origin)).toMatchObject({ ok: true, value })
})

test.each([
  ['the host without a port', ['localhost']],
  ['the network without a port', ['127.0.0.0/8', '::1/128']],
  ['another port', ['localhost:443']],
])('N-02 N-03 listing %s for a relay opens no other service of it to webhooks', async (_, allowNetworks) => {
  const server = await serveHttps(jsonAnswer({}))
  expect(await post(server.origin, { allowNetworks })).toMatchObject({ error: { code: 'address-not-allowed' } })
  expect(server.connections).toBe(0)
})

test('N-02 what is not public is not called, whatever the port', async () => {
  const server = await serveHttps(jsonAnswer({}))
  expect(await post(server.origin, { allowNetworks: [] })).toMatchObject({ error: { code: 'address-not-allowed' } })
  expect(await post(`https://127.0.0.1:${server.port}/`)).toMatchObject({ error: { code: 'address-not-allowed' } })
  expect(server.connections).toBe(0)
})

test.each([
  ...['http://localhost/x', 'https://user:word@localhost/x', 'no url', 'ftp://localhost/'],
  ...['https://user@localhost/x', 'https://:word@localhost/x'],
])('only https, and no login in the address: %s', async (url) => {
  const result = await post(url)
  expect(result).toMatchObject({ error: { kind: 'net', code: 'address-not-allowed' } })
  expect(JSON.stringify(result)).not.toContain('word')
})

test.each([
  ...[
    'https://169.254.169.254/latest/meta-data/',
    'https://168.63.129.16/',
    'https://[fd00:ec2::254]/',
    'https://0.0.0.0/',
  ],
  ...['https://[::1]/', 'https://[::ffff:169.254.169.254]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://2852039166/'],
  ...['https://0xa9fea9fe/', 'https://0251.0376.0251.0376/', 'https://metadata.google.internal/'],
])('N-02 N-04 a webhook at %s reaches no service of the machine, in whatever spelling', async (url) => {
  const answer = await post(url, { allowNetworks: [] })
  expect(answer).toMatchObject({
    ok: false,
    error: { kind: 'net', code: 'address-not-allowed' },
  })
})

test('N-07 a redirect of any kind is an error, and its target inside gets neither a connection nor the message', async () => {
  const inside = await serveHttps(jsonAnswer({}))
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await serveHttps(jsonAnswer({}, status, { Location: `${inside.origin}/latest/meta-data/` }))
    expect(await post(server.origin)).toMatchObject({ error: { kind: 'bad-reply', problem: 'redirect', status } })
  }
  expect(inside.connections).toBe(0)
})

test('N-09 a receiver whose certificate is not trusted gets nothing', async () => {
  const stranger = await untilTestEnds(startHttps(await authority.certify({ selfSigned: true }), () => jsonAnswer({})))
  expect(await post(stranger.origin)).toMatchObject({ error: { code: 'certificate-untrusted' } })
  expect(stranger.requests).toEqual([])
})

test('N-13 only the start of a flood is read', async () => {
  let written = 0
  const server = await serveHttps((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n')
    const more = () => {
      while (!socket.destroyed && written < 80 * 1024 * 1024) {
        written += 65536
        if (!socket.write(Buffer.alloc(65536, 97))) return void socket.once('drain', more)
      }
    }
    more()
  })
  const result = await post(server.origin)
  expect(result).toMatchObject({ ok: true, value: { status: 200 } })
  if (result.ok) expect(result.value.text.length).toBeLessThanOrEqual(512)
  expect(written).toBeLessThan(16 * 1024 * 1024)
})

test('a receiver that says nothing is left at the limit', async () => {
  const server = await serveHttps(() => {})
  const limits = { headersMs: 100, totalMs: 200 }
  expect(await post(server.origin, { limits })).toMatchObject({ error: { code: 'deadline-passed' } })
})

test.each([
  ['does not end', () => {}],
  ['breaks off', (socket: Socket) => socket.destroy()],
  ['has a chunk without a size', (socket: Socket) => socket.write('x\r\n')],
])('the status decides, also when the answer’s text %s, so that nothing is posted twice', async (_, then) => {
  const server = await serveHttps((socket) => {
    const part = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'
    socket.write(part, () => setImmediate(then, socket))
  })
  const limits = { headersMs: 200, totalMs: 400 }
  expect(await post(server.origin, { limits })).toMatchObject({ ok: true, value: { status: 200 } })
})

test('S-14 a receiver that quotes its own address does not bring it into a text', async () => {
  const secret = 'cGF0aC1vZi1hLXdlYmhvb2s'
  const server = await serveHttps(
    jsonAnswer({ error: `unknown /hooks/short1/short2/${secret}?sig=sig12345 for sig12345 or key-only-15char` }, 404),
  )
  const result = await post(`${server.origin}/hooks/short1/short2/${secret}?sig=sig12345&key-only-15char`)
  expect(JSON.stringify(result)).toContain('[secret]')
  for (const part of [secret, 'short1', 'sig12345', 'key-only-15char'])
    expect(JSON.stringify(result)).not.toContain(part)
})
