import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { builtActions } from '../../e2e/support/build'
import { type Answer, actionBody, ask } from '../../e2e/support/http'
import { consolePidOf } from '../../e2e/support/process'
import { COSTLY_POSTS } from '../../tests/support/costly-posts'
import { SlowServer } from '../../tests/support/slow-server'
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { FORM_BYTES_MAX } from '../access/request-refusal'
import { SECURITY_HEADERS } from '../access/security-headers'
import { projectRoot } from '../db/project-root'
import { freePort } from './embedded-postgres'

/*
 * One console of the production build, started by the real command, against clients that mean it harm and a database that goes
 * away: `npm run build`, then `BUILT=1 npx vitest run console.built`. `SOAK=1` sends as many requests as an attacker would.
 */
const SOAK = Boolean(process.env.SOAK)
const UPGRADES = SOAK ? 20_000 : 500
const LARGE_POSTS = SOAK ? 300 : 60
const REFUSED = SOAK ? 10_000 : 300
/** Posts of 4 MiB to the API at once: twenty would need 485 MB if they were not taken one after another. */
const TAKEN = SOAK ? 50 : 20
/** Longer than a request may wait for the database (`lib/db/time-budget.ts`), so that no answer can come in time. */
const SLOW_MS = 15_000
const METRICS_TOKEN = 'a-token-for-the-metrics-page'

const root = projectRoot()
vi.setConfig({ testTimeout: SOAK ? 300_000 : 60_000 })

let home: string
let postgres: ThrowawayPostgres
/** Between the console and its database, which can be slow, or away without being stopped. */
let link: SlowServer
let host: ChildProcess
let ended: Promise<number | null>
let log = ''
let port: number
let own: string
let form: { origin: string; 'content-type': string }

const WAITS = /Waiting for the database: it does not answer/
const mend = async (at: number): Promise<void> => {
  link = await SlowServer.start(Number(new URL(postgres.url).port), at)
}

beforeAll(async () => {
  if (!existsSync(path.join(root, 'dist/.built'))) throw new Error('there is no build: npm run build')
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-console-'))
  postgres = await startThrowawayPostgres()
  const url = new URL(postgres.url)
  const databasePort = await freePort()
  url.port = String(databasePort)
  port = await freePort()
  own = `http://localhost:${port}`
  form = { origin: own, 'content-type': 'application/x-www-form-urlencoded' }
  host = spawn(process.execPath, [path.join(root, 'bin/postroom'), 'start'], {
    cwd: home, // a developer's own .env in the checkout is not read
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      POSTROOM_DATA_DIR: path.join(home, 'data'),
      POSTROOM_METRICS_TOKEN: METRICS_TOKEN,
      DATABASE_URL: url.href,
    } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [host.stdout, host.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  ended = new Promise((resolve) => host.once('close', resolve))
  await vi.waitUntil(() => WAITS.test(log) || host.exitCode !== null, { timeout: 60_000 })
  await expect(ask(own, '/health/live')).rejects.toThrow()
  await mend(databasePort)
  await vi.waitUntil(() => log.includes('is ready') || host.exitCode !== null, { timeout: 60_000 })
}, 150_000)

afterAll(async () => {
  if (host.exitCode === null) host.kill('SIGTERM')
  await ended
  link.stop()
  await postgres.stop()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}, 60_000)

const consolePid = (): number => consolePidOf(host.pid ?? 0)
const openFiles = (): number => readdirSync(`/proc/${consolePid()}/fd`).length
const memoryMb = (field: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${consolePid()}/status`, 'utf8'))?.[1]) / 1024
/** Lets `VmHWM` begin again (proc(5)), since the tests of this file share the console. */
const forgetPeak = () => writeFileSync(`/proc/${consolePid()}/clear_refs`, '5')

/** Processor time so far. The kernel counts in hundredths of a second. */
function processorMs(): number {
  const stat = readFileSync(`/proc/${consolePid()}/stat`, 'utf8').replace(/^.*\) /s, '')
  const [user, system] = stat.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

/** Bound of the median in milliseconds during an attack: half a second, and up to three times as much where answers are slow without one. */
const promptMs = async (): Promise<number> => {
  const took = await livesDuring(async () => {
    for (const _ of times(5)) await ask(own, '/sign-in')
  })
  return Math.min(1_500, 500 + 10 * median(took))
}

/** Bound of the median in milliseconds with the waits for a processor, which the attack may cause, or other programs. */
const STARVED_MS_MAX = 5_000

/** What an answer of the probe took, and for how much of that the console or the probe waited for a processor. */
interface Delay {
  ms: number
  waitedMs: number
}

/** The answers that the probe got until `work` was over. */
async function livesDuring(work: () => Promise<unknown>): Promise<Delay[]> {
  const script = path.join(root, 'tests/support/probe-process.mjs')
  const probe = spawn(process.execPath, [script, `${own}/health/live`, String(consolePid())], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: probe.stdout })[Symbol.asyncIterator]()
  await lines.next()
  await work().finally(() => probe.stdin.end())
  const { value } = await lines.next()
  const delays: Delay[] = JSON.parse(value)
  expect(middle(delays.map(({ ms }) => ms))).toBeLessThan(STARVED_MS_MAX)
  return delays
}
const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const withoutWaits = ({ ms, waitedMs }: Delay): number => ms - waitedMs
/** Without waits for a processor, but not in a soak, where what the attack itself takes away counts too. */
const median = (delays: readonly Delay[]): number => middle(delays.map(SOAK ? ({ ms }) => ms : withoutWaits))
/** Without waits for a processor: for a single answer, other programs decide how long they are. */
const longest = (delays: readonly Delay[]): number => Math.max(...delays.map(withoutWaits))

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

const sockets: Socket[] = []
async function open(sent: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(sent)
  socket.resume()
  return socket
}
function closeAll(): void {
  for (const socket of sockets.splice(0)) socket.destroy()
}
/** The first line of what the console says to these bytes. */
async function said(sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(sent)
  const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean]
  socket.destroy()
  return Buffer.isBuffer(chunk) ? (String(chunk).split('\r\n')[0] ?? '') : 'closed'
}
const times = (count: number): number[] => [...Array(count).keys()]
const HOST = 'Host: localhost\r\n'
const UPGRADE = `GET /nowhere HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`
const HALF = `GET /nowhere HTTP/1.1\r\n${HOST}X-Half: `
const slowPost = () =>
  `POST /sign-in HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${own}\r\nContent-Type: ${form['content-type']}\r\nContent-Length: 1000\r\n\r\na=`

/** A post whose length is not announced. */
function chunkedPost(bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/sign-in', method: 'POST', agent: false })
    for (const [name, value] of Object.entries({ ...form, host: `localhost:${port}` })) sent.setHeader(name, value)
    sent.once('response', (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.once('error', reject)
    const chunk = Buffer.alloc(64 * 1024, 'a')
    let left = bytes
    const more = () => {
      while (left > 0) {
        left -= chunk.length
        if (!sent.write(chunk)) return sent.once('drain', more)
      }
      return sent.end()
    }
    more()
  })
}

test('S-01 the build of the console has what it runs, and nothing else of the checkout, such as a file .env or a folder of data', () => {
  expect(readdirSync(path.join(projectRoot(), '.next/standalone')).sort()).toEqual([
    ...['.next', 'node_modules', 'package.json', 'server.js'],
  ])
})

test('each script asks the browser to compile it while it arrives, in every form in which it is sent', () => {
  const folder = path.join(root, '.next/standalone/.next/static')
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  const forms = scripts.flatMap((name) => [
    { name, text: readFileSync(path.join(folder, name)) },
    { name: `${name}.br`, text: brotliDecompressSync(readFileSync(path.join(folder, `${name}.br`))) },
    { name: `${name}.gz`, text: gunzipSync(readFileSync(path.join(folder, `${name}.gz`))) },
  ])
  expect(forms.length).toBeGreaterThan(0)
  const without = forms.filter(({ text }) => !String(text).startsWith('//# allFunctionsCalledOnLoad\n'))
  expect(without.map(({ name }) => name)).toEqual([])
})

test.each(COSTLY_POSTS)(
  'W-14 W-03 a post with $name is refused at little cost, before anybody is signed in',
  async ({ type, body, scripted }) => {
    const headers = { origin: own, 'content-type': type, ...(scripted && { 'next-action': `60${'ab'.repeat(20)}` }) }
    await ask(own, '/sign-in', { method: 'POST', headers, body }) // what is compiled on the first use
    const before = processorMs()
    expect((await ask(own, '/sign-in', { method: 'POST', headers, body })).status).toBe(400)
    expect(processorMs() - before).toBeLessThan(300)
  },
)

test(`W-14 ${UPGRADES} requests to upgrade leave no file open, and each web socket is refused`, async () => {
  expect(await said(UPGRADE)).toMatch(/^HTTP\/1\.1 400/)
  const other = UPGRADE.replace('websocket', 'h2c')
  expect(await said(other)).toMatch(/^HTTP\/1\.1 421/)
  expect(await said(other.replace('localhost', `localhost:${port}`))).toMatch(/^HTTP\/1\.1 404/)
  const before = openFiles()
  for (const _ of times(UPGRADES / 50)) {
    await Promise.all(times(50).map(() => open(UPGRADE)))
    closeAll()
  }
  await expect.poll(openFiles, { timeout: 30_000 }).toBeLessThan(before + 20)
})

test(`W-14 ${LARGE_POSTS} posts of 9 MiB at once are each refused as too large, and take little memory`, async () => {
  await chunkedPost(9 * 1024 * 1024)
  const before = memoryMb('VmRSS')
  forgetPeak()
  const answers = await Promise.all(times(LARGE_POSTS).map(() => chunkedPost(9 * 1024 * 1024)))
  expect(answers).toEqual(times(LARGE_POSTS).map(() => 413))
  expect(memoryMb('VmHWM') - before).toBeLessThan(250)
})

test('W-03 a body one byte too long is refused although its first bytes are a good form, announced or chunked', async () => {
  const body = `email=a@contoso.example&password=${'x'.repeat(FORM_BYTES_MAX)}`.slice(0, FORM_BYTES_MAX + 1)
  expect((await ask(own, '/sign-in', { method: 'POST', headers: form, body })).status).toBe(413)
  const chunked = { ...form, 'transfer-encoding': 'chunked' }
  expect((await ask(own, '/sign-in', { method: 'POST', headers: chunked, body })).status).toBe(413)
})

test('W-14 fifty slow posts, fifty large ones, fifty halves of requests and fifty upgrades at once do not delay other requests', async () => {
  const bound = await promptMs()
  await Promise.all(times(50).flatMap(() => [open(slowPost()), open(HALF), open(UPGRADE)]))
  const took: Delay[] = []
  // A machine that refuses all of them at once is asked too rarely to tell.
  while (took.length < 5) {
    took.push(...(await livesDuring(() => Promise.all(times(50).map(() => chunkedPost(5 * 1024 * 1024))))))
  }
  closeAll()
  expect(median(took)).toBeLessThan(bound)
  expect(longest(took)).toBeLessThan(2_500)
})

test(`W-14 fifty slow posts and ${TAKEN} of 4 MiB to the API at once delay no other request, and the large ones are taken one after another`, async () => {
  const key = `prk_${'k'.repeat(43)}`
  const database = new pg.Client({ connectionString: postgres.url })
  await database.connect()
  await database.query(`INSERT INTO "Client" ("id", "way", "kind", "name", "senders", "scopes", "secretHash", "createdBy", "createdAt")
    VALUES (gen_random_uuid(), 'api-key', 'application', 'Billing', '{billing@contoso.example}', '{send}',
      encode(sha256('${key}'), 'hex'), 'test', now())`)
  const head = `POST /api/v1/messages HTTP/1.1\r\n${HOST.replace('localhost', `localhost:${port}`)}Authorization: Bearer ${key}\r\n`
  await Promise.all(times(50).map(() => open(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`)))
  const mail = { to: 'anna@fabrikam.example', subject: 'Large', text: 'x' }
  const file = { filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'A'.repeat(4 * 1024 * 1024) }
  const body = JSON.stringify({ ...mail, attachments: [file] })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  let answers: number[] = []
  const bound = await promptMs()
  forgetPeak()
  const took = await livesDuring(async () => {
    const requests = times(TAKEN).map(() => ask(own, '/api/v1/messages', { method: 'POST', headers, body }))
    answers = (await Promise.all(requests)).map(({ status }) => status)
  })
  closeAll()
  const stored = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM "Message" WHERE subject = 'Large'`,
  )
  await database.end()
  expect(answers.filter((status) => status !== 202 && status !== 503)).toEqual([])
  expect(stored.rows[0]?.count).toBe(answers.filter((status) => status === 202).length)
  expect(median(took)).toBeLessThan(bound)
  expect(longest(took)).toBeLessThan(SOAK ? 500 : 2_500)
  expect(memoryMb('VmHWM')).toBeLessThan(400)
}, 180_000)

test('F-73 what no proxy should pass on is refused, and nothing of it is taken for a second request', async () => {
  const post = `POST /sign-in HTTP/1.1\r\n${HOST}`
  const sent: [string, string, RegExp][] = [
    ['a page behind a probe for another host', `GET /health/../sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n`, /421/],
    ['two hosts', `GET /sign-in HTTP/1.1\r\n${HOST}Host: evil.example\r\n\r\n`, /400|421/],
    ['length and chunks', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /400/],
    ['two lengths', `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, /400/],
    ['an unknown encoding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, /400/],
    ['a chunk without a size', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`, /400|403|421/],
    ['a blank in a name', `GET /sign-in HTTP/1.1\r\nHost : localhost\r\n\r\n`, /400/],
    ['headers of 64 KiB', `GET /sign-in HTTP/1.1\r\n${HOST}X-Long: ${'a'.repeat(64 * 1024)}\r\n\r\n`, /431/],
    ['an address of 64 KiB', `GET /${'a'.repeat(64 * 1024)} HTTP/1.1\r\n${HOST}\r\n`, /431/],
    ['CONNECT', `CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n`, /closed|4\d\d/],
    ['an upgrade in absolute form', UPGRADE.replace('/nowhere', 'http://evil.example/x'), /400/],
  ]
  for (const [what, bytes, status] of sent) expect(await said(bytes), what).toMatch(status)
  const twice = await ask(own, '/sign-in', { headers: { 'x-forwarded-for': 'a, b', forwarded: 'for=c' } })
  expect(twice.status).toBe(200)
})

test('F-73 with three hundred clients that never finish a request, others are served', async () => {
  await Promise.all(times(300).map(() => open(HALF)))
  const took = await livesDuring(async () => {
    for (const _ of times(5)) expect((await ask(own, '/sign-in')).status).toBe(200)
  })
  closeAll()
  expect(median(took)).toBeLessThan(500)
})

test('F-52 without file descriptors new connections are refused, an open one is still answered, and all is well afterwards', async (context) => {
  const limitOpenFiles = (limit: string) =>
    execFileSync('prlimit', ['--pid', String(consolePid()), `--nofile=${limit}`])
  const limits = readFileSync(`/proc/${consolePid()}/limits`, 'utf8')
  const [, soft = '', hard = ''] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits) ?? []
  try {
    limitOpenFiles(`${soft}:${hard}`)
  } catch {
    return context.skip('prlimit is not there')
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const again = () =>
    new Promise<number>((resolve, reject) =>
      request({ host: '127.0.0.1', port, path: '/health/live', agent }, (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
      })
        .once('error', reject)
        .end(),
    )
  expect(await again()).toBe(200)
  const pid = consolePid()
  limitOpenFiles(`${openFiles() + 20}:${hard}`)
  const opened = await Promise.all(times(100).map(() => open(HALF)))
  await vi.waitUntil(() => opened.some(({ closed }) => closed))
  expect(await again()).toBe(200)
  closeAll()
  limitOpenFiles(`${soft}:${hard}`)
  await expect
    .poll(() =>
      ask(own, '/health/ready').then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
  expect(consolePid()).toBe(pid)
  agent.destroy()
})

const hasHeaders = ({ headers }: Answer, what: string): void => {
  for (const [name, value] of SECURITY_HEADERS) expect(headers[name.toLowerCase()], `${name}: ${what}`).toBe(value)
  expect(headers['content-security-policy'], what).toMatch(/^default-src 'none'/)
  expect(headers['x-powered-by'], what).toBeUndefined()
}

/** Nothing of how the console is built: no stack, no file, no statement, no table, no name of a library. */
const INSIDE =
  /\bat \w+ \(|node_modules|\.(?:js|ts):\d|\bSELECT\b|\bINSERT\b|\brelation\b|prisma|ECONNREFUSED|SetupToken|RateLimit/

/** A request to each layer, each of which asks the database: proxy, page, route and action. */
const LAYERS: [layer: string, send: () => Promise<Answer>][] = [
  ['a page', () => ask(own, `/setup?token=${'a'.repeat(43)}`)],
  ['a route', () => ask(own, '/calendar/none.ics')],
  [
    'an action',
    () => {
      const { id = '' } = builtActions().find(({ name }) => name.endsWith('#passwordAction')) ?? {}
      const request = actionBody(id, { email: 'a@contoso.example', password: 'x' }, true)
      return ask(own, '/sign-in', { ...request, headers: { ...request.headers, origin: own } })
    },
  ],
  [
    'a plain form',
    () => {
      const { id = '' } = builtActions().find(({ name }) => name.endsWith('#passwordAction')) ?? {}
      const request = actionBody(id, { email: 'a@contoso.example', password: 'x' }, false)
      return ask(own, '/sign-in', { ...request, headers: { ...request.headers, origin: own } })
    },
  ],
]

test.each(LAYERS)(
  'W-15 W-07 what throws in %s is answered by a number that the log knows, and by nothing else',
  async (_, send) => {
    const tables = ['SetupToken', 'RateLimit', 'Operator']
    for (const table of tables) await query(`ALTER TABLE "${table}" RENAME TO "${table}_"`)
    const from = log.length
    try {
      const answer = await send()
      expect(answer.status).toBe(500)
      hasHeaders(answer, 'an error 500')
      expect(answer.body).not.toMatch(INSIDE)
      await vi.waitUntil(() => /"digest":"(\d+)"/.test(log.slice(from)))
      const [, digest = ''] = /"digest":"(\d+)"/.exec(log.slice(from)) ?? []
      expect(answer.body).toContain(digest)
    } finally {
      for (const table of tables) await query(`ALTER TABLE "${table}_" RENAME TO "${table}"`)
    }
  },
)

test('W-07 W-15 every other status carries the security headers too, and an odd address is no error', async () => {
  const answers: [path: string, status: number, request?: Parameters<typeof ask>[2]][] = [
    ['/sign-in', 200],
    ['/mail-server', 307],
    ['/sign-in?theme=dark', 303],
    ['//elsewhere', 308],
    ['/api/v1/messages/', 308, { method: 'POST' }],
    ['/sign-in', 403, { method: 'POST', headers: { 'content-type': form['content-type'] }, body: 'a=b' }],
    ['/no-such-page', 404],
    ['/credentials/%E0%A4%A', 307],
    ['/no-such-page/%E0%A4%A', 404],
    ['/%', 404],
    ['/sign-in', 405, { method: 'DELETE' }],
    ['/sign-in', 413, { method: 'POST', headers: form, body: 'a'.repeat(FORM_BYTES_MAX + 1) }],
    ['/sign-in', 415, { method: 'POST', headers: { ...form, 'content-type': 'text/plain' }, body: 'a' }],
    ['/sign-in', 421, { headers: { host: 'evil.example' } }],
    ['/metrics', 401],
  ]
  for (const [at, status, request] of answers) {
    const answer = await ask(own, at, request)
    expect(answer.status, `${at} ${request?.method ?? ''}`).toBe(status)
    hasHeaders(answer, `${at} ${status}`)
    expect(answer.body).not.toMatch(INSIDE)
    // Programs repeat the request there with its key, which must not leave this host.
    if (status === 308) expect(answer.headers.location).toBe(at.replace(/^\/+/, '/').replace(/\/$/, ''))
  }
})

test('R-04 any PostgreSQL by DATABASE_URL: a start waits for it, weak durability is reported, and none is created', () => {
  expect(log).toMatch(WAITS)
  expect(log).toContain('fsync and full_page_writes off')
  expect(existsSync(path.join(home, 'data/postgres'))).toBe(false)
})

test('F-47 F-49 no request waits long for a slow database', async () => {
  const statusOf = async (page: string): Promise<number> => (await ask(own, page)).status
  const page = () => statusOf(`/setup?token=${'x'.repeat(43)}`)
  expect(await statusOf('/health/ready')).toBe(200)
  link.delayMs = SLOW_MS
  const began = performance.now()
  const answers = await Promise.all([statusOf('/health/ready'), ...times(20).map(page)])
  expect(new Set(answers)).toEqual(new Set([503]))
  expect(performance.now() - began).toBeLessThan(20_000)
  link.delayMs = 0
  await vi.waitFor(async () => expect([await statusOf('/health/ready'), await page()]).toEqual([200, 200]), 30_000)
}, 90_000)

test('R-09 W-07 while the database is away every layer answers 503 and when to try again, and it recovers without a restart', async () => {
  const pid = consolePid()
  const { port: at } = link
  try {
    link.stop()
    const requests: [string, () => Promise<Answer>][] = [['probe', () => ask(own, '/health/ready')], ...LAYERS]
    for (const [layer, send] of requests) {
      const answer = await send()
      expect([layer, answer.status]).toEqual([layer, 503])
      expect(Number(answer.headers['retry-after']), layer).toBeGreaterThan(0)
      if (layer === 'a page')
        expect(answer.body).toMatch(/<body><noscript>.*The database does not answer or is read-only\..*<\/noscript>/s)
      hasHeaders(answer, layer)
      expect(answer.body).not.toMatch(INSIDE)
    }
    // A refusal needs no database: it is written down when that is back.
    const refused = await ask(own, '/sign-in', {
      method: 'POST',
      headers: { 'content-type': form['content-type'] },
      body: 'a',
    })
    expect(refused.status).toBe(403)
    expect((await ask(own, '/health/live')).status).toBe(200)
  } finally {
    await mend(at)
  }
  await expect.poll(async () => (await ask(own, '/health/ready')).status, { timeout: 30_000 }).toBe(200)
  expect((await ask(own, `/setup?token=${'a'.repeat(43)}`)).status).toBe(200)
  expect(consolePid()).toBe(pid)
})

test('R-09 a command that a read-only database ends prints one line and no document, with exit code 2', async () => {
  await query(`
    CREATE FUNCTION read_only() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE 'read-only' USING ERRCODE = 'read_only_sql_transaction'; END $$;
    CREATE TRIGGER read_only BEFORE INSERT ON "Client" EXECUTE FUNCTION read_only()`)
  const args = ['clients', 'add', '--name', 'Scanner', '--sender', 'scanner@contoso.example', '--json']
  const env = { PATH: process.env.PATH, POSTROOM_DATA_DIR: path.join(home, 'data'), DATABASE_URL: postgres.url }
  const command = promisify(execFile)(process.execPath, [path.join(root, 'bin/postroom'), ...args], {
    cwd: home,
    env: env as unknown as NodeJS.ProcessEnv,
  })
  await expect(command).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^postroom: the database does not respond or is read-only\. [^\n]*\n$/),
  })
  await query('DROP FUNCTION read_only CASCADE')
})

const anonymousRows = async (): Promise<{ rows: number; counted: number }> => {
  const [row] = await query<{ rows: number; counted: number }>(
    `SELECT count(*)::int AS rows, coalesce(sum(coalesce((details->>'count')::int, 1)), 0)::int AS counted
     FROM "AuditEvent" WHERE "actorKind" = 'anonymous' AND action IN ('request.refused', 'access.denied')`,
  )
  return row ?? { rows: 0, counted: 0 }
}
async function refusedInAll(): Promise<number> {
  const { body } = await ask(own, '/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  return Number(/^postroom_refused_requests_total (\d+)/m.exec(body)?.[1])
}

test(`U-01 W-14 R-11 ${REFUSED} refused requests leave few rows, and a stop with clients that hold on ends at once and writes down the rest`, async () => {
  const before = await anonymousRows()
  const post = { method: 'POST', headers: { 'content-type': form['content-type'] }, body: 'a=b' }
  const refusals = [
    () => ask(own, '/credentials/export'),
    () => ask(own, '/mail-server/test', { ...post, headers: { ...post.headers, origin: 'https://evil.example' } }),
    () => ask(own, '/sign-in', post),
  ]
  for (const _ of times(Math.ceil(REFUSED / 30))) {
    const answers = await Promise.all(times(30).map((n) => refusals[n % 3]?.()))
    expect(answers.filter((answer) => ![401, 403].includes(answer?.status ?? 0))).toEqual([])
  }
  const total = await refusedInAll()
  expect(total).toBeGreaterThanOrEqual(REFUSED)
  expect((await anonymousRows()).rows - before.rows).toBeLessThanOrEqual(60)

  await Promise.all(times(20).flatMap(() => [open(UPGRADE), open(HALF), open(slowPost()), open('')]))
  const from = log.length
  const began = performance.now()
  host.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(performance.now() - began).toBeLessThan(15_000)
  expect(log.slice(from)).not.toContain('did not stop in time')
  closeAll()
  const after = await anonymousRows()
  expect(after.rows - before.rows).toBeLessThanOrEqual(100)
  expect(after.counted).toBe(total)
})
