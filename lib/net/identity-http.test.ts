import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { jsonAnswer, listen, type TestServer } from '../../tests/support/servers'
import { ok } from '../kernel'
import { createDialer } from './dialer'
import { createIdentityHttp } from './https'
import type { Resolver } from './resolver'

async function serve(answer: string | ((socket: Socket) => void)): Promise<TestServer> {
  const server = await listen((socket) => {
    socket.once('data', () => (typeof answer === 'string' ? socket.end(answer) : answer(socket)))
  })
  onTestFinished(() => server.close())
  return server
}

const answering = (address: string): Resolver => ({ addresses: async () => ok([address]) })
const get = (endpoint: URL, dialer = createDialer({ allowNetworks: [], allowPorts: [], identityEndpoint: endpoint })) =>
  createIdentityHttp(dialer, endpoint, { headersMs: 200, totalMs: 400 }).get(
    { resource: 'api://x', 'api-version': '1' },
    { Metadata: 'true' },
    AbortSignal.timeout(5000),
  )

test('the platform’s service is asked in clear text, at its own path and nowhere else', async () => {
  const server = await serve(jsonAnswer({ access_token: 'a' }))
  const endpoint = new URL(`http://127.0.0.1:${server.port}/msi/token?fixed=1`)
  expect(await get(endpoint)).toMatchObject({ ok: true, value: { status: 200, body: { access_token: 'a' } } })
  const request = Buffer.concat(server.received).toString()
  expect(request).toMatch(/^GET \/msi\/token\?fixed=1&resource=api%3A%2F%2Fx&api-version=1 HTTP\/1\.1\r\n/)
  expect(request).toMatch(/\r\nmetadata: true\r\n/i)
})

test('N-01 a local address is dialled for that purpose and that endpoint alone', async () => {
  const server = await serve(jsonAnswer({}))
  const other = await serve(jsonAnswer({}))
  const endpoint = new URL(`http://127.0.0.1:${server.port}/msi/token`)
  const dialer = createDialer({ allowNetworks: [], allowPorts: [server.port], identityEndpoint: endpoint })
  const signal = AbortSignal.timeout(1000)
  const target = { host: '127.0.0.1', port: server.port }
  const refused = { ok: false, error: { code: 'address-not-allowed' } }
  expect(await dialer.connect(target, { signal, purpose: 'smtp' })).toMatchObject(refused)
  expect(await dialer.connect(target, { signal, purpose: 'https', extraPorts: [server.port] })).toMatchObject(refused)
  expect(await get(new URL(`http://127.0.0.1:${other.port}/msi/token`), dialer)).toMatchObject(refused)
  expect(await get(endpoint, createDialer({ allowNetworks: [], allowPorts: [] }))).toMatchObject(refused)
  expect(await get(new URL(`https://127.0.0.1:${server.port}/`), dialer)).toMatchObject(refused)
  expect(server.connections + other.connections).toBe(0)
})

test.each(['10.0.0.5', '20.50.1.1', '168.63.129.16', '::ffff:10.0.0.5', 'fd00::1'])(
  'N-01 clear text does not leave the machine: %s is not on it',
  async (address) => {
    const endpoint = new URL('http://identity.contoso.example/msi/token')
    const resolver = answering(address)
    const dialer = createDialer({ allowNetworks: [], allowPorts: [], identityEndpoint: endpoint, resolver })
    expect(await get(endpoint, dialer)).toMatchObject({ error: { code: 'address-not-allowed' } })
  },
)

test('N-07 a redirect is not followed, only JSON is read, and a wait ends', async () => {
  const at = async (answer: string | ((socket: Socket) => void)) =>
    get(new URL(`http://localhost:${(await serve(answer)).port}/`))
  expect(await at(jsonAnswer({}, 302, { Location: 'http://127.0.0.1/' }))).toMatchObject({
    error: { kind: 'bad-reply', problem: 'redirect' },
  })
  expect(await at('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>no</h1>')).toMatchObject({
    error: { problem: 'not-json' },
  })
  expect(await at(() => {})).toMatchObject({ error: { code: 'deadline-passed' } })
  expect(await at(jsonAnswer('x'.repeat(70_000)))).toMatchObject({ error: { problem: 'too-large' } })
})
