import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { faultsOf, postUntilAcknowledged } from '../../../tests/support/api-posts'
import type { ApiOrders } from '../../../tests/support/api-process'
import { bundledProcess } from '../../../tests/support/bundled-process'
import { createTestAuthority, type TestIdentity } from '../../../tests/support/certificates'
import { testChainKeys } from '../../../tests/support/chain-keys'
import { freshDatabase } from '../../../tests/support/database'
import { emptied } from '../../../tests/support/emptied'
import type { ListenerOrders } from '../../../tests/support/listener-process'
import { outboxAt } from '../../../tests/support/outbox'
import type { Orders } from '../../../tests/support/outbox-process'
import { type SmtpTestServer, startSmtp } from '../../../tests/support/servers'
import { canMount, fill, smallVolume, unmount } from '../../../tests/support/small-volume'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { submissionWorld } from '../../../tests/support/submission'
import { freePort, startThrowawayPostgres } from '../../../tests/support/throwaway-postgres'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { createDb, type Db } from '../../db'
import { migrate } from '../../db/maintenance/migrate'
import { LEAN } from '../../host/lean'
import { Redacted } from '../../kernel/redacted'
import { CONNECTIONS_MAX } from '../../outbox/delivery/limits'

/** With `SOAK=1` it runs 30 rounds of 500 messages instead of one of 60. */
const SOAK = Boolean(process.env.SOAK)
const MESSAGES = SOAK ? 500 : 60
const ROUNDS = SOAK ? 30 : 1
const CLIENTS = 6
/** Files that the listener may still open when it has run out of them. */
const SPARE_FILES = 10
vi.setConfig({ testTimeout: SOAK ? 3_600_000 : 180_000 })

const SENDER = 'scanner@contoso.example'
let bundles: { listener: string; worker: string; api: string }
let identity: TestIdentity
beforeAll(async () => {
  const [listener, worker, api, authority] = await Promise.all([
    bundledProcess('listener'),
    bundledProcess('outbox'),
    bundledProcess('api'),
    createTestAuthority(),
  ])
  bundles = { listener, worker, api }
  identity = await authority.certify()
})

interface Place {
  url: string
  db: Db
  sink: SmtpTestServer
  client: { login: string; secret: string }
  listenPort: number
  spoolFolder: string
}

async function place(url: string, db: Db): Promise<Place> {
  const sink = await untilTestEnds(startSmtp({ security: 'none' }))
  const spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'postroom-spool-'))
  onTestFinished(() => rmSync(spoolFolder, { recursive: true, force: true }))
  const world = await untilTestEnds(submissionWorld({ database: { url, db }, port: sink.port, entrances: [] }))
  return { url, db, sink, client: await world.client(), listenPort: await freePort(), spoolFolder }
}

async function start(bundle: string, orders: object): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...LEAN, bundle], {
    env: { ...process.env, ORDERS: JSON.stringify(orders) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(createInterface({ input: child.stdout ?? process.stdin }), 'line')
  return child
}

const startListener = ({ url, sink, listenPort, spoolFolder }: Place): Promise<ChildProcess> =>
  start(bundles.listener, { url, port: sink.port, identity, spoolFolder, listenPort } satisfies ListenerOrders)
const startWorker = ({ url, sink }: Place): Promise<ChildProcess> =>
  start(bundles.worker, { url, port: sink.port, job: 'deliver' } satisfies Orders)

/** Which messages were acknowledged, and of which the answer to the final dot was lost. */
interface Submitted {
  acknowledged: string[]
  unknown: Set<string>
}

/** Submits messages as a device does: what was not acknowledged is sent again with the same Message-ID. */
async function submitAll({ listenPort, client }: Place, round: number, submitted: Submitted): Promise<void> {
  let next = 0
  const untilMs = performance.now() + 120_000
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      let talk: SmtpTalk | null = null
      while (next < MESSAGES) {
        const id = `<${round}.${next++}@litware.example>`
        for (let isDone = false; !isDone && performance.now() < untilMs; ) {
          talk = talk && !talk.hasEnded ? talk : await connected(listenPort, client)
          isDone = talk !== null && (await submitOne(talk, id, submitted))
          if (!isDone) talk = null
        }
      }
      talk?.close()
    }),
  )
}

async function connected(port: number, client: Place['client']): Promise<SmtpTalk | null> {
  const talk = await SmtpTalk.connect(port).catch(() => null)
  const isIn = talk && (await talk.begin(client).catch(() => '')).startsWith('235')
  if (talk && isIn) return talk
  talk?.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  return null
}

async function submitOne(talk: SmtpTalk, id: string, { acknowledged, unknown }: Submitted): Promise<boolean> {
  if (!(await talk.envelope(SENDER, 'anna@fabrikam.example')).startsWith('354')) return false
  const answer = await talk.ask(`Message-ID: ${id}\r\nSubject: q\r\n\r\n${'x'.repeat(70)}\r\n.`)
  if (answer.startsWith('250')) acknowledged.push(id)
  else if (answer === '') unknown.add(id)
  return answer.startsWith('250')
}

/** Nothing acknowledged is lost, and a message arrives twice only if the answer to it was lost or the worker had begun it. */
async function hold({ db, sink }: Place, { acknowledged, unknown }: Submitted, workerKills: number): Promise<void> {
  await emptied(db)
  const counts = new Map<string, number>()
  for (const text of sink.messages) {
    const id = /^Message-ID: (\S+)/m.exec(text)?.[1] ?? ''
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  expect(acknowledged.filter((id) => !counts.has(id))).toEqual([])
  const begun = await db.message.findMany({ where: { mayBeDuplicate: true }, select: { messageId: true } })
  const known = new Set([...unknown, ...begun.map(({ messageId }) => messageId)])
  expect([...counts].filter(([id, count]) => count > 1 && !known.has(id))).toEqual([])
  const twice = [...counts].filter(([id, count]) => count > 1 && !unknown.has(id))
  expect(twice.length).toBeLessThanOrEqual(workerKills * CONNECTIONS_MAX)
}

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
}
const moreThan = (list: readonly unknown[], extra: number) => {
  const bar = list.length + extra
  return expect.poll(() => list.length, { timeout: 60_000, interval: 2 }).toBeGreaterThanOrEqual(bar)
}

test('R-01 R-02 F-55 kill -9 of listener and worker while clients submit: no acknowledged message is lost, and no file is left', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const it = await place(database.url, database.db)
  const submitted: Submitted = { acknowledged: [], unknown: new Set() }
  let [listener, worker] = [await startListener(it), await startWorker(it)]
  for (let round = 0; round < ROUNDS; round++) {
    const submitting = submitAll(it, round, submitted)
    await moreThan(submitted.acknowledged, 1 + Math.floor(Math.random() * 15))
    await kill(listener)
    listener = await startListener(it)
    await moreThan(it.sink.messages, 1 + Math.floor(Math.random() * 5))
    await kill(worker)
    worker = await startWorker(it)
    await submitting
    expect(submitted.acknowledged).toHaveLength((round + 1) * MESSAGES)
  }
  await hold(it, submitted, ROUNDS)
  expect(readdirSync(it.spoolFolder)).toEqual([])
  for (const child of [listener, worker]) {
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
  }
})

test('R-01 R-02 F-55 kill -9 of the process of the HTTP API while programs submit: no acknowledged message is lost, and none with an idempotency key is stored twice', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const world = await untilTestEnds(submissionWorld({ database, port: 25, entrances: [] }))
  const { secret } = await world.client({}, 'api-key')
  const { url, db } = database
  const orders: ApiOrders = { url, port: 25, spoolFolder: world.spoolFolder, listenPort: await freePort() }
  const submitted: Submitted = { acknowledged: [], unknown: new Set() }
  let api = await start(bundles.api, orders)
  for (let round = 0; round < ROUNDS; round++) {
    const program = { port: orders.listenPort, secret }
    const submitting = postUntilAcknowledged(program, { round, count: MESSAGES }, submitted)
    await moreThan(submitted.acknowledged, 1 + Math.floor(Math.random() * 15))
    await kill(api)
    api = await start(bundles.api, orders)
    await submitting
    expect(submitted.acknowledged).toHaveLength((round + 1) * MESSAGES)
  }
  const stored = await db.message.groupBy({ by: ['subject'], _count: true })
  const counts = stored.map(({ subject, _count }) => ({ subject, count: _count }))
  expect(faultsOf(counts, submitted)).toEqual({ lost: [], twice: [] })
  const whole = await db.message.count({ where: { body: { isNot: null }, recipients: { some: {} } } })
  expect(whole).toBe(await db.message.count())
})

/**
 * What a message adds to the write-ahead log is on the disk when it is acknowledged, and a refused one adds nothing. The server’s own writer
 * waits for ten seconds, so it is the commit that flushes.
 */
async function flushesBeforeAnswering({ url, listenPort, client }: Place): Promise<void> {
  const watcher = new pg.Client({ connectionString: url })
  await watcher.connect()
  await watcher.query("ALTER SYSTEM SET wal_writer_delay = '10s'")
  await watcher.query('SELECT pg_reload_conf()')
  expect((await watcher.query('SHOW fsync')).rows).toEqual([{ fsync: 'on' }])
  const talk = await connected(listenPort, client)
  const position = async (name: 'insert' | 'flush'): Promise<number> =>
    Number((await watcher.query(`SELECT pg_wal_lsn_diff(pg_current_wal_${name}_lsn(), '0/0') AS at`)).rows[0].at)
  // Text that does not become smaller.
  const text = randomBytes(50_000).toString('hex').replace(/.{76}/g, '$&\r\n')
  const flushedBy = async (end: string) => {
    expect(await talk?.envelope(SENDER, 'anna@fabrikam.example')).toMatch(/^354 /)
    const before = await position('insert')
    const answer = await talk?.ask(`Subject: q\r\n\r\n${text}${end}\r\n.`)
    return { answer, bytes: (await position('flush')) - before }
  }
  const accepted = await flushedBy('')
  expect(accepted.answer).toMatch(/^250 /)
  expect(accepted.bytes).toBeGreaterThan(50_000)
  const refused = await flushedBy('\n.')
  expect(refused.answer).toMatch(/^5\d\d /)
  expect(refused.bytes).toBeLessThan(10_000)
  talk?.close()
  await watcher.end()
}

test('R-01 R-02 R-04 R-09 F-48 the log is flushed before the answer, and kill -9 of PostgreSQL while clients submit loses no acknowledged message', async () => {
  const server = await startThrowawayPostgres({ durable: true })
  onTestFinished(() => server.stop())
  expect(await migrate(new Redacted(server.url))).toMatchObject({ ok: true })
  const db = createDb(new Redacted(server.url), testChainKeys)
  onTestFinished(() => db.$disconnect())
  const it = await place(server.url, db)
  await outboxAt({ database: { url: server.url, db }, port: it.sink.port })
  const submitted: Submitted = { acknowledged: [], unknown: new Set() }
  const listener = await startListener(it)
  await flushesBeforeAnswering(it)
  await startWorker(it)
  const talk = await connected(it.listenPort, it.client)
  for (let round = 0; round < ROUNDS; round++) {
    const submitting = submitAll(it, round, submitted)
    await moreThan(submitted.acknowledged, 1 + Math.floor(Math.random() * 15))
    await server.killAndStart()
    await submitting
    expect(submitted.acknowledged).toHaveLength((round + 1) * MESSAGES)
  }
  talk?.close()
  await hold(it, submitted, ROUNDS)
  listener.kill('SIGTERM')
  expect(await once(listener, 'close')).toEqual([0, null])
})

test.skipIf(!SOAK || !canMount())(
  'R-10 F-51 while the disk of the write-ahead log is full nothing is acknowledged, and nothing acknowledged is lost when it has space again',
  async () => {
    const volume = smallVolume() ?? ''
    onTestFinished(() => unmount(volume))
    const server = await startThrowawayPostgres({ durable: true, log: path.join(volume, 'log') })
    onTestFinished(() => server.stop())
    expect(await migrate(new Redacted(server.url))).toMatchObject({ ok: true })
    const db = createDb(new Redacted(server.url), testChainKeys)
    onTestFinished(() => db.$disconnect())
    const it = await place(server.url, db)
    await outboxAt({ database: { url: server.url, db }, port: it.sink.port })
    await startListener(it)
    const filler = path.join(volume, 'filler')
    fill(filler)
    const talk = await connected(it.listenPort, it.client)
    if (!talk) throw new Error('not connected')
    // Text that does not become smaller, so that it fills the log.
    const submit = async (by: SmtpTalk) => {
      const lines = randomBytes(100_000).toString('hex').replace(/.{76}/g, '$&\r\n')
      const begun = await by.envelope(SENDER, 'anna@fabrikam.example')
      return begun.startsWith('354') ? by.ask(`Subject: q\r\n\r\n${lines}\r\n.`) : begun
    }
    let acknowledged = 0
    let answer = await submit(talk)
    for (; answer.startsWith('250'); answer = await submit(talk)) acknowledged++
    expect(answer).toMatch(/^(?:452 4\.3\.1 The disk is full|451 4\.3\.0 The database does not respond)/)
    rmSync(filler)
    // PostgreSQL ends when it cannot write its log. The host starts the embedded one again (lib/host/start.ts); here the test has started it.
    await server.killAndStart()
    const again = async () => (talk.hasEnded ? '' : (await submit(talk)).slice(0, 3))
    await expect.poll(again, { timeout: 30_000, interval: 100 }).toBe('250')
    const whole = await db.message.count({ where: { body: { isNot: null }, recipients: { some: {} } } })
    expect(whole).toBeGreaterThanOrEqual(acknowledged + 1)
  },
)

test('R-08 M-10 without free file descriptors nothing acknowledged is lost, open connections go on, and new ones come in later', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const it = await place(database.url, database.db)
  const listener = await startListener(it)
  const submitted: Submitted = { acknowledged: [], unknown: new Set() }
  const first = await connected(it.listenPort, it.client)
  if (!first) throw new Error('not connected')
  expect(await submitOne(first, '<first@litware.example>', submitted)).toBe(true)
  const open = () => readdirSync(`/proc/${listener.pid}/fd`).length
  const most = open() + SPARE_FILES
  execFileSync('prlimit', [`--pid=${listener.pid}`, `--nofile=${most}`])
  const crowd = await Promise.all(
    Array.from({ length: 4 * SPARE_FILES }, (_, nth) => SmtpTalk.connect(it.listenPort, `127.0.7.${nth + 1}`)),
  )
  // A client is connected before the listener has taken its connection.
  await expect.poll(open, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(most)
  // A large message needs a file, which cannot be opened.
  await first.envelope(SENDER, 'anna@fabrikam.example')
  const large = await first.ask(`Subject: q\r\n\r\n${`${'x'.repeat(78)}\r\n`.repeat(20_000)}.`)
  expect(large).toMatch(/^452 4\.3\.1 Too many open files/)
  expect(await submitOne(first, '<second@litware.example>', submitted)).toBe(true)
  for (const talk of crowd) talk.close()
  await expect.poll(async () => (await connected(it.listenPort, it.client)) !== null, { timeout: 10_000 }).toBe(true)
  expect(await database.db.message.count()).toBe(submitted.acknowledged.length)
  expect([listener.exitCode, readdirSync(it.spoolFolder)]).toEqual([null, []])
})
