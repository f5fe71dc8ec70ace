import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORIGIN_HEADER, requestRefusal } from '@/lib/access/request-proof'
import { PEER_HEADER, watchPeerAddresses } from './peer-address'

const server = createServer((asked, response) => {
  response
    .setHeader('x-url', asked.url ?? '')
    .setHeader('x-method', asked.method ?? '')
    .end(JSON.stringify(asked.headers))
})
let own = ''
beforeAll(async () => {
  watchPeerAddresses()
  watchPeerAddresses()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function seen(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  return (await fetch(own, { method: 'POST', headers: { ...form, ...headers } })).json()
}

test("A-04 the socket's address reaches the request, whatever the client writes into that header", async () => {
  expect((await seen({ [PEER_HEADER]: '198.51.100.66' }))[PEER_HEADER]).toBe('127.0.0.1')
})

test.each(['https://attacker.example', 'null', 'garbage'])(
  'W-04 Origin %s reaches our gate, not the framework’s',
  async (origin) => {
    const headers = await seen({ origin, [ORIGIN_HEADER]: own })
    expect([headers.origin, headers[ORIGIN_HEADER]]).toEqual([own, origin])
    expect(requestRefusal(new Headers(headers as Record<string, string>), own)).toBe('origin-foreign')
  },
)

test('W-04 our own Origin stays, and a request without one gains none by writing our header', async () => {
  expect(await seen({ origin: own })).toMatchObject({ origin: own, [ORIGIN_HEADER]: own })
  const forged = await seen({ [ORIGIN_HEADER]: own })
  expect(forged[ORIGIN_HEADER]).toBe('')
  expect(requestRefusal(new Headers(forged as Record<string, string>), own)).toBe('origin-missing')
})

test('W-10 the host in the request line is the one that counts, and its path is a path', async () => {
  const { port } = server.address() as AddressInfo
  const target = 'http://attacker.example/sign-in?x=1'
  const asked = request({ host: '127.0.0.1', port, path: target, headers: { host: '127.0.0.1' } }).end()
  const [answer] = await once(asked, 'response')
  expect(await text(answer)).toContain('"host":"attacker.example"')
  expect(answer.headers['x-url']).toBe('/sign-in?x=1')
})

test('W-15 a TRACE becomes what our gate can refuse', async () => {
  const { port } = server.address() as AddressInfo
  const [answer] = await once(request({ host: '127.0.0.1', port, method: 'TRACE' }).end(), 'response')
  answer.resume()
  expect(answer.headers['x-method']).toBe('OPTIONS')
})
