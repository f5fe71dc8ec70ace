import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../kernel/ids'
import { Redacted } from '../kernel/redacted'
import { migrate } from './migrate'
import { MIGRATIONS } from './migrations'
import { projectRoot } from './project-root'
import { emptyDatabase, freshDatabase, type TestDatabase } from './test-db'

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
        PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'prisma/schema-engine.mjs'),
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

test('a database that is not there is a value with its reason, not an exception', async () => {
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

  test('there is one default mail server, and its revisions are immutable', async () => {
    const { db } = fresh
    const row = () => ({ id: newId(), name: 'a', isDefault: true, version: 1, settings: {} })
    const first = await db.mailServer.create({ data: row() })
    await expect(db.mailServer.create({ data: row() })).rejects.toThrow(/Unique constraint/)
    await db.mailServer.create({ data: { ...row(), isDefault: false } })
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
