import { EventEmitter, once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../tests/support/database'
import { DAY_MS, newId } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { removeExpired } from '../operations/clean-up'
import { keepBeating } from '../operations/heartbeat'
import { clocksApart, pulsesOf, silentOf } from '../operations/status'
import { beat, endBeat } from '../operations/store/heartbeats'
import { readDatabaseStatus } from '../operations/store/status'
import { createDb } from './client'
import { asError, POLL_S, schedulerClock, startScheduler } from './jobs'
import { endWaitsOfFastClock } from './maintenance/clock-set-back'
import { isDatabaseReady } from './maintenance/readiness'
import { databaseCause } from './outage'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

test('the schedule exists in the database once, however many workers start, and stops on request', async () => {
  const errors: unknown[] = []
  const job = { name: 'tick', cron: '17 * * * *', run: async () => {} }
  const start = () => startScheduler(new Redacted(fresh.url), [job], (error) => errors.push(error))
  const workers = await Promise.all([start(), start()])
  const schedules = await fresh.db.$queryRaw`SELECT name, cron FROM pgboss.schedule WHERE name = 'tick'`
  expect(schedules).toEqual([{ name: 'tick', cron: '17 * * * *' }])
  await Promise.all(workers.map((worker) => worker.stop(2_000)))
  expect(errors).toEqual([])
})

test('a scheduler that starts while rows cannot be written has no entry about itself that it fails to renew for ever', async () => {
  const errors: unknown[] = []
  const start = () => startScheduler(new Redacted(fresh.url), [], (error) => errors.push(error))
  await (await start()).stop(2_000) // makes the tables of the queue
  await fresh.db.$executeRaw`ALTER TABLE pgboss.instance ADD CONSTRAINT "full" CHECK (false) NOT VALID`
  onTestFinished(async () => {
    await fresh.db.$executeRaw`ALTER TABLE pgboss.instance DROP CONSTRAINT "full"`
  })
  await (await start()).stop(2_000)
  expect(errors).toEqual([])
})

test('R-15 after the clock was set back by weeks the scheduler waits, as long as a timer can', async () => {
  const warnings: Error[] = []
  const heard = (warning: Error) => warnings.push(warning)
  process.on('warning', heard)
  onTestFinished(() => void process.off('warning', heard))
  const timer = schedulerClock.setTimeout(() => expect.unreachable('its time has not come'), 30 * DAY_MS)
  await setTimeout(50)
  schedulerClock.clearTimeout(timer)
  expect(warnings).toEqual([])
})

test('R-11 a stop does not wait for a job that waits for its next turn', async () => {
  const url = new Redacted(fresh.url)
  const report = (error: unknown) => expect.unreachable(String(error))
  const begun = new EventEmitter()
  const isBegun = once(begun, 'begun')
  const job = {
    name: 'turns',
    cron: '17 * * * *',
    async run(stopping: AbortSignal) {
      begun.emit('begun')
      await once(stopping, 'abort')
    },
  }
  const first = await startScheduler(url, [job], report)
  await first.stop(1_000)
  await fresh.db.$executeRaw`INSERT INTO pgboss.job (name, policy) VALUES ('turns', 'exclusive')`
  const second = await startScheduler(url, [job], report)
  await isBegun
  await second.stop(60_000)
  expect(await fresh.db.$queryRaw`SELECT state::text FROM pgboss.job WHERE name = 'turns'`).toEqual([
    { state: 'completed' },
  ])
})

test('a job begins when it is queued, and not at the next poll, also in a queue that an earlier version created', async () => {
  const report = (error: unknown) => expect.unreachable(String(error))
  const boss = async () => {
    const started = new PgBoss({ connectionString: fresh.url, schedule: false, supervise: false })
    started.on('error', report)
    await started.start()
    onTestFinished(() => started.stop({ graceful: false }))
    return started
  }
  await (await boss()).createQueue('at-once', { policy: 'exclusive' })
  const begun = new EventEmitter()
  const job = { name: 'at-once', cron: '17 * * * *', run: async () => void begun.emit('begun') }
  const scheduler = await startScheduler(new Redacted(fresh.url), [job], report)
  onTestFinished(() => scheduler.stop(1_000))
  const sender = await boss()
  for (let at = 0; at < 3; at++) {
    const isBegun = once(begun, 'begun', { signal: AbortSignal.timeout(POLL_S * 500) })
    await expect.poll(() => sender.send('at-once'), { interval: 20 }).not.toBeNull() // null while the job before it ends
    await isBegun
  }
})

test('R-15 after the clock was set back by a day, jobs begin on schedule', async () => {
  const begun = new EventEmitter()
  const job = { name: 'set-back', cron: '* * * * *', run: async () => void begun.emit('begun') }
  const start = () => startScheduler(new Redacted(fresh.url), [job], (error) => expect.unreachable(String(error)))
  await (await start()).stop(1_000)
  await fresh.db.$executeRaw`UPDATE pgboss.version SET cron_on = now() + interval '1 day'`
  await endWaitsOfFastClock(fresh.db)
  // What is on the schedule begins at a start, unless it has begun within this minute.
  const isBegun = once(begun, 'begun', { signal: AbortSignal.timeout(15_000) })
  const scheduler = await start()
  onTestFinished(() => scheduler.stop(1_000))
  await isBegun
})

test('a worker that is not notified of jobs, because it gets no connection for that, warns of it', async () => {
  const role = `limited_${newId().replaceAll('-', '')}`
  await fresh.db.$executeRawUnsafe(
    `CREATE ROLE ${role} LOGIN PASSWORD 'of the test' CONNECTION LIMIT 1 IN ROLE CURRENT_USER`,
  )
  const url = new URL(fresh.url)
  Object.assign(url, { username: role, password: 'of the test' })
  const warnings: unknown[] = []
  const scheduler = await startScheduler(
    new Redacted(url.href),
    [],
    (error, isWarning) => isWarning && warnings.push(error),
  )
  onTestFinished(() => scheduler.stop(1_000))
  expect(warnings.join()).toMatch(/Failed to start LISTEN/)
})

test('a job that fails is reported as an error with its message and stack', async () => {
  const failed = new RangeError('too far')
  const error = asError({ ...failed, message: failed.message, stack: failed.stack, queue: 'tick', worker: 'w' })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ message: 'tick: too far', stack: failed.stack })
  expect(asError(failed)).toBe(failed)
  for (const odd of [undefined, null, 7, 'text', {}, Object.create(null)]) expect(asError(odd)).toBeInstanceOf(Error)
})

test('F-51 what PostgreSQL reports to a queue is recognised by its cause, as everywhere else', async () => {
  const statement = new Client({ connectionString: fresh.url })
  await statement.connect()
  onTestFinished(() => statement.end())
  const full = `DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`
  const error: Error = await statement.query(full).catch((thrown) => thrown)
  const copy = { ...error, message: error.message, stack: error.stack, queue: 'tick' }
  expect(databaseCause(asError(copy))).toBe('full')
})

test('housekeeping removes what has ended and nothing else', async () => {
  const { db } = fresh
  const now = new Date('2027-03-01T12:00:00Z')
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
  await db.operator.create({ data: { id: 'o', name: 'o', email: 'o@contoso.example' } })
  for (const [id, hours] of [
    ['ended', 1],
    ['lives', -1],
  ] as const) {
    await db.session.create({ data: { id, token: id, userId: 'o', expiresAt: ago(hours) } })
    await db.setupToken.create({ data: { tokenHash: id, expiresAt: ago(hours) } })
    await db.verification.create({ data: { id, identifier: id, value: '', expiresAt: ago(hours) } })
    await db.rateLimit.create({ data: { key: id, points: 1, expire: ago(hours) } })
  }
  for (const [id, hours] of [
    ['ended', 25],
    ['lives', 23],
  ] as const) {
    await db.formToken.create({ data: { id, purpose: 'x', bodyHash: 'x', createdAt: ago(hours) } })
    // Of machines whose clocks are ahead and behind.
    for (const days of [-40, 0, 40])
      await db.heartbeat.create({
        data: { name: id, host: `${days}`, beatAt: ago(hours - days * 24), aheadSeconds: days * 86_400 },
      })
  }
  for (const [key, hours] of [
    ['ended', 7 * 24 + 1],
    ['lives', 7 * 24 - 1],
  ] as const)
    await db.idempotencyKey.create({
      data: { clientId: newId(), key, bodyHash: 'x', messageId: newId(), at: ago(hours) },
    })
  expect(await removeExpired(db, now)).toEqual({ removed: 9 })
  expect(await removeExpired(db, now)).toEqual({ removed: 0 })
  expect(await db.session.findMany({ select: { id: true } })).toEqual([{ id: 'lives' }])
  expect(await db.heartbeat.findMany({ select: { name: true } })).toEqual(Array(3).fill({ name: 'lives' }))
})

test('R-11 a process that ends waits for a heartbeat that is under way, because it uses the database', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const [name, said, beating] = [newId(), [] as string[], new EventEmitter()]
  const also = async () => {
    if (said.push('begun') === 1) return
    beating.emit('begun')
    await once(beating, 'go on')
    said.push('finished')
  }
  const heart = await keepBeating(fresh.db, { warn: (event) => expect.unreachable(event) }, name, also)
  const isBegun = once(beating, 'begun')
  vi.advanceTimersByTime(30_000)
  await isBegun
  const ended = heart.end().then(() => said.push('ended'))
  const rows = () => fresh.db.heartbeat.findMany({ where: { name } })
  expect(await rows()).toMatchObject([{ host: expect.stringMatching(/./) }])
  beating.emit('go on')
  await ended
  expect(said).toEqual(['begun', 'begun', 'finished', 'ended'])
  expect(await rows()).toMatchObject([{ host: '' }])
})

test('R-17 a heartbeat is one row that moves on', async () => {
  const { db } = fresh
  const name = newId()
  await beat(db, name, new Date(1_000))
  await beat(db, name, new Date(31_000))
  expect(await db.heartbeat.findMany({ where: { name } })).toMatchObject([{ name, beatAt: new Date(31_000) }])
})

test('R-17 each of several machines is known by its host, until it ends in order and another one is left', async () => {
  const { db } = fresh
  await db.heartbeat.deleteMany()
  const now = new Date()
  const silent = async () =>
    pulsesOf((await readDatabaseStatus(db, now, now)).heartbeats, now)
      .filter(({ name, isSilent }) => name === 'worker' && isSilent)
      .map(({ host }) => host)
  const longAgo = new Date(now.getTime() - 120_000)
  // As the upgrade leaves what an earlier version wrote.
  await db.heartbeat.create({ data: { name: 'worker', beatAt: longAgo } })
  expect(await silent()).toEqual([''])
  await beat(db, 'worker', now, 'mail1')
  expect(await silent()).toEqual([])
  await beat(db, 'worker', now, 'mail2')
  await db.heartbeat.updateMany({ where: { host: 'mail2' }, data: { beatAt: longAgo } })
  expect(await silent()).toEqual(['mail2'])
  await endBeat(db, 'worker', 'mail2')
  expect(await silent()).toEqual([])
  await db.heartbeat.updateMany({ where: { host: 'mail1' }, data: { beatAt: longAgo } })
  await endBeat(db, 'worker', 'mail1')
  expect(await db.heartbeat.findMany()).toMatchObject([{ name: 'worker', host: '', beatAt: longAgo }])
  expect(await silent()).toEqual([''])
  await db.heartbeat.deleteMany()
})

test('a clock that differs from the database’s by more than some seconds is found in the console and in every process', async () => {
  const { db } = fresh
  const now = Date.now()
  await db.heartbeat.deleteMany()
  await beat(db, 'worker', new Date(now), 'mail1')
  await beat(db, 'worker', new Date(now - 3_600_000), 'mail2')
  await beat(db, 'listener', new Date(now), 'mail1')
  const apart = async (ms: number) => {
    const time = new Date(Date.now() + ms)
    const status = await readDatabaseStatus(db, time, time)
    // None of them is silent for that.
    const silent = pulsesOf(status.heartbeats, time).filter(({ isSilent }) => isSilent)
    expect(silent).toMatchObject([{ name: 'reminders', beatAt: null }])
    return clocksApart(status).map(({ name, host, aheadSeconds }) => [name, host, Math.round(aheadSeconds / 60)])
  }
  expect(await apart(0)).toEqual([['worker', 'mail2', -60]])
  expect(await apart(120_000)).toEqual([
    ['console', '', 2],
    ['worker', 'mail2', -60],
  ])
  await endBeat(db, 'worker', 'mail1')
  expect(await apart(0)).toEqual([['worker', '', -60]])
  await db.heartbeat.deleteMany()
})

test('R-17 of thousands of processes those are read that reported longest ago, and those whose clocks are wrong', async () => {
  const { db } = fresh
  const [now, newest] = [Date.now(), 'pod-1']
  await db.heartbeat.deleteMany()
  await db.$executeRaw`
    INSERT INTO "Heartbeat" ("name", "host", "beatAt")
    SELECT 'worker', 'pod-' || n, ${new Date(now)}::timestamptz - n * interval '1 second' FROM generate_series(1, 3000) n`
  await beat(db, 'worker', new Date(now + 3_600_000), newest)
  const { heartbeats, moreHeartbeats } = await readDatabaseStatus(db, new Date(now), new Date(now))
  const longest = Array.from({ length: 20 }, (_, at) => `pod-${2981 + at}`)
  expect(heartbeats.map(({ host }) => host)).toEqual([newest, ...longest])
  expect(moreHeartbeats).toBe(3_000 - heartbeats.length)
  // All of them are counted that have been silent for more than 65 seconds.
  const silent = silentOf(pulsesOf(heartbeats, new Date(now)))
  expect(silent.map(({ name, host, count }) => [name, host, count])).toEqual([
    ['worker', '', 2_935],
    ['reminders', '', 1],
  ])
  await db.heartbeat.deleteMany()
})

test('R-23 ready means: the database answers, can be written to and has every migration of this build', async () => {
  // As on a standby, or on a server that is switched so.
  const url = new URL(fresh.url)
  url.searchParams.set('options', '-c default_transaction_read_only=on')
  const readOnly = createDb(new Redacted(url.href), null)
  expect(await isDatabaseReady(readOnly)).toBe(false)
  await readOnly.$disconnect()
  expect(await isDatabaseReady(fresh.db)).toBe(true)
  await fresh.db.$executeRaw`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '0002_guards'`
  expect(await isDatabaseReady(fresh.db)).toBe(false)
  await fresh.db.$executeRaw`UPDATE _prisma_migrations SET rolled_back_at = NULL`
  expect(await isDatabaseReady(fresh.db)).toBe(true)
  await fresh.db.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '0002_guards'`
  expect(await isDatabaseReady(fresh.db)).toBe(false)
  const empty = await emptyDatabase()
  expect(await isDatabaseReady(empty.db)).toBe(false)
  await empty.drop()
})

test('R-09 a database that went away is not ready, without an exception, and is again once it is back', async () => {
  const away = await freshDatabase()
  expect(await isDatabaseReady(away.db)).toBe(true)
  const name = new URL(away.url).pathname.slice(1)
  const { db } = fresh
  await db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
  await db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`
  expect(await isDatabaseReady(away.db)).toBe(false)
  await db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`)
  expect(await isDatabaseReady(away.db)).toBe(true)
  await away.drop()
})
