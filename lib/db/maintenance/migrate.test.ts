import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { newId } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { MIGRATION_LOCK } from '../locks'
import { projectRoot } from '../project-root'
import { migrate } from './migrate'
import { MIGRATIONS } from './migrations'
import { isDatabaseReady } from './readiness'

const run = promisify(execFile)
const folder = path.join(projectRoot(), 'prisma/migrations')

test('this build knows exactly the migrations of the folder', () => {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((it) => (it.isDirectory() ? [it.name] : []))
  expect(names.sort()).toEqual([...MIGRATIONS])
})

test('the history makes what the schema says, column by column, and the engine reads all of it', async () => {
  const database = await freshDatabase()
  const root = projectRoot()
  const { stdout, stderr } = await run(
    process.execPath,
    [
      path.join(root, 'node_modules/prisma/build/index.js'),
      ...['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--script'],
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'tools/schema-engine.mjs'),
      },
    },
  ).finally(() => database.drop())
  expect(stderr).not.toMatch(/error/i)
  expect(stdout).toContain('This is an empty migration')
}, 30_000)

describe('an empty database', () => {
  let empty: TestDatabase
  beforeAll(async () => {
    empty = await emptyDatabase()
  })
  afterAll(() => empty.drop())

  test('four starts at once apply each migration once; a later start applies nothing', async () => {
    const url = new Redacted(empty.url)
    const outcomes = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)])
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.applied : []))).toEqual([...MIGRATIONS])
    expect(await migrate(url)).toEqual({ ok: true, value: { applied: [] } })
  })

  test('a lock held by another process is reported with that process if a migration is missing, and not requested otherwise', async () => {
    const other = await emptyDatabase()
    const holder = new pg.Client({ connectionString: other.url, application_name: 'left behind by a pooler' })
    const elsewhere = new pg.Client({ connectionString: empty.url, application_name: 'at another database' })
    try {
      await holder.connect()
      const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_advisory_lock($1)', [
        MIGRATION_LOCK,
      ])
      // The same lock in another database of that server blocks nothing here.
      await elsewhere.connect()
      await elsewhere.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
      const url = new Redacted(other.url)
      expect(await migrate(url, { patienceMs: 0 })).toEqual({
        ok: false,
        error: { kind: 'locked', holders: [{ pid: rows[0]?.pid, name: 'left behind by a pooler', address: null }] },
      })
      await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
      expect(await migrate(url)).toMatchObject({ ok: true, value: { applied: [...MIGRATIONS] } })
      await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
      expect(await migrate(url, { patienceMs: 0 })).toEqual({ ok: true, value: { applied: [] } })
    } finally {
      await elsewhere.end()
      await holder.end()
      await other.drop()
    }
  })

  test('a database with the tables of another program is refused and stays as it is', async () => {
    const other = await emptyDatabase()
    try {
      await other.db.$executeRaw`CREATE TABLE "Operator" AS SELECT 'theirs' AS name`
      const save = () => expect.unreachable('a backup of what is not ours')
      expect(await migrate(new Redacted(other.url), { save })).toEqual({
        ok: false,
        error: { kind: 'failed', message: 'the database is not empty, and its tables were not made by Postroom' },
      })
      const tables = await other.db.$queryRaw`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
      expect(tables).toEqual([{ tablename: 'Operator' }])
    } finally {
      await other.drop()
    }
  })

  test('each migration is recorded with the checksum of its script, as the earlier engine did', async () => {
    const [first] = await empty.db.$queryRaw<object[]>`
      SELECT migration_name AS name, checksum, applied_steps_count AS steps, finished_at >= started_at AS "isFinished", logs
      FROM _prisma_migrations ORDER BY migration_name LIMIT 1`
    expect(first).toEqual({
      name: '0001_init',
      checksum: 'ce84d6288ed4a489ecf6a055c8ad588273d4eb37aeb900de9d6292b8004695eb',
      steps: 1,
      isFinished: true,
      logs: null,
    })
  })

  test('R-18 an older build refuses a schema that a newer one left', async () => {
    await empty.db
      .$executeRaw`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
      VALUES (${newId()}, 'x', '9999_from_the_future', now(), 1)`
    expect(await migrate(new Redacted(empty.url))).toEqual({
      ok: false,
      error: { kind: 'newer', unknown: ['9999_from_the_future'] },
    })
  })
})

describe('F-75 R-18 killed in the middle of a migration', () => {
  const EARLIER = MIGRATIONS.slice(0, 2)
  let empty: TestDatabase
  let blocker: pg.Client
  beforeEach(async () => {
    empty = await emptyDatabase()
    expect(await migrate(new Redacted(empty.url), { known: EARLIER })).toMatchObject({ ok: true })
    blocker = new pg.Client({ connectionString: empty.url })
    await blocker.connect()
  })
  afterEach(async () => {
    await blocker.end()
    await empty.drop()
  })

  const block = () => blocker.query('BEGIN; LOCK TABLE "MailServerRevision" IN ACCESS EXCLUSIVE MODE')

  /** The server's process whose script waits for the lock. */
  async function pidAtLock(look = () => {}): Promise<number> {
    for (;;) {
      const [at] = await empty.db.$queryRaw<{ pid: number }[]>`
        SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
        AND query LIKE '%another start took%'`
      if (at) return at.pid
      look()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** A start that waits in the middle of 0003 for a lock; the process, and the server's process that works for it. */
  async function halfWay() {
    await block()
    const script = fileURLToPath(new URL('../../../tests/support/interrupted-migration.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      env: { ...process.env, MIGRATE_URL: empty.url },
    })
    const pid = await pidAtLock(() => {
      if (child.exitCode !== null) throw new Error('it ended')
    })
    return { child, pid }
  }
  const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))
  const whole = async () => {
    expect(await migrate(new Redacted(empty.url))).toEqual({ ok: true, value: { applied: [] } })
    expect(await isDatabaseReady(empty.db)).toBe(true)
    expect(await empty.db.credentialWatch.count()).toBe(1)
  }

  test('if the server abandons the script, the next start applies it', async () => {
    const { child, pid } = await halfWay()
    const over = ended(child)
    child.kill('SIGKILL')
    await over
    await blocker.query('SELECT pg_terminate_backend($1)', [pid])
    await blocker.query('COMMIT')
    expect(await migrate(new Redacted(empty.url))).toEqual({ ok: true, value: { applied: MIGRATIONS.slice(2) } })
    await whole()
  })

  test('if the server finishes the script of a killed process, the next start waits for it and applies the rest', async () => {
    const { child } = await halfWay()
    const over = ended(child)
    child.kill('SIGKILL')
    await over
    const next = migrate(new Redacted(empty.url))
    await blocker.query('COMMIT')
    expect(await next).toEqual({ ok: true, value: { applied: MIGRATIONS.slice(3) } })
    await whole()
  })

  test('an older build that starts at the same time refuses the database, and the newer one continues', async () => {
    const { child } = await halfWay()
    const over = ended(child)
    child.kill('SIGKILL')
    await over
    await blocker.query('COMMIT')
    expect(await migrate(new Redacted(empty.url), { known: EARLIER })).toMatchObject({
      ok: false,
      error: { kind: 'newer', unknown: ['0003_credentials'] },
    })
    expect(await migrate(new Redacted(empty.url))).toMatchObject({ ok: true })
    await whole()
  })

  test('an older build that waits while a newer one migrates refuses the database then, and applies nothing', async () => {
    await blocker.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    const older = migrate(new Redacted(empty.url), { known: MIGRATIONS.slice(0, 3) })
    const asks = () => empty.db.$queryRaw<object[]>`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%'`
    await expect.poll(async () => (await asks()).length).toBe(1)
    await empty.db.$executeRaw`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
      VALUES ('x', 'x', '9999_from_the_future', now())`
    await blocker.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
    expect(await older).toEqual({ ok: false, error: { kind: 'newer', unknown: ['9999_from_the_future'] } })
    const applied = await empty.db
      .$queryRaw`SELECT count(*)::int FROM _prisma_migrations WHERE migration_name LIKE '0003%'`
    expect(applied).toEqual([{ count: 0 }])
  })

  test('a start whose connection the server ends in the middle reports that reason, not what followed from it', async () => {
    await block()
    const next = migrate(new Redacted(empty.url))
    await blocker.query('SELECT pg_terminate_backend($1)', [await pidAtLock()])
    const message = '0003_credentials: terminating connection due to administrator command'
    expect(await next).toEqual({ ok: false, error: { kind: 'failed', message } })
    await blocker.query('COMMIT')
    expect(await migrate(new Redacted(empty.url))).toMatchObject({ ok: true })
    await whole()
  })

  test('a migration that fails repeatedly reports the reason each time, and is applied once the cause is removed', async () => {
    await empty.db.$executeRaw`CREATE TABLE "Rotation" (x int)`
    for (const _ of [1, 2])
      expect(await migrate(new Redacted(empty.url))).toMatchObject({
        ok: false,
        error: { kind: 'failed', message: expect.stringContaining('"Rotation" already exists') },
      })
    const logs = expect.stringContaining('"Rotation" already exists')
    const rows = () => empty.db.$queryRaw`SELECT logs FROM _prisma_migrations WHERE finished_at IS NULL`
    expect(await rows()).toEqual([{ logs }, { logs }])
    await empty.db.$executeRaw`DROP TABLE "Rotation"`
    expect(await migrate(new Redacted(empty.url))).toMatchObject({ ok: true })
    await whole()
  })
})

test('a view of an administrator that stops a migration is named, with what to do', async () => {
  const before = MIGRATIONS.filter((name) => name < '0046')
  const older = await emptyDatabase()
  onTestFinished(() => older.drop())
  const url = new Redacted(older.url)
  expect(await migrate(url, { known: before })).toMatchObject({ ok: true })
  await older.db.$executeRaw`CREATE VIEW repeats AS SELECT "retried" FROM "MailboxHour"`
  await older.db.$executeRaw`CREATE VIEW busy AS SELECT "hour" FROM "MailboxHour" WHERE "retried" > 9`
  const outcome = await migrate(url)
  expect(outcome).toMatchObject({ ok: false, error: { kind: 'failed' } })
  expect(JSON.stringify(outcome)).toMatch(
    /0046_\w+: .*: view repeats depends on .*; view busy depends on .*\. Save its definition/,
  )
  await older.db.$executeRaw`DROP VIEW repeats, busy`
  expect(await migrate(url)).toMatchObject({ ok: true })
  expect(await isDatabaseReady(older.db)).toBe(true)
})

test('a database that cannot be reached is a fault with its reason, not an exception', async () => {
  const outcome = await migrate(new Redacted('postgresql://postgres@127.0.0.1:1/none'))
  expect(outcome).toMatchObject({ ok: false, error: { kind: 'unreachable', message: /ECONNREFUSED/ } })
})

describe('guards', () => {
  let fresh: TestDatabase
  beforeAll(async () => {
    fresh = await freshDatabase()
  })
  afterAll(() => fresh.drop())

  test('U-01 an audit row is never changed, removed or truncated', async () => {
    const { db } = fresh
    await db.auditEvent.create({
      data: {
        sequence: 1,
        at: new Date(),
        action: 'keys.rotate',
        actorKind: 'system',
        actorName: 'test',
        requestId: 'r',
        result: 'done',
        details: {},
        previousHash: '',
        hash: 'h1',
      },
    })
    await expect(db.auditEvent.updateMany({ data: { actorName: 'x' } })).rejects.toThrow(/append-only/)
    await expect(db.auditEvent.deleteMany()).rejects.toThrow(/append-only/)
    await expect(db.$executeRaw`TRUNCATE "AuditEvent"`).rejects.toThrow(/append-only/)
    expect(await db.auditEvent.count()).toBe(1)
  })

  test('there is one default mail server, each has a different name, and revisions are immutable', async () => {
    const { db } = fresh
    const row = (name = newId()) => ({ id: newId(), name, isDefault: true, version: 1, settings: {} })
    const first = await db.mailServer.create({ data: row() })
    await expect(db.mailServer.create({ data: row() })).rejects.toThrow(/Unique constraint/)
    const other = { ...row('Branch'), isDefault: false }
    await db.mailServer.create({ data: other })
    const alike = { ...row('BRANCH'), isDefault: false }
    await expect(db.mailServer.create({ data: alike })).rejects.toThrow(/Unique constraint/)
    await db.mailServer.update({ where: { id: other.id }, data: { removedAt: new Date() } })
    await db.mailServer.create({ data: alike })
    const removed = { removedAt: new Date() }
    await expect(db.mailServer.update({ where: { id: first.id }, data: removed })).rejects.toThrow(/default_is_there/)
    await db.mailServerRevision.create({
      data: { id: newId(), mailServerId: first.id, number: 1, settings: {}, digest: 'd', savedBy: 'x' },
    })
    await expect(db.mailServerRevision.updateMany({ data: { savedBy: 'y' } })).rejects.toThrow(/append-only/)
    await expect(db.mailServerRevision.deleteMany()).rejects.toThrow(/append-only/)
  })

  test('R-04 a commit is durable on every connection, whatever the server prefers', async () => {
    await fresh.db.$executeRawUnsafe(`ALTER ROLE CURRENT_USER SET synchronous_commit = off`)
    expect(await fresh.db.$queryRaw`SHOW synchronous_commit`).toEqual([{ synchronous_commit: 'on' }])
    await fresh.db.$executeRawUnsafe(`ALTER ROLE CURRENT_USER RESET synchronous_commit`)
  })
})
