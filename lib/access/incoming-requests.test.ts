import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { uncaught } from '../../tests/support/uncaught'
import { guardServer } from '../host/console-server'
import { FAILURE_HEADER } from './failure-mark'
import {
  answerFailure,
  type Failure,
  PEER_HEADER,
  PLAIN_HEADER,
  recogniseSessions,
  setStatus,
  watchRequests,
} from './incoming-requests'
import {
  BUSY,
  BYTES_MAX_HEADER,
  excessIn,
  FORM_BYTES_MAX,
  ORIGIN_HEADER,
  PATH_HEADER,
  REPORT_BYTES_MAX,
  requestRefusal,
} from './request-refusal'
import { BARE_POLICY, SECURITY_HEADERS } from './security-headers'

const server = createServer(async (request, response) => {
  let bytes = 0
  request.on('error', () => {}) // the client was disconnected
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await new Promise((resolve) => request.once('end', resolve).once('close', resolve))
  response
    .setHeader('x-url', request.url ?? '')
    .setHeader('x-method', request.method ?? '')
    .setHeader('x-bytes', bytes)
    .end(JSON.stringify(request.headers))
})
let own = ''
beforeAll(async () => {
  watchRequests()
  watchRequests()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function forwardedHeaders(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  return (await fetch(own, { method: 'POST', headers: { ...form, ...headers } })).json()
}

test("A-04 the socket's address reaches the request, whatever the client writes into that header", async () => {
  expect((await forwardedHeaders({ [PEER_HEADER]: '198.51.100.66' }))[PEER_HEADER]).toBe('127.0.0.1')
})

test('A-04 a request that cannot be prepared goes no further, with what its client wrote into that header', async () => {
  const thrown = uncaught()
  recogniseSessions(() => expect.fail('a bug'))
  const headers = { [PEER_HEADER]: '198.51.100.66', 'content-type': 'multipart/form-data' }
  const answer = await fetch(`${own}/clients/basic-authentication`, { method: 'POST', headers }).catch(() => null)
  recogniseSessions(() => null)
  expect([answer, thrown.length]).toEqual([null, 1])
})

test('W-03 a request that has a field twice counts as one without it, and one with two hosts is malformed', async () => {
  const lines = ['authorization: Bearer a', 'content-type: application/json', 'host: console.contoso.example']
  const answerTo = (line: string, address = '/') => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.end([`GET ${address} HTTP/1.1`, ...lines, line, 'Connection: close', '', ''].join('\r\n'))
    return text(socket)
  }
  expect(await answerTo('x-other: 1')).toMatch(/"authorization":"Bearer a","content-type":"application\/json"/)
  expect(await answerTo('Authorization: Bearer b')).toMatch(/^HTTP\/1.1 200 (?!.*"authorization").*"content-type"/s)
  expect(await answerTo('Content-Type: text/plain')).toMatch(/^HTTP\/1.1 200 (?!.*"content-type").*"authorization"/s)
  for (const address of ['/', 'http://console.contoso.example/'])
    expect(await answerTo('HOST: attacker.example', address), address).toMatch(/^HTTP\/1.1 400 /)
})

test.each(['https://attacker.example', 'null', 'garbage'])(
  'W-04 Origin %s reaches our gate, not the framework’s',
  async (origin) => {
    const headers = await forwardedHeaders({ origin, [ORIGIN_HEADER]: own })
    expect([headers.origin, headers[ORIGIN_HEADER]]).toEqual([own, origin])
    expect(requestRefusal(new Headers(headers as Record<string, string>), own)).toBe('origin-foreign')
  },
)

test('W-04 our own Origin stays, and a request without one gains none by writing our header', async () => {
  expect(await forwardedHeaders({ origin: own })).toMatchObject({ origin: own, [ORIGIN_HEADER]: own })
  const forged = await forwardedHeaders({ [ORIGIN_HEADER]: own })
  expect(forged[ORIGIN_HEADER]).toBe('')
  expect(requestRefusal(new Headers(forged as Record<string, string>), own)).toBe('origin-missing')
})

test('W-10 the host in the request line is the one that counts, and its path is a path', async () => {
  const { port } = server.address() as AddressInfo
  const target = 'http://attacker.example/sign-in?x=1'
  const outgoing = request({ host: '127.0.0.1', port, path: target, headers: { host: '127.0.0.1' } }).end()
  const [answer] = await once(outgoing, 'response')
  expect(await text(answer)).toContain('"host":"attacker.example"')
  expect(answer.headers['x-url']).toBe('/sign-in?x=1')
})

test('W-14 nothing remains of clients that send requests ahead and leave', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const socket = connect((silent.address() as AddressInfo).port, '127.0.0.1')
  const ids: string[] = []
  const all = new Promise<void>((resolve) => {
    silent.on('request', ({ headers }) => {
      if (ids.push(String(headers['x-postroom-request'])) === 10) resolve()
    })
  })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10))
  await all
  const watched = (globalThis as unknown as Record<symbol, Map<string, unknown>>)[
    Symbol.for('postroom.incoming-requests')
  ]
  const left = () => ids.filter((id) => watched?.has(id)).length
  expect(left()).toBe(10)
  socket.destroy()
  await expect.poll(left).toBe(0)
  silent.close()
})

test('W-10 what the console asks itself for a form has the form’s client and host, which no one else can claim', async () => {
  const { port } = server.address() as AddressInfo
  const ask = async (headers: IncomingHttpHeaders): Promise<IncomingHttpHeaders> => {
    const [answer] = await once(
      request({ port, host: '127.0.0.1', localAddress: '127.0.0.2', path: '/?locale=de', headers }).end(),
      'response',
    )
    return JSON.parse(await text(answer))
  }
  const asFramework = ({ host: _, connection: __, ...forwarded }: IncomingHttpHeaders) => ask(forwarded)
  const redirecting = createServer(async (request, response) => {
    response.end(JSON.stringify([request.headers, await asFramework(request.headers)]))
  }).listen(0, '127.0.0.1')
  await once(redirecting, 'listening')
  const address = { port: (redirecting.address() as AddressInfo).port, host: '127.0.0.1' }
  vi.stubEnv('POSTROOM_BASE_URL', 'http://post.contoso.example')
  const path = '/activity?theme=dark'
  const [answer] = await once(
    request({ ...address, path, headers: { host: 'post.contoso.example' } }).end(),
    'response',
  )
  const [form, page] = JSON.parse(await text(answer))
  vi.unstubAllEnvs()
  expect(form).not.toHaveProperty(PLAIN_HEADER)
  expect(page).toMatchObject({ host: 'post.contoso.example', [PEER_HEADER]: '127.0.0.1', [PLAIN_HEADER]: '1' })

  for (const known of [form, page, { ...form, 'x-postroom-request': '1' }])
    expect(await asFramework(known), 'after the answer').toMatchObject({
      host: `127.0.0.1:${port}`,
      [PEER_HEADER]: '127.0.0.2',
    })
  redirecting.close()
})

test('W-14 a form that redirects is answered although forms of its kind have every place', async () => {
  const console = createServer(async (request, response) => {
    const { port } = console.address() as AddressInfo
    const { host: _, connection: __, ...headers } = request.headers
    const isPage = request.url === '/page'
    response.end(
      isPage ? 'page' : await (await fetch(`http://127.0.0.1:${port}/page`, { headers } as RequestInit)).text(),
    )
  })
  guardServer(console, { heldMs: 60_000 })
  console.listen(0, '127.0.0.1')
  await once(console, 'listening')
  const address = `http://127.0.0.1:${(console.address() as AddressInfo).port}/form`
  const forms = Array.from({ length: 20 }, async () => (await fetch(address)).text())
  expect(new Set(await Promise.all(forms))).toEqual(new Set(['page']))
  console.closeAllConnections()
  console.close()
})

test('W-15 OPTIONS of the whole server is about an address that the framework can read', async () => {
  const { port } = server.address() as AddressInfo
  const outgoing = request({ host: '127.0.0.1', port, method: 'OPTIONS', path: '*' }).end()
  const [answer] = await once(outgoing, 'response')
  answer.resume()
  expect(answer.headers['x-url']).toBe('/')
})

test.each(['TRACE', 'PROPFIND'])('W-15 a %s becomes what pages and API refuse', async (method) => {
  const { port } = server.address() as AddressInfo
  const [answer] = await once(request({ host: '127.0.0.1', port, method }).end(), 'response')
  answer.resume()
  expect(answer.headers['x-method']).toBe('PATCH')
})

const post = (body: BodyInit): Promise<Response> =>
  fetch(own, { method: 'POST', body, duplex: 'half' } as RequestInit & { duplex: 'half' })
const bytesOf = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(97)

/** A body whose length is not announced. */
function chunked(length: number): ReadableStream<Uint8Array> {
  let left = length
  return new ReadableStream({
    pull(sink) {
      const size = Math.min(left, 50_000)
      left -= size
      if (size === 0) sink.close()
      else sink.enqueue(bytesOf(size))
    },
  })
}

test.each([
  ['announced', bytesOf],
  ['chunked', chunked],
] as const)(
  'W-14 W-03 of a body that is %s the framework gets at most one byte more than a form may have',
  async (_, body) => {
    for (const [sent, received] of [
      [0, 0],
      [1_000, 1_000],
      [FORM_BYTES_MAX, FORM_BYTES_MAX],
      [FORM_BYTES_MAX + 1, FORM_BYTES_MAX + 1],
      [9 * 1024 * 1024, FORM_BYTES_MAX + 1],
    ] as const)
      expect((await post(body(sent))).headers.get('x-bytes'), `${sent} bytes`).toBe(String(received))
  },
)

test.each([
  ['/api/../sign-in', FORM_BYTES_MAX + 1],
  ['/api/%2e%2e/sign-in', FORM_BYTES_MAX + 1],
  ['http://console.example/api/v1/messages', 1024 ** 2],
])('W-14 the limit of a body sent to %s is that of the address it leads to', async (path, received) => {
  const { port } = server.address() as AddressInfo
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path }).end(bytesOf(1024 ** 2))
  const [answer] = await once(outgoing, 'response')
  answer.resume()
  expect(answer.headers['x-bytes']).toBe(String(received))
})

test('W-14 W-03 four forms at a time may carry a report, two of one session and one without a session, with the limit in a header that no client can set', async () => {
  const report = (path = 'clients/basic-authentication', bytes = REPORT_BYTES_MAX) =>
    fetch(new URL(path, own), {
      method: 'POST',
      body: bytesOf(bytes),
      headers: { 'content-type': 'multipart/form-data; boundary=x', [BYTES_MAX_HEADER]: '9000000', cookie: 'anna' },
    })
  recogniseSessions((each) => each.get('cookie') || null)
  expect((await report()).headers.get('x-bytes')).toBe(String(REPORT_BYTES_MAX))
  const other = await report('clients')
  expect(other.headers.get('x-bytes')).toBe(String(FORM_BYTES_MAX + 1))
  expect(await other.json()).not.toHaveProperty(BYTES_MAX_HEADER)
  const limits: unknown[] = []
  const listeners: number[] = []
  const silent = createServer((request, response) => {
    limits.push(request.resume().headers[BYTES_MAX_HEADER])
    listeners.push(response.listenerCount('close'))
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const headers = 'Host: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1\r\n'
  // The responses to all but the first of those that are sent ahead have no socket yet.
  const hold = async (session: string, count: number, places: number) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    const cookie = session && `Cookie: ${session}\r\n`
    socket.write(`POST /clients/basic-authentication HTTP/1.1\r\n${headers}${cookie}\r\nx`.repeat(count))
    await expect.poll(() => limits.length).toBe(count)
    expect(limits.splice(0).filter((limit) => limit !== BUSY)).toHaveLength(places)
    return socket
  }
  const isBusy = async () => {
    const answer = await report()
    const refusal = excessIn(new Headers((await answer.json()) as Record<string, string>))
    return { bytes: Number(answer.headers.get('x-bytes')), refusal }
  }
  const FREE = { bytes: REPORT_BYTES_MAX, refusal: 'report-too-large' }
  const FULL = { bytes: FORM_BYTES_MAX + 1, refusal: 'busy' }
  // Twice, since all must be free again after the first time.
  for (const _ of [1, 2]) {
    const strangers = await hold('', 9, 1)
    const mine = await hold('anna', 9, 2)
    expect(await isBusy()).toEqual(FULL)
    mine.resetAndDestroy()
    await expect.poll(isBusy).toEqual(FREE)
    const [one, other] = [await hold('bert', 9, 2), await hold('carl', 9, 1)]
    expect(await isBusy()).toEqual(FULL)
    for (const each of [strangers, one, other]) each.resetAndDestroy()
    await expect.poll(isBusy).toEqual(FREE)
  }
  // With those of Next.js a second one would be the eleventh, of which Node warns.
  expect(Math.max(...listeners)).toBe(1)
  silent.close()
})

test.each(['/sign-in', '/api/v1/messages'])(
  'W-14 a client that keeps no connection alive, as Python’s urllib, gets the answer of %s although it reads only after it has sent all',
  async (path) => {
    const refusing = createServer((_, response) => response.writeHead(401).end('no')).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const socket = connect((refusing.address() as AddressInfo).port, '127.0.0.1')
    const send = (part: string | Uint8Array) => new Promise((sent) => socket.write(part, sent))
    await send(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${30 * 1024 ** 2}\r\n\r\n`)
    for (let mib = 0; mib < 30; mib++) await send(bytesOf(1024 ** 2))
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401[\s\S]*no/)
    refusing.close()
  },
)

test('W-14 a client that sends without end is disconnected, before its answer and after it', async () => {
  await expect(post(chunked(200 * 1024 * 1024))).rejects.toThrow()
  const refusing = createServer(async (incoming, response) => {
    for await (const _ of incoming) break
    response.writeHead(413).end()
  }).listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  const socket = connect((refusing.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  socket.resume().write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n')
  let mib = 0
  for (const part = bytesOf(1024 ** 2); !socket.destroyed && mib < 200; mib++)
    await new Promise((sent) => socket.write(part, sent))
  expect(mib).toBeLessThan(100)
  refusing.close()
})

test.each(['/sign-in', '/api/v1/messages'])(
  'W-14 a body in chunks of one byte, sent to %s, is passed on whole and in few pieces',
  async (path) => {
    const pieces: Buffer[] = []
    const reading = createServer(async (incoming, response) => {
      for await (const piece of incoming) pieces.push(piece)
      response.end()
    }).listen(0, '127.0.0.1')
    await once(reading, 'listening')
    const socket = connect((reading.address() as AddressInfo).port, '127.0.0.1')
    const bytes = Array.from({ length: 100_000 }, (_, at) => String(at % 10))
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`)
    socket.write(`${bytes.map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`)
    expect(await text(socket)).toContain('HTTP/1.1 200')
    expect(Buffer.concat(pieces).toString()).toBe(bytes.join(''))
    expect(pieces.length).toBeLessThan(10)
    reading.close()
  },
)

test.each([
  ['at its first bytes', '/', 'data', 1024 ** 2],
  // The connection is paused when the limit is passed.
  ['late, above the limit of the API,', '/api/v1/messages', 'pause', 25 * 1024 ** 2 + 1],
])(
  'W-14 a client whose body is answered %s gets the answer although it reads only after it has sent all, and the framework gets no more',
  async (_, path, moment, bytesMax) => {
    let bytes = 0
    const refusing = createServer((incoming, response) => {
      if (incoming.method === 'GET') return response.end('still here')
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      const source = moment === 'data' ? incoming : incoming.socket
      source.once(moment, () => response.writeHead(413).end())
    }).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const socket = connect((refusing.address() as AddressInfo).port, '127.0.0.1')
    const send = (part: string | Uint8Array) => new Promise((sent) => socket.write(part, sent))
    await send(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
    for (let mib = 0; mib < 40; mib++) {
      await send('100000\r\n')
      await send(bytesOf(1024 ** 2))
      await send('\r\n')
    }
    await send('0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const answers = await text(socket)
    expect(answers.match(/HTTP\/1.1 \d+|still here/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200', 'still here'])
    expect(bytes).toBeLessThanOrEqual(bytesMax)
    refusing.close()
  },
)

test('W-15 the address of the framework’s error page, which it answers with 500, becomes one without a page', async () => {
  const { port } = server.address() as AddressInfo
  for (const path of ['/_global-error?x=1', '/x/../_global-error']) {
    const [answer] = await once(request({ host: '127.0.0.1', port, path }).end(), 'response')
    expect(answer.headers['x-url'], path).toMatch(/^\/_not-found(\?x=1)?$/)
    answer.resume()
  }
})

test('W-15 a path that does not decode becomes one that the framework can answer', async () => {
  const { port } = server.address() as AddressInfo
  for (const [sent, received] of [
    ['/credentials/%E0%A4%A', '/credentials/%25E0%25A4%25A'],
    ['/%?a=%', '/%25?a=%'],
    ['/a%20b?x=%E0%A4%A', '/a%20b?x=%E0%A4%A'],
  ]) {
    const [answer] = await once(request({ host: '127.0.0.1', port, path: sent }).end(), 'response')
    answer.resume()
    expect(answer.headers['x-url']).toBe(received)
  }
})

test.each([
  ['as its script writes it', '["",{"children":["sign-in",{}]},null,"refetch"]', true],
  ['no JSON', 'garbage', false],
  ['not decodable', '%', false],
  ['of another shape', '["",{"children":5}]', false],
  ['sent twice', '["",{}], ["",{}]', false],
])('W-15 a router state reaches the framework only if it can read it: %s', async (_, state, isReadable) => {
  const name = 'next-router-state-tree'
  expect((await forwardedHeaders({ [name]: state }))[name]).toBe(isReadable ? state : undefined)
})

test('W-07 an answer has the security headers although no handler set them, and a content policy that allows nothing', async () => {
  const { headers } = await fetch(own)
  for (const [name, value] of SECURITY_HEADERS) expect(headers.get(name), name).toBe(value)
  expect(SECURITY_HEADERS.map(([name]) => name).sort()).toEqual([
    'Cross-Origin-Opener-Policy',
    'Cross-Origin-Resource-Policy',
    'Permissions-Policy',
    'Referrer-Policy',
    'Strict-Transport-Security',
    'X-Content-Type-Options',
    'X-Frame-Options',
  ])
  expect(headers.get('strict-transport-security')).toContain('max-age=31536000')
  expect((await fetch(`${own}/api/v1/messages`)).headers.get('content-security-policy')).toBe(BARE_POLICY)
})

describe('W-06 the content policy of a page', () => {
  test('has a different nonce of 128 bits in each of 100 answers', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${own}/mail-server`)))
    const policies = answers.map(({ headers }) => headers.get('content-security-policy') ?? '')
    const nonces = policies.map((policy) => /'nonce-([^']+)'/.exec(policy)?.[1] ?? '')
    expect(new Set(nonces).size).toBe(100)
    expect(nonces.every((nonce) => Buffer.from(nonce, 'base64').length === 16)).toBe(true)
  })

  test('is ours whatever the request brought, to the page too', async () => {
    const answer = await fetch(`${own}/mail-server`, {
      headers: {
        'content-security-policy': `script-src 'nonce-"><x'`,
        'content-security-policy-report-only': 'default-src *',
      },
    })
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=]{24}' 'strict-dynamic';/)
    const forwarded = await answer.json()
    expect(forwarded['content-security-policy']).toBe(policy)
    expect(forwarded).not.toHaveProperty('content-security-policy-report-only')
  })
})

describe('a request of which proxy.ts has nothing to ask', () => {
  const sent = async (path: string, init: RequestInit = {}): Promise<IncomingHttpHeaders> =>
    (await fetch(own + path, init)).json()
  const isPlain = async (path: string, init?: RequestInit) => PLAIN_HEADER in (await sent(path, init))
  beforeAll(() => vi.stubEnv('POSTROOM_BASE_URL', own))
  afterAll(() => vi.unstubAllEnvs())

  test('reads a page of ours, or is a probe by address', async () => {
    expect(await isPlain('/mail-server?draft=oauth')).toBe(true)
    vi.stubEnv('POSTROOM_BASE_URL', 'https://post.contoso.example')
    expect(await isPlain('/health/live')).toBe(true)
    expect(await isPlain('/mail-server', { headers: { [PLAIN_HEADER]: '1' } })).toBe(false)
    vi.stubEnv('POSTROOM_BASE_URL', own)
  })

  test.each(['/health/../sign-in', '/health/%2E%2e/sign-in', '/health/x/../../metrics/x'])(
    'W-10 is no probe if it leads elsewhere: %s',
    async (path) => {
      const { port } = server.address() as AddressInfo
      const headers = { host: 'evil.example' }
      const [answer] = await once(request({ host: '127.0.0.1', port, path, headers }).end(), 'response')
      expect(JSON.parse(await text(answer))).not.toHaveProperty(PLAIN_HEADER)
    },
  )

  test('begins a connection test, whose routes check their requests themselves', async () => {
    for (const path of ['/mail-server/test', '/senders/test?a'])
      expect(await isPlain(path, { method: 'POST', headers: { origin: 'null' } })).toBe(true)
    const elsewhere = { 'x-forwarded-host': 'evil.example' }
    expect(await isPlain('/mail-server/test', { method: 'POST', headers: elsewhere })).toBe(false)
  })

  test('is no other post, names no other host and chooses no colours or language', async () => {
    const forged = { [PLAIN_HEADER]: '1' }
    expect(await isPlain('/', { method: 'POST', headers: forged })).toBe(false)
    expect(await isPlain('/', { method: 'DELETE', headers: forged })).toBe(false)
    expect(await isPlain('/mail-server/test/', { method: 'POST', headers: forged })).toBe(false)
    expect(await isPlain('/', { headers: { ...forged, 'x-forwarded-host': 'evil.example' } })).toBe(false)
    for (const query of ['theme=dark', 'a=1&locale=de', 'theme'])
      expect(await isPlain(`/?${query}`, { headers: forged })).toBe(false)
  })

  test('knows its path, without what the framework’s script adds', async () => {
    const path = async (of: string) => (await sent(of, { headers: { [PATH_HEADER]: '//evil.example' } }))[PATH_HEADER]
    expect(await path('/activity?result=failed&_rsc=ab1&page=2')).toBe('/activity?result=failed&page=2')
    expect(await path('/activity?_rsc=ab1')).toBe('/activity')
    expect(await path('/activity?_rsc')).toBe('/activity')
    expect(await path('/activity?page=2')).toBe('/activity?page=2')
  })
})

test('a page sets its status, except for what the framework’s script asks for', async () => {
  const refusing = createServer((request, response) => {
    const headers = new Headers(request.headers as Record<string, string>)
    // The framework removes its own headers before it calls a page.
    for (const name of ['rsc', 'next-action']) delete request.headers[name]
    setStatus(headers, 404)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  const address = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
  const statusWith = async (headers: Record<string, string>) => (await fetch(address, { headers })).status
  expect(await statusWith({})).toBe(404)
  expect(await statusWith({ RSC: '1' })).toBe(200)
  expect(await statusWith({ 'next-action': 'x' })).toBe(200)
  refusing.close()
})

describe('a failed request', () => {
  /** What the framework does with a request that failed, after the failure is reported. */
  async function answered(
    failure: Failure,
    frameworkAnswers: (response: ServerResponse) => void,
    headers: Record<string, string> = {},
    method = 'GET',
  ) {
    const failing = createServer((request, response) => {
      // The layout and the page of one request fail one by one.
      answerFailure(request.headers, failure)
      answerFailure(request.headers, { ...failure, database: null })
      frameworkAnswers(response)
    }).listen(0, '127.0.0.1')
    await once(failing, 'listening')
    const answer = await fetch(`http://127.0.0.1:${(failing.address() as AddressInfo).port}`, { headers, method })
    const body = await answer.text()
    failing.close()
    return {
      status: answer.status,
      body,
      type: answer.headers.get('content-type'),
      retry: answer.headers.get('retry-after'),
      mark: answer.headers.get(FAILURE_HEADER),
    }
  }
  const OURS = { number: '4711', database: null }
  const AWAY = { number: '4711', database: 'away' } as const
  const FULL = { number: '4711', database: 'full' } as const
  const WAYS: [string, (response: ServerResponse) => void][] = [
    ['by its end alone', (response) => response.writeHead(500).end()],
    [
      'as a text',
      (response) => {
        response.statusCode = 500
        response.setHeader('Content-Type', 'text/plain').setHeader('Content-Length', 21).end('Internal Server Error')
      },
    ],
    [
      'in pieces',
      (response) => {
        response.statusCode = 500
        response.write('Internal ')
        response.end('Server Error')
      },
    ],
    [
      'with its headers first',
      (response) => {
        response.statusCode = 500
        response.flushHeaders()
        response.end('Internal Server Error')
      },
    ],
  ]

  test.each(WAYS)('W-15 R-09 gets an answer of our own when the framework answers %s', async (_, answers) => {
    expect(await answered(OURS, answers)).toEqual({
      status: 500,
      body: expect.stringMatching(/^This request failed\. [^\n]* 4711\.\n/),
      type: 'text/plain; charset=utf-8',
      retry: null,
      mark: '4711',
    })
    expect(await answered(AWAY, answers)).toMatchObject({
      status: 503,
      body: expect.stringMatching(/^The database does not answer or is read-only\./),
      retry: '5',
    })
    expect(await answered(FULL, answers)).toMatchObject({
      status: 503,
      body: expect.stringMatching(/^The disk with the files of the database is full\. Free space/),
      retry: '5',
      mark: 'full-4711',
    })
  })

  test.each(WAYS)(
    'W-15 answers a plain form with a page that says how to send it again, when the framework answers %s',
    async (_, answers) => {
      const browser = { accept: 'text/html,*/*;q=0.8', 'accept-language': 'de', cookie: 'theme=dark' }
      const { type, body, status } = await answered(FULL, answers, browser, 'POST')
      expect({ type, status }).toEqual({ type: 'text/html; charset=utf-8', status: 503 })
      expect(body).toMatch(
        /^<!DOCTYPE html><html lang="de">.*content="dark".*<h1>Ein Fehler ist aufgetreten<\/h1>.*ist voll\..*diese Seite neu\./s,
      )
      const unknown = await answered(OURS, answers, { accept: 'text/html' }, 'POST')
      expect(unknown.body).toMatch(/<p role="alert">This request failed\. [^\n]* 4711\.<\/p><\/main>/)
    },
  )

  test('W-15 R-09 keeps the error page, which shows the number itself, and what is no error', async () => {
    const page = (status: number) => (response: ServerResponse) => {
      response.writeHead(status, { 'Content-Type': 'text/html' }).end('<p>4711')
    }
    const early = (response: ServerResponse) => {
      response.statusCode = 500
      response.setHeader('Content-Type', 'text/html').end('<p>4711')
    }
    expect(await answered(OURS, early)).toMatchObject({ status: 500, body: '<p>4711' })
    expect(await answered(AWAY, early)).toMatchObject({ status: 503, body: '<p>4711', retry: '5' })
    expect(await answered(AWAY, page(404))).toMatchObject({ status: 404, body: '<p>4711', retry: null })
  })

  test('W-15 R-09 says what failed on an error page that only scripts fill, which has the language and theme of the reader', async () => {
    const piecemeal = (response: ServerResponse) => {
      response.statusCode = 500
      response.setHeader('Content-Type', 'text/html').flushHeaders()
      response.write(Buffer.from('<!DOCTYPE html>'))
      response.write(Buffer.from('<html><body>'))
      response.end('<script></script></body></html>')
    }
    const { body } = await answered(AWAY, piecemeal)
    expect(body).toMatch(
      /^<!DOCTYPE html><html lang="en" data-unavailable="away"><body><noscript><main lang="en".*The database does not answer or is read-only\.(?!.*Datenbank).*<\/noscript><script>/s,
    )
    expect((await answered(OURS, piecemeal)).body).toContain('4711')
    const html = '<!DOCTYPE html><html><body><script></script></body></html>'
    const atOnce = (response: ServerResponse) => {
      response.statusCode = 500
      response.setHeader('Content-Type', 'text/html').setHeader('Content-Length', html.length).end(html)
    }
    expect(await answered(AWAY, atOnce)).toMatchObject({ status: 503, body })
    const begins = async (headers: Record<string, string>, answers = piecemeal) =>
      /<html[^>]*>/.exec((await answered(OURS, answers, headers)).body)?.[0]
    const german = { 'accept-language': 'en', cookie: 'theme=dark; locale=de' }
    expect(await begins(german)).toBe('<html lang="de" data-theme="dark" style="color-scheme:dark">')
    expect(await begins({ 'accept-language': 'de', cookie: 'theme="><script>; locale=xx' })).toBe('<html lang="de">')
    const own = (response: ServerResponse) => {
      response.statusCode = 500
      response.setHeader('Content-Type', 'text/html').end('<html class="x" lang="en"><body>')
    }
    expect(await begins(german, own)).toBe('<html class="x" lang="en">')
  })
})
