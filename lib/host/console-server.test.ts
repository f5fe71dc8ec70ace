import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import { uncaught } from '../../tests/support/uncaught'
import { recogniseSessions } from '../access/incoming-requests'
import { type GuardedServer, guardServer } from './console-server'

const sockets: Socket[] = []
let server: Server
afterEach(() => {
  vi.useRealTimers()
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

/** As the framework makes its server: it listens for upgrades and leaves them alone. */
async function started(answer: RequestListener, onFull?: () => void): Promise<GuardedServer> {
  server = createServer(answer)
  server.on('upgrade', () => {})
  const guarded = guardServer(server, { graceMs: 300, heldMs: 60_000, onFull })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return guarded
}

async function open(sent: string): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {}) // a reset is one way of being disconnected
  await once(socket, 'connect')
  socket.write(sent)
  return socket
}
const openConnections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))

const UPGRADE = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
const PLAIN = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('W-14 a web socket is refused, and any other upgrade is answered like an ordinary request', async () => {
  await started((request, response) => response.end(`${request.method} ${request.url}`))
  const said = async (sent: string) => String((await once(await open(sent), 'data'))[0])
  expect(await said(UPGRADE)).toMatch(/^HTTP\/1\.1 400 /)
  expect(await said(UPGRADE.replace('websocket', 'h2c'))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*GET \/nowhere/)
})

test('W-14 a request that expects what is not known is answered like any other', async () => {
  await started((request, response) => response.end(`${request.method} ${request.url}`))
  const socket = await open(PLAIN.replace('\r\n\r\n', '\r\nExpect: 200-ok\r\n\r\n'))
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*GET \//)
})

test('W-14 a client that asks before it sends may send, unless it announces more than anything may have', async () => {
  await started((_, response) => response.writeHead(413).end())
  const said = async (bytes: number) => {
    const socket = await open(`POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`)
    return String((await once(socket, 'data'))[0])
  }
  expect(await said(26 * 1024 ** 2)).toMatch(/^HTTP\/1\.1 100 /)
  expect(await said(33 * 1024 ** 2)).toMatch(/^HTTP\/1\.1 413 /)
})

test('A-11 a header that a proxy adds counts behind thousands of others, instead of being left out', async () => {
  await started((request, response) => response.end(request.headers['x-forwarded-for']))
  const socket = await open(
    PLAIN.replace('\r\n\r\n', `\r\n${'a:\r\n'.repeat(3_000)}X-Forwarded-For: 192.0.2.7\r\n\r\n`),
  )
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*192\.0\.2\.7/)
})

test('W-14 no socket is left of a thousand requests to upgrade whose clients have gone', async () => {
  await started((_, response) => response.end('x'))
  for (let round = 0; round < 20; round++) {
    const opened = await Promise.all(Array.from({ length: 50 }, () => open(UPGRADE)))
    for (const socket of opened) socket.destroy()
  }
  await expect.poll(openConnections).toBe(0)
})

test('W-14 one address may hold 500 connections, one more is reported to the host, and another address is still answered', async () => {
  const onFull = vi.fn()
  await started((_, response) => response.end('x'), onFull)
  const idle = await Promise.all(Array.from({ length: 500 }, () => open('')))
  expect(onFull).not.toHaveBeenCalled()
  const beyond = await open(PLAIN)
  expect(await text(beyond).catch(() => '')).toBe('')
  expect(onFull).toHaveBeenCalledOnce()
  expect(idle.filter(({ closed }) => closed)).toEqual([])

  const { port } = server.address() as AddressInfo
  const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  sockets.push(other)
  other.write(PLAIN)
  expect(String((await once(other, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)

  for (const socket of idle) socket.destroy()
  await expect.poll(openConnections).toBe(1)
  expect(String((await once(await open(PLAIN), 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
})

test('W-14 few of thousands of requests in one piece are begun, and their connection is closed', async () => {
  const begun = vi.fn()
  await started(begun)
  for (const requests of [3_000, 21]) {
    const socket = await open(PLAIN.repeat(requests))
    await new Promise((resolve) => socket.resume().once('close', resolve))
  }
  expect(begun.mock.calls.length).toBeLessThanOrEqual(20)
})

test('W-14 while hundreds of requests of one address keep the console busy, those of another and of the host are answered', async () => {
  const answered: string[] = []
  await started(({ url = '' }, response) => {
    for (const until = performance.now() + 2; performance.now() < until; );
    answered.push(url)
    response.end('x')
  })
  const busy = await Promise.all(Array.from({ length: 300 }, () => open('')))
  for (const socket of busy) socket.write(PLAIN.replace('/', '/health/live-not'))
  const { port } = server.address() as AddressInfo
  const [other, host] = ['127.0.0.2', '127.0.0.1'].map((localAddress) =>
    connect({ port, host: '127.0.0.1', localAddress }),
  ) as [Socket, Socket]
  sockets.push(other, host)
  other.write(PLAIN.replace('/', '/other'))
  host.write(PLAIN.replace('/', '/health/live'))
  await Promise.all([once(other, 'data'), once(host, 'data')])
  expect(answered.length).toBeLessThan(200)
  expect(answered).toEqual(expect.arrayContaining(['/other', '/health/live']))
})

/** A server whose requests are answered when the test says so, and the addresses of those that have begun. */
async function held(): Promise<{ begun: string[]; answer: (address: string) => void }> {
  const begun: string[] = []
  const open = new Map<string, ServerResponse>()
  await started((request, response) => {
    const address = request.url ?? ''
    request.resume().once('end', () => begun.push(address))
    open.set(address, response)
  })
  return { begun, answer: (address) => open.get(address)?.end('x') }
}

const signedIn = (address: string): string =>
  PLAIN.replace('/ ', `${address} `).replace('Host: x', 'Host: x\r\nCookie: own')

test('W-14 eight requests are in work at a time, further ones begin as those are answered or their clients go, and what machines ask does not wait', async () => {
  recogniseSessions((headers) => headers.get('cookie') || null)
  const { begun, answer } = await held()
  const clients: Socket[] = []
  for (let each = 1; each <= 10; each++) clients.push(await open(signedIn(`/${each}`)))
  await vi.waitUntil(() => begun.length === 8)
  await open(PLAIN.replace('/', '/health/ready'))
  await open(PLAIN.replace('/', '/metrics'))
  await vi.waitUntil(() => begun.includes('/health/ready') && begun.includes('/metrics'))
  expect(begun).toHaveLength(10)
  answer('/1')
  await vi.waitUntil(() => begun.includes('/9'))
  expect(begun).not.toContain('/10')
  clients[1]?.destroy()
  await vi.waitUntil(() => begun.includes('/10'))
})

test('W-14 three strangers are in work at a time, and those who are signed in and the API wait for none of them', async () => {
  recogniseSessions((headers) => headers.get('cookie') || null)
  const { begun, answer } = await held()
  for (let each = 1; each <= 20; each++) await open(PLAIN.replace('/', `/${each}`))
  const last = await open(PLAIN.replace('/ ', '/none ').replace('Host: x', 'Host: x\r\nUpgrade: websocket'))
  await once(last, 'data') // all before it have come
  await open(PLAIN.replace('/ ', '/api/v1/x ').replace('Host', 'Host: x\r\nX'))
  await open(signedIn('/signed-in'))
  await vi.waitUntil(() => begun.includes('/api/v1/x') && begun.includes('/signed-in'))
  expect(begun).toHaveLength(5)
  answer('/1')
  await vi.waitUntil(() => begun.length === 6)
})

test('W-14 clients that send slowly take no place, and their requests go to work in turns when they are complete', async () => {
  const { begun, answer } = await held()
  const slow = (each: number) => open(`POST /${each} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx`)
  const posts = await Promise.all(Array.from({ length: 10 }, (_, each) => slow(each)))
  await open(PLAIN.replace('/', '/normal'))
  await vi.waitUntil(() => begun.includes('/normal'))
  for (const post of posts) post.write('x')
  await vi.waitUntil(() => begun.length === 3)
  const after = await open(PLAIN.replace('/ ', '/none ').replace('Host: x', 'Host: x\r\nUpgrade: websocket'))
  await once(after, 'data') // everything before it has come
  expect(begun).toHaveLength(3)
  answer('/normal')
  await vi.waitUntil(() => begun.length === 4)
})

test('W-14 a request of 10 kB a second is awaited, and one that comes more slowly is ended with 408', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const received: Record<string, number> = { '/fast': 0, '/slow': 0 }
  await started((request, response) => {
    const url = request.url ?? ''
    request.on('data', ({ length }) => (received[url] = (received[url] ?? 0) + length))
    request.on('end', () => response.end('whole'))
  })
  const post = (url: string) => open(`POST ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 1300000\r\n\r\n`)
  const [fast, slow] = [await post('/fast'), await post('/slow')]
  const [whole, cut] = [text(fast), text(slow)]
  for (const bytes of [650_000, 1_300_000 - 1]) {
    fast.write(Buffer.alloc(bytes - (received['/fast'] ?? 0)))
    slow.write('x')
    await vi.waitUntil(() => received['/fast'] === bytes && received['/slow'] === 1)
    vi.advanceTimersByTime(60_000)
  }
  expect(await cut).toBe('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
  fast.end('x')
  expect(await whole).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*whole/)
})

test('W-14 a client is not taken for a slow one while the console reads nothing of what it sends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const requests: IncomingMessage[] = []
  await started((request, response) => {
    requests.push(request)
    request.on('end', () => response.end('whole'))
  })
  const socket = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1300000\r\n\r\n')
  const whole = text(socket)
  socket.end(Buffer.alloc(1_300_000))
  await vi.waitUntil(() => (requests[0]?.readableLength ?? 0) >= (requests[0]?.readableHighWaterMark ?? Number.NaN))
  for (let spans = 0; spans < 3; spans++) vi.advanceTimersByTime(60_000)
  requests[0]?.resume()
  expect(await whole).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*whole/)
})

test('W-14 a client that has its answer but still sends its request slowly is disconnected too', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  await started((_, response) => response.writeHead(401).end())
  const socket = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1300000\r\n\r\nx')
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 401 /)
  socket.write('x')
  vi.advanceTimersByTime(60_000)
  await vi.waitUntil(() => socket.closed)
})

test('W-14 a request of which only a part was read leaves its place, and further ones are answered', async () => {
  await started(async (request, response) => {
    for await (const _ of request) break
    response.end('x')
  })
  const socket = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1')
  await once(socket, 'data')
  socket.write(`2${PLAIN}`)
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
})

test('W-14 each of many requests whose work throws is answered with 500, and those after them are answered', async () => {
  const thrown = uncaught()
  await started(({ url }, response) => {
    if (url === '/bug') throw new Error('a bug')
    response.end('x')
  })
  for (let each = 1; each <= 4; each++)
    expect(await text(await open(PLAIN.replace('/', '/bug')))).toMatch(/^HTTP\/1\.1 500/)
  expect(String((await once(await open(PLAIN), 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
  expect(thrown).toEqual(Array.from({ length: 4 }, () => new Error('a bug')))
})

test('W-14 a request whose check fails leaves its place, and those after it are answered', async () => {
  const thrown = uncaught()
  const begun: string[] = []
  await started(({ url = '' }, response) => {
    begun.push(url)
    if (url === '/1') Object.defineProperty(response, 'writableEnded', { get: () => expect.fail('a bug') })
  })
  for (let each = 1; each <= 4; each++) await open(PLAIN.replace('/', `/${each}`))
  await vi.waitUntil(() => begun.length === 4)
  expect(thrown).toHaveLength(1)
})

test('R-11 the host is not told that the console lives while what people ask does not come to work', async () => {
  recogniseSessions((headers) => headers.get('cookie') || null)
  const { begun, answer } = await held()
  for (let each = 1; each <= 8; each++) await open(signedIn(`/${each}`))
  await vi.waitUntil(() => begun.length === 8)
  await open(PLAIN.replace('/', '/health/live'))
  await open(PLAIN.replace('/', '/health/ready'))
  await vi.waitUntil(() => begun.includes('/health/ready'))
  expect(begun).not.toContain('/health/live')
  answer('/1')
  await vi.waitUntil(() => begun.includes('/health/live'))
})

test.each([
  ['that is silent', ''],
  ['with half a request', 'GET / HTTP/1.1\r\nX-Half: '],
  ['with a body that never comes', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx'],
  ['that asked for an upgrade', UPGRADE],
  ['that does not read its answer', PLAIN.repeat(50)],
])('R-11 a connection %s does not delay a stop', async (_, sent) => {
  const large = Buffer.alloc(8 * 1024 * 1024)
  const { stop } = await started((request, response) => {
    request.resume()
    request.on('end', () => response.end(large))
  })
  const socket = await open('')
  socket.pause()
  socket.write(sent)
  await vi.waitUntil(async () => (await openConnections()) === 1)
  const began = performance.now()
  await stop()
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('R-11 an answer that the console is still working on is finished before the stop ends, and no new request is taken', async () => {
  let finish: () => void = () => {}
  const { stop } = await started((_, response) => {
    response.write('half ')
    finish = () => response.end('whole')
  })
  const socket = await open(PLAIN)
  await once(socket, 'data')
  const rest = text(socket)
  const slow = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx')
  await vi.waitUntil(async () => (await openConnections()) === 2)
  const disconnected = new Promise((resolve) => slow.once('close', resolve))
  slow.resume()
  let hasStopped = false
  const stopping = stop().then(() => {
    hasStopped = true
  })
  await disconnected // the time that clients have is over
  expect(hasStopped).toBe(false)
  const late = connect((server.address() as AddressInfo | null)?.port ?? 1, '127.0.0.1')
  expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' })
  finish()
  await stopping
  expect(await rest).toContain('whole')
})
