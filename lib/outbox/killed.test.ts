import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { bundledProcess } from '../../tests/support/bundled-process'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { EMPTIED_MS, emptied } from '../../tests/support/emptied'
import { acceptAll, outboxAt } from '../../tests/support/outbox'
import type { Orders } from '../../tests/support/outbox-process'
import { type SmtpTestServer, startSmtp } from '../../tests/support/servers'
import { startThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { quiet } from '../../tests/support/world'
import { createDb } from '../db'
import { grantApplication } from '../db/maintenance/application-role'
import { migrate } from '../db/maintenance/migrate'
import { ensurePostgres } from '../host/embedded-postgres'
import { LEAN } from '../host/lean'
import { readPostmasterFile } from '../host/process-table'
import { Redacted } from '../kernel/redacted'
import { CONNECTIONS_MAX } from './delivery/limits'

/** Kills real processes. With `SOAK=1` it runs 30 rounds of 500 messages instead of one. */
const SOAK = Boolean(process.env.SOAK)
const MESSAGES = SOAK ? 500 : 40
const ROUNDS = SOAK ? 30 : 1
/** Of a worker unless a test says otherwise, as `outbox-process.ts` has it. */
const LEASE_MS = 2_000
const STOP_MS = 5_000
/** Starts of PostgreSQL until it is back at its port. */
const STARTS_MAX = 5
vi.setConfig({ testTimeout: SOAK ? 3_600_000 : 180_000 })

const FAILOVER = '00000000-0000-4000-8000-000000000002'
let database: TestDatabase
let smtp: SmtpTestServer
/** The failover server of the first, in tests that have one. */
let backup: SmtpTestServer | null = null
let children: ChildProcess[] = []
/** End the workers of this process. */
let workers: (() => Promise<void>)[] = []
let bundle: string
beforeAll(async () => {
  bundle = await bundledProcess('outbox')
})
beforeEach(async () => {
  ;[database, smtp] = await Promise.all([freshDatabase(), startSmtp({ security: 'none' })])
  await outboxAt({ database, port: smtp.port })
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await Promise.all(workers.map((stop) => stop()))
  workers = []
  await smtp.close()
  await backup?.close()
  backup = null
  await database.drop()
})

interface Running {
  child: ChildProcess
  acknowledged: string[]
  ended: Promise<number | null>
  ready: Promise<unknown>
}

function run(orders: Omit<Orders, 'url' | 'port'>): Running {
  const where = { url: database.url, port: smtp.port, ...(backup && { backup: { id: FAILOVER, port: backup.port } }) }
  const child = spawn(process.execPath, [...LEAN, bundle], {
    env: { ...process.env, ORDERS: JSON.stringify({ ...where, ...orders }) },
    // An intended error prints its stack, which would only disturb the output of the tests.
    stdio: ['ignore', 'pipe', orders.dieAt?.of ? 'ignore' : 'inherit'],
  })
  children.push(child)
  const acknowledged: string[] = []
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const ready = new Promise((resolve) => {
    lines.on('line', (line) => (line === 'ready' ? resolve(true) : acknowledged.push(line)))
    lines.on('close', () => resolve(false))
  })
  return { child, acknowledged, ready, ended: once(child, 'close').then(([code]) => code as number | null) }
}

/** A worker in this process that no test kills. It has separate connections, as in another process, but starts without the time that one takes. */
async function deliver({ leaseMs = LEASE_MS } = {}): Promise<void> {
  const { url } = database
  const db = createDb(new Redacted(url), testChainKeys)
  const world = { database: { url, db }, port: smtp.port }
  const more = backup && { otherServers: { [FAILOVER]: { port: backup.port } } }
  const outbox = await outboxAt({ ...world, ...more }, { leaseMs })
  const delivery = await outbox.deliver()
  workers.push(async () => {
    await delivery.stop(STOP_MS)
    await db.$disconnect()
  })
}

/** Accepts messages in this process, which is not killed. */
async function accept(messages: number): Promise<string[]> {
  const acknowledged: string[] = []
  const outbox = await outboxAt({ database, port: smtp.port })
  await acceptAll(outbox, messages, (id) => acknowledged.push(id))
  return acknowledged
}

const arrivedAt = (server: SmtpTestServer | null): string[] =>
  (server?.messages ?? []).map((text) => /^Message-ID: (\S+)/m.exec(text)?.[1] ?? '')
const arrived = (): string[] => [...arrivedAt(smtp), ...arrivedAt(backup)]
const queued = () => database.db.message.count({ where: { state: { in: ['queued', 'sending'] } } })

/** No acknowledged message is lost, every duplicate is marked, and there are no more duplicates than the kills can cause. */
async function hold(acknowledged: readonly string[], kills: number): Promise<void> {
  // One worker may have this many messages under way.
  const concurrency = CONNECTIONS_MAX * (backup ? 2 : 1)
  const counts = new Map<string, number>()
  for (const id of arrived()) counts.set(id, (counts.get(id) ?? 0) + 1)
  expect(acknowledged.filter((id) => !counts.has(id))).toEqual([])
  const twice = [...counts].filter(([, count]) => count > 1)
  const copies = twice.reduce((sum, [, count]) => sum + count - 1, 0)
  expect(copies).toBeLessThanOrEqual(kills * concurrency)
  const flagged = await database.db.message.findMany({ where: { mayBeDuplicate: true }, select: { messageId: true } })
  const known = new Set(flagged.map(({ messageId }) => messageId))
  expect(twice.filter(([id]) => !known.has(id))).toEqual([])
}

test.each([
  ['after-read', 3],
  ['after-commit', 2],
] as const)(
  'R-01 R-02 F-55 a process that accepts is killed %s: the messages that it acknowledged arrive',
  async (point, nth) => {
    const accepting = run({ job: 'accept', messages: MESSAGES, dieAt: { point, nth } })
    await accepting.ended
    expect(accepting.child.signalCode).toBe('SIGKILL')
    expect(accepting.acknowledged.length).toBeLessThan(MESSAGES)
    // A committed group is stored completely, although its callers got no answer.
    const whole = { body: { isNot: null }, recipients: { some: {} } }
    const [stored, complete] = [database.db.message.count(), database.db.message.count({ where: whole })]
    expect(await stored).toBe(await complete)
    if (point === 'after-commit') expect(await stored).toBeGreaterThan(accepting.acknowledged.length)
    await deliver()
    await emptied(database.db)
    await hold(accepting.acknowledged, 0)
  },
)

/** After the final dot and the reply to it a soak alone: the worker that dies below, while a failover server takes over, dies there too. */
const WHILE_SENDING = SOAK
  ? ([
      ['after-dot', 12],
      ['after-250', 7],
    ] as const)
  : []
test.each([['after-claim', 2] as const, ...WHILE_SENDING])(
  'R-02 R-03 F-55 a worker is killed %s: all messages arrive, and the few duplicates are marked',
  async (point, nth) => {
    const dying = run({ job: 'deliver', dieAt: { point, nth } })
    await dying.ready
    const acknowledged = await accept(MESSAGES)
    await dying.ended
    expect(dying.child.signalCode).toBe('SIGKILL')
    expect(acknowledged).toHaveLength(MESSAGES)
    await deliver()
    await emptied(database.db)
    await hold(acknowledged, 1)
  },
)

test('F-59 an unhandled exception or rejection ends the worker with exit code 1, and the next worker delivers everything', async () => {
  const acknowledged = await accept(MESSAGES)
  for (const of of ['exception', 'rejection'] as const) {
    const dying = run({ job: 'deliver', dieAt: { point: 'after-dot', nth: 5, of } })
    expect(await dying.ended).toBe(1)
  }
  expect(await queued()).toBeGreaterThan(0)
  await deliver()
  await emptied(database.db)
  await hold(acknowledged, 2)
})

/** The first mail server accepts a few messages, then none until `isDown` is false. */
async function withBackup(): Promise<{ isDown: boolean }> {
  const state = { isDown: true }
  await smtp.close()
  ;[smtp, backup] = await Promise.all([
    startSmtp({
      security: 'none',
      act: (line) =>
        state.isDown && smtp.messages.length >= 5 && line.startsWith('MAIL') ? '530 5.7.57 not authenticated' : null,
    }),
    startSmtp({ security: 'none' }),
  ])
  await outboxAt({ database, port: smtp.port, otherServers: { [FAILOVER]: { port: backup.port } } })
  await database.db.mailServer.updateMany({ where: { isDefault: true }, data: { failoverId: FAILOVER } })
  return state
}

const byBoth = (): string[] => arrivedAt(smtp).filter((id) => arrivedAt(backup).includes(id))

test.each([
  ['after-pause', 1],
  ['after-move', 1],
  ['after-dot', 12],
  ['after-250', 12],
] as const)(
  'R-02 R-03 a worker dies %s while a backup takes over: all arrives, nothing by both',
  async (point, nth) => {
    const first = await withBackup()
    const acknowledged = await accept(MESSAGES)
    const dying = run({ job: 'deliver', dieAt: { point, nth } })
    await dying.ended
    expect(dying.child.signalCode).toBe('SIGKILL')
    await deliver()
    // A message that the killed worker had begun at the first server may have been sent, so it does not move to the failover server.
    const waits = { state: { in: ['queued', 'sending'] }, mayBeDuplicate: false }
    await expect.poll(() => database.db.message.count({ where: waits }), { timeout: EMPTIED_MS, interval: 200 }).toBe(0)
    first.isDown = false
    await database.db.mailServer.updateMany({ data: { pausedAt: null, pausedBy: null, pauseIsOwn: false } })
    await emptied(database.db)
    await hold(acknowledged, 1)
    expect(byBoth()).toEqual([])
    expect(arrivedAt(backup).length).toBeGreaterThan(0)
  },
)

test('R-02 R-03 F-61 repeated kill -9 at random times, of the accepting process and of two workers', async () => {
  const acknowledged: string[] = []
  let kills = 0
  for (let round = 0; round < ROUNDS; round++) {
    const accepting = run({ job: 'accept', messages: MESSAGES })
    const workers = [run({ job: 'deliver' }), run({ job: 'deliver' })]
    await Promise.all([accepting, ...workers].map(({ ready }) => ready))
    for (const victim of [workers[0], accepting, workers[1]]) {
      const before = smtp.messages.length
      const atLeast = before + 1 + Math.floor(Math.random() * 5)
      await expect
        .poll(async () => smtp.messages.length >= atLeast || (await queued()) === 0, { timeout: 60_000, interval: 5 })
        .toBe(true)
      victim?.child.kill('SIGKILL')
      await victim?.ended
      kills++
    }
    acknowledged.push(...accepting.acknowledged)
  }
  const last = run({ job: 'deliver' })
  await last.ready // the queue may be empty already, and a process that has just begun knows no SIGTERM
  await emptied(database.db)
  await hold(acknowledged, kills)
  last.child.kill('SIGTERM')
  expect(await last.ended).toBe(0)
})

interface Killable {
  url: Redacted
  /** Runs all migrations as the user who may run them. */
  migrated(): ReturnType<typeof migrate>
  /** Kills it with `kill -9` and starts it again on the same data. */
  killAndStart(): Promise<void>
  stop(): Promise<void>
}

async function ownServer(): Promise<Killable> {
  const server = await startThrowawayPostgres({ durable: true })
  const url = new Redacted(server.url)
  return { ...server, url, migrated: () => migrate(url) }
}

/** As `postroom start` keeps it. */
async function embedded(): Promise<Killable> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'postroom-killed-'))
  let server = await ensurePostgres(home, quiet)
  return {
    url: server.url,
    async migrated() {
      const done = await migrate(server.ownerUrl)
      await grantApplication(server.ownerUrl, new URL(server.url.reveal()).username)
      return done
    },
    async killAndStart() {
      const postmaster = readPostmasterFile(path.join(home, 'postgres'))
      if (!postmaster) throw new Error('no server to kill')
      process.kill(postmaster.pid, 'SIGKILL')
      await server.gone
      const { port } = server
      // Where it was: those who use it know one address. A connection of another test that goes out from this port ends soon.
      for (let starts = 1; ; starts++) {
        server = await ensurePostgres(home, quiet, { preferredPort: port })
        if (server.port === port) return
        if (starts === STARTS_MAX) throw new Error(`port ${port} is in use by another program`)
        await server.stop()
      }
    },
    async stop() {
      await server.stop()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Workers know either by its address alone, so the one that is given is left to a soak. */
test.each([['embedded', embedded] as const, ...(SOAK ? [['given', ownServer] as const] : [])])(
  'R-02 R-03 R-09 kill -9 of a PostgreSQL that is %s, again and again, while two workers deliver and mail is accepted',
  async (_, start) => {
    const server = await start()
    try {
      const { url } = server
      expect(await server.migrated()).toMatchObject({ ok: true })
      await database.drop()
      const db = createDb(url, testChainKeys)
      database = { url: url.reveal(), db, allow: () => Promise.resolve(), drop: () => db.$disconnect() }
      await outboxAt({ database, port: smtp.port })
      const acknowledged: string[] = []
      const workers = [run({ job: 'deliver' }), run({ job: 'deliver' })]
      await Promise.all(workers.map(({ ready }) => ready))
      for (let round = 0; round < ROUNDS; round++) {
        const accepting = run({ job: 'accept', messages: MESSAGES })
        await accepting.ready
        const atLeast = 1 + Math.floor(Math.random() * 10)
        await expect
          .poll(() => accepting.acknowledged.length, { timeout: 60_000, interval: 5 })
          .toBeGreaterThanOrEqual(atLeast)
        await server.killAndStart()
        expect(await accepting.ended).toBe(0)
        acknowledged.push(...accepting.acknowledged)
      }
      expect(acknowledged.length).toBeGreaterThan(ROUNDS)
      await emptied(database.db)
      await hold(acknowledged, ROUNDS)
      for (const { child } of workers) child.kill('SIGTERM')
      expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0])
      await db.$disconnect()
    } finally {
      await server.stop()
    }
  },
)

test('another worker gets the connections of a killed one long before its leases run out', async () => {
  await smtp.close()
  // Each message takes a while, so that all connections are in use at any moment.
  smtp = await startSmtp({
    security: 'none',
    act: (line) =>
      line === 'MESSAGE' ? (socket) => void setTimeout(() => socket.write('250 2.0.0 OK\r\n'), 100) : null,
  })
  const leaseMs = 120_000
  // Leases are renewed after a quarter of their time, so none has ended by then. An idle machine needs a few seconds, a busy one many.
  const soonMs = leaseMs / 2
  await accept(300)
  const dying = run({ job: 'deliver', leaseMs })
  const held = () => database.db.rateLimitToken.count({ where: { kind: 'connection', NOT: { holder: null } } })
  await expect.poll(held, { timeout: 30_000 }).toBe(CONNECTIONS_MAX)
  await deliver({ leaseMs })
  await expect.poll(() => smtp.messages.length, { timeout: 30_000 }).toBeGreaterThan(5)
  dying.child.kill('SIGKILL')
  const killedMs = performance.now()
  await dying.ended
  const before = smtp.messages.length
  await expect
    .poll(() => smtp.messages.length, { timeout: soonMs, interval: 50 })
    .toBeGreaterThan(before + CONNECTIONS_MAX)
  expect(performance.now() - killedMs).toBeLessThan(soonMs)
  await expect.poll(held, { timeout: 30_000 }).toBe(CONNECTIONS_MAX)
})

test('R-03 with two workers and no faults each message arrives exactly once', async () => {
  const count = SOAK ? 1_000 : 120
  const workers = [run({ job: 'deliver' }), run({ job: 'deliver' })]
  await Promise.all(workers.map(({ ready }) => ready))
  const acknowledged = await accept(count)
  await emptied(database.db)
  expect(arrived().sort()).toEqual(acknowledged.sort())
  expect(new Set(arrived()).size).toBe(count)
  for (const { child } of workers) child.kill('SIGTERM')
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0])
  expect(await database.db.rateLimitToken.count({ where: { NOT: { holder: null } } })).toBe(0)
})

test('R-11 F-56 on SIGTERM with a hundred messages waiting none is lost, duplicated or left leased, and the exit code is 0', async () => {
  const acknowledged = await accept(100)
  const first = run({ job: 'deliver' })
  await expect.poll(() => smtp.messages.length, { timeout: 30_000, interval: 2 }).toBeGreaterThan(5)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  expect(await database.db.message.count({ where: { state: 'sending' } })).toBe(0)
  expect(await queued()).toBe(100 - smtp.messages.length)
  await deliver()
  await emptied(database.db)
  expect(arrived().sort()).toEqual(acknowledged.sort())
})

test('R-05 F-57 F-60 another worker takes over from one that was stopped past its lease, and the late result changes nothing', async () => {
  const answers: (() => void)[] = []
  await smtp.close()
  smtp = await startSmtp({
    security: 'none',
    act: (line) =>
      line === 'MESSAGE' && answers.length === 0
        ? (socket) => void answers.push(() => socket.write('550 5.7.1 too late\r\n'))
        : null,
  })
  await accept(1)
  const stopped = run({ job: 'deliver' })
  await expect.poll(() => smtp.messages.length, { timeout: 30_000 }).toBe(1)
  stopped.child.kill('SIGSTOP')
  await deliver()
  const row = () => database.db.message.findFirstOrThrow()
  await expect.poll(async () => (await row()).state, { timeout: 60_000 }).toBe('delivered')
  const { fence } = await row()
  expect(await row()).toMatchObject({ mayBeDuplicate: true })
  stopped.child.kill('SIGCONT')
  answers[0]?.()
  await expect
    .poll(() => smtp.commands.filter((line) => line === 'QUIT').length, { timeout: 30_000 })
    .toBeGreaterThan(0)
  stopped.child.kill('SIGTERM')
  await stopped.ended
  expect(await row()).toMatchObject({ state: 'delivered', fence })
  expect((await database.db.attempt.findMany({ orderBy: { fence: 'asc' } })).map(({ outcome }) => outcome)).toEqual([
    'unknown',
    'accepted',
  ])
})
