import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { emptyDatabase, type TestDatabase } from '../../tests/support/database'
import { quiet } from '../../tests/support/world'
import { readKeyFile } from '../config/key-file'
import { inspectBackup } from '../db/backup/read'
import { forgetOldest, keptFile } from '../db/backup/retained'
import { longLived } from '../db/connection'
import { GRANT_LOCK, PRESENCE_LOCK } from '../db/locks'
import { migrate } from '../db/maintenance/migrate'
import { MIGRATIONS } from '../db/maintenance/migrations'
import { takePresence } from '../db/maintenance/presence'
import { askOne } from '../db/server'
import { newId, ok } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { waitReason } from './database-unavailable'
import { prepareSecrets } from './first-secrets'
import { faultOfThrown, type Migrated, type PrepareWishes, prepare as prepareWith } from './prepare'
import type { PrepareAnswer } from './prepare-main'
import { prepareDatabase } from './start'

let folder: string
let keysFile: string
let empty: TestDatabase
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-prepare-'))
  keysFile = path.join(folder, 'keys')
  empty = await emptyDatabase()
})
/** As the first start of a deployment does. */
async function prepare(url: Redacted, wishes: Partial<PrepareWishes> = {}) {
  const done: Migrated = { applied: [], savedTo: null }
  const prepared = await prepareWith(url, {
    onMigrated: (migrated) => Object.assign(done, migrated),
    ownerDatabaseUrl: null,
    keysFile,
    keysFileGiven: false,
    dataDir: folder,
    surroundings,
    chainKeys: testChainKeys,
    makeKey: true,
    ...wishes,
  })
  return prepared.ok ? ok({ ...prepared.value, ...done }) : prepared
}
const surroundings = {
  productVersion: '0.1.0',
  baseUrl: 'https://mail.contoso.example',
  sessionSecretMark: 'm',
  backupKeys: [],
}

afterEach(async () => {
  await empty.drop()
  rmSync(folder, { recursive: true })
})

test('R-19 nothing starts on a database while a backup is put back', async () => {
  const url = new Redacted(empty.url)
  await prepare(url)
  const restore = longLived(url, 'postroom restore')
  await restore.connect()
  expect(await takePresence(restore)).toEqual([])
  const message = expect.stringMatching(
    /^it is being restored or migrated by postroom restore \(database process \d+\)$/,
  )
  expect(await prepare(url)).toEqual({ ok: false, error: { kind: 'wait', message } })
  await restore.end()
  await vi.waitFor(async () => expect(await prepare(url)).toMatchObject({ ok: true }))
})

test('the first start migrates and makes a key file that only its owner reads; the second does neither', async () => {
  const url = new Redacted(empty.url)
  expect(await prepare(url)).toMatchObject({
    ok: true,
    value: { applied: [...MIGRATIONS], keyMade: true },
  })
  expect(statSync(keysFile).mode & 0o777).toBe(0o600)
  const content = readFileSync(keysFile, 'utf8')
  expect(readKeyFile(content)).toMatchObject({ ok: true, value: [{ kid: 'k1' }] })
  expect(await prepare(url)).toMatchObject({ ok: true, value: { applied: [], keyMade: false } })
  expect(readFileSync(keysFile, 'utf8')).toBe(content)
})

test('S-09 no key is made where rows are about to arrive that another one sealed', async () => {
  expect(await prepare(new Redacted(empty.url), { makeKey: false })).toMatchObject({
    ok: true,
    value: { keyMade: false },
  })
  expect(existsSync(keysFile)).toBe(false)
})

describe('R-18 before a migration', () => {
  const EARLIER = MIGRATIONS.slice(0, 2)
  const backups = () => readdirSync(path.join(folder, 'backups'))
  async function earlierDatabase(): Promise<void> {
    await migrate(new Redacted(empty.url), { known: EARLIER })
    await empty.db.$executeRaw`INSERT INTO "Operator" (id, name, email, "updatedAt")
      VALUES ('op-1', 'Admin', 'admin@contoso.example', now())`
  }

  test('existing data is backed up and the audit log shows it; an empty database is not backed up', async () => {
    await migrate(new Redacted(empty.url), { known: EARLIER })
    expect(await prepare(new Redacted(empty.url))).toMatchObject({ ok: true, value: { savedTo: null } })
    await empty.drop()
    empty = await emptyDatabase()
    await earlierDatabase()
    const prepared = await prepare(new Redacted(empty.url))
    expect(prepared).toMatchObject({ ok: true, value: { applied: MIGRATIONS.slice(2) } })
    const [name = ''] = backups()
    expect(prepared.ok && prepared.value.savedTo).toBe(path.join(folder, 'backups', name))
    const inspected = await inspectBackup(path.join(folder, 'backups', name), [])
    expect(inspected).toMatchObject({
      ok: true,
      value: { header: { migrations: EARLIER, baseUrl: surroundings.baseUrl }, origin: 'unsigned' },
    })
    expect(await empty.db.auditEvent.findMany()).toMatchObject([
      { action: 'backup.write', actorName: 'start', details: { file: name, rows: 1 } },
    ])
    expect(await prepare(new Redacted(empty.url))).toMatchObject({ ok: true, value: { applied: [], savedTo: null } })
    expect(backups()).toEqual([name])
  })

  test('what killed starts left of their backups is removed, and so are all backups but three, and no file of a person', async () => {
    await earlierDatabase()
    const killed = keptFile(folder, 'before-migration', new Date(0))
    for (const name of [`${killed}.x.part`, path.join(folder, 'backups/mine.postroom-backup.x.part')])
      writeFileSync(name, '')
    const earlier = [1, 2, 3].map((day) => keptFile(folder, 'before-migration', new Date(Date.UTC(2026, 0, day))))
    for (const file of earlier) writeFileSync(file, '')
    const prepared = await prepare(new Redacted(empty.url))
    const savedTo = prepared.ok ? (prepared.value.savedTo ?? '') : ''
    expect(backups().sort()).toEqual([
      ...[...earlier.slice(1), savedTo].map((file) => path.basename(file)),
      'mine.postroom-backup.x.part',
    ])
  })

  test('nothing is migrated or backed up while a process of the earlier version works, and the line names it', async () => {
    await earlierDatabase()
    const url = new Redacted(empty.url)
    const worker = longLived(url, 'postroom worker k1')
    await worker.connect()
    await worker.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK])
    const message = expect.stringMatching(/earlier version run on it\. Stop worker \(database process \d+\)$/)
    expect(await prepare(url)).toEqual({ ok: false, error: { kind: 'wait', message } })
    expect(existsSync(path.join(folder, 'backups'))).toBe(false)
    expect(await empty.db.$queryRaw`SELECT to_regclass('"Rotation"')::text AS "there"`).toEqual([{ there: null }])
    await worker.end()
    await expect.poll(() => prepare(url)).toMatchObject({ ok: true, value: { applied: MIGRATIONS.slice(2) } })
  })

  test('a backup that cannot be written stops the start, and nothing is migrated', async () => {
    await earlierDatabase()
    writeFileSync(path.join(folder, 'file'), '')
    const stopped = await prepare(new Redacted(empty.url), { dataDir: path.join(folder, 'file') })
    expect(stopped).toMatchObject({
      ok: false,
      error: { kind: 'stop', message: expect.stringMatching(/^nothing was migrated.*there is no folder .*backups$/) },
    })
    expect(await empty.db.$queryRaw`SELECT to_regclass('"Rotation"')::text AS "there"`).toEqual([{ there: null }])
    expect(await prepare(new Redacted(empty.url))).toMatchObject({ ok: true, value: { applied: MIGRATIONS.slice(2) } })
  })

  test('the newest three of each kind stay', () => {
    for (const kind of ['before-migration', 'before-restore'] as const) {
      for (let day = 1; day <= 5; day++) {
        const written = keptFile(folder, kind, new Date(Date.UTC(2026, 10, day)))
        writeFileSync(written, '')
        forgetOldest(written, kind)
      }
    }
    writeFileSync(path.join(folder, 'backups/mine.postroom-backup'), '')
    expect(backups().sort()).toEqual([
      ...['03', '04', '05'].map((day) => `before-migration-202611${day}T000000000Z.postroom-backup`),
      ...['03', '04', '05'].map((day) => `before-restore-202611${day}T000000000Z.postroom-backup`),
      'mine.postroom-backup',
    ])
    expect(statSync(path.join(folder, 'backups')).mode & 0o777).toBe(0o700)
  })

  test('R-15 R-18 the one that was just written stays, although earlier ones have later times because the clock was ahead', () => {
    for (const day of [3, 4, 5]) writeFileSync(keptFile(folder, 'before-restore', new Date(Date.UTC(2027, 0, day))), '')
    const written = keptFile(folder, 'before-restore', new Date(Date.UTC(2026, 10, 1)))
    writeFileSync(written, '')
    forgetOldest(written, 'before-restore')
    expect(backups().sort()).toEqual([
      path.basename(written),
      ...['04', '05'].map((day) => `before-restore-202701${day}T000000000Z.postroom-backup`),
    ])
  })
})

describe('U-02 the role of console and worker', () => {
  let role: string
  let url: Redacted
  const asOwner = (sql: string) => empty.db.$executeRawUnsafe(sql)
  beforeEach(async () => {
    role = `app_${newId().replaceAll('-', '')}`
    await asOwner(`CREATE ROLE ${role} LOGIN PASSWORD 'a password of the test'`)
    const address = new URL(empty.url)
    address.username = role
    address.password = 'a password of the test'
    url = new Redacted(address.href)
  })
  afterEach(async () => {
    await asOwner(`DROP OWNED BY ${role}`)
    await asOwner(`DROP ROLE ${role}`)
  })

  test('gets its rights from the owner of the tables and leaves no risk', async () => {
    const owner = { ownerDatabaseUrl: new Redacted(empty.url) }
    expect(await prepare(url, owner)).toMatchObject({ ok: true, value: { applied: [...MIGRATIONS], roleRisk: null } })
    expect(await askOne(url, `SELECT has_table_privilege('"Operator"', 'UPDATE')`)).toBe(true)
    expect(await askOne(url, `SELECT has_table_privilege('"AuditEvent"', 'UPDATE')`)).toBe(false)
  })

  test('is reported when it is a superuser or owns the tables', async () => {
    expect(await prepare(new Redacted(empty.url))).toMatchObject({ ok: true, value: { roleRisk: 'superuser' } })
    await asOwner(`ALTER TABLE "AuditEvent" OWNER TO ${role}`)
    const owner = { ownerDatabaseUrl: new Redacted(empty.url) }
    expect(await prepare(url, owner)).toMatchObject({ ok: true, value: { roleRisk: 'owner' } })
  })

  test('R-09 that may not sign in, or whose server is away, is one line that names its variable', async () => {
    const owner = { ownerDatabaseUrl: new Redacted(empty.url) }
    const stranger = new URL(empty.url)
    stranger.username = 'no_such_role'
    expect(await prepare(new Redacted(stranger.href), owner)).toEqual({
      ok: false,
      error: { kind: 'stop', variable: 'DATABASE_URL', message: expect.stringContaining('"no_such_role"') },
    })
    expect(await prepare(new Redacted('postgresql://x@127.0.0.1:1/x'), owner)).toMatchObject({
      ok: false,
      error: { kind: 'no-answer' },
    })
  })

  test('R-09 whose rights the owner may not give is one line that names the address of the owner', async () => {
    await prepare(new Redacted(empty.url))
    const helper = `${role}_owner`
    await asOwner(`CREATE ROLE ${helper} LOGIN PASSWORD 'a password of the test'`)
    await asOwner(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${helper}`)
    try {
      const owner = { ownerDatabaseUrl: new Redacted(url.reveal().replace(role, helper)) }
      expect(await prepare(url, owner)).toEqual({
        ok: false,
        error: {
          kind: 'stop',
          variable: 'POSTROOM_OWNER_DATABASE_URL',
          message: expect.stringMatching(/^cannot be used: .*(?:denied|owner|member)/),
        },
      })
    } finally {
      await asOwner(`DROP OWNED BY ${helper}`)
      await asOwner(`DROP ROLE ${helper}`)
    }
  })

  test('R-09 whose rights cannot be given because the database went away is waited for, and what was migrated is said', async () => {
    const applied: string[] = []
    const onMigrated = (done: Migrated) => void applied.push(...done.applied)
    const blocker = longLived(new Redacted(empty.url), 'postroom test')
    await blocker.connect()
    await blocker.query('SELECT pg_advisory_lock($1)', [GRANT_LOCK])
    const started = prepare(url, { ownerDatabaseUrl: new Redacted(empty.url), onMigrated })
    await vi.waitFor(async () => {
      const { rowCount } = await blocker.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      expect(rowCount).toBe(1)
    }, 20_000)
    await blocker.end()
    expect(await started).toEqual({
      ok: false,
      error: { kind: 'no-answer', message: 'terminating connection due to administrator command' },
    })
    expect(applied).toEqual([...MIGRATIONS])
  })

  test('in another database than the owner is one line', async () => {
    const other = await emptyDatabase()
    try {
      const elsewhere = new URL(other.url)
      expect(await prepare(new Redacted(elsewhere.href), { ownerDatabaseUrl: new Redacted(empty.url) })).toEqual({
        ok: false,
        error: {
          kind: 'stop',
          variable: 'POSTROOM_OWNER_DATABASE_URL',
          message: 'names another database than DATABASE_URL does',
        },
      })
    } finally {
      await other.drop()
    }
  })
})

test('an address with a certificate that cannot be read, which no waiting can repair, is one line at once', async () => {
  expect(await prepare(new Redacted('postgresql://u:p@127.0.0.1:1/d?sslrootcert=/no/such/ca.pem'))).toEqual({
    ok: false,
    error: {
      kind: 'stop',
      variable: 'DATABASE_URL',
      message: "cannot be used: ENOENT: no such file or directory, open '/no/such/ca.pem'",
    },
  })
})

test('a server without the encryption that its address demands is not said to give no answer', async () => {
  const url = new URL(empty.url)
  url.searchParams.set('sslmode', 'verify-full')
  const message = 'cannot be used: The server does not support SSL connections'
  expect(await prepare(new Redacted(url.href))).toEqual({
    ok: false,
    error: { kind: 'stop', variable: 'DATABASE_URL', message },
  })
})

test('R-04 a server that may lose acknowledged commits is reported', async () => {
  const prepared = await prepare(new Redacted(empty.url))
  // The test server runs without fsync on purpose. A server given by TEST_DATABASE_URL is another.
  const expected = process.env.TEST_DATABASE_URL ? expect.any(Array) : ['fsync', 'full_page_writes']
  expect(prepared).toMatchObject({ ok: true, value: { durabilityRisks: expected } })
})

describe('S-09 a lost key file', () => {
  test('is never replaced by a new key while the database holds a key check', async () => {
    const url = new Redacted(empty.url)
    await prepare(url)
    await empty.db.keyCheck.create({ data: { kid: newId().slice(0, 8), sealed: 'x' } })
    rmSync(keysFile)
    expect(await prepare(url)).toMatchObject({ ok: true, value: { keyMade: false } })
    expect(await prepare(url, { keysFileGiven: true })).toMatchObject({ ok: true, value: { keyMade: false } })
    expect(existsSync(keysFile)).toBe(false)
  })

  test('that the deployment names is the deployment’s to make', async () => {
    expect(await prepare(new Redacted(empty.url), { keysFileGiven: true })).toMatchObject({
      ok: false,
      error: { kind: 'stop', variable: 'POSTROOM_KEYS_FILE' },
    })
  })
})

test('R-09 the start waits for a database that is away, and reports one that rejects the sign-in', async () => {
  const away = new Redacted('postgresql://x@127.0.0.1:1/x')
  expect(await prepare(away)).toMatchObject({ ok: false, error: { kind: 'no-answer' } })
  const gone = new Redacted(empty.url.replace(/[^/]+$/, 'no_such_database'))
  expect(await prepare(gone)).toMatchObject({
    ok: false,
    error: { kind: 'stop', variable: 'DATABASE_URL' },
  })
})

test('S-09 a start that has to wait for the database after it made the first key still says that it made one', async () => {
  const prepared = { kind: 'ready', keyMade: false } as unknown as PrepareAnswer
  const answers: (() => PrepareAnswer)[] = [
    () => {
      writeFileSync(keysFile, 'k1')
      return { kind: 'no-answer', message: 'timeout' }
    },
    () => prepared,
    () => prepared,
  ]
  const options = {
    isEmbedded: false,
    say() {},
    halt: { stop: new AbortController().signal, force: new AbortController().signal },
  }
  const ask = async () => answers.shift()?.() ?? prepared
  expect(await prepareDatabase(ask, keysFile, options, quiet, 0)).toMatchObject({ keyMade: true })
  expect(await prepareDatabase(ask, keysFile, options, quiet, 0)).toMatchObject({ keyMade: false })
})

test('a start that waits for the database says why once, and again when there is another reason', async () => {
  const silent: PrepareAnswer = { kind: 'no-answer', message: 'timeout' }
  const answers: PrepareAnswer[] = [silent, silent, { kind: 'wait', message: 'it is being restored' }]
  const said: string[] = []
  const options = {
    isEmbedded: true,
    say: (line: string) => void said.push(line),
    halt: { stop: new AbortController().signal, force: new AbortController().signal },
  }
  const ready = { kind: 'ready', keyMade: false } as unknown as PrepareAnswer
  await prepareDatabase(async () => answers.shift() ?? ready, keysFile, options, quiet, 0)
  expect(said).toEqual([
    'Waiting for the database: it does not answer: timeout. If this does not pass, start Postroom again',
    'Waiting for the database: it is being restored',
  ])
})

test('the session secret is made once, for its owner alone, and not where the deployment gives one', () => {
  const dataDir = path.join(folder, 'data')
  const first = prepareSecrets({ POSTROOM_DATA_DIR: dataDir })
  const file = path.join(dataDir, 'auth-secret')
  expect(first.ok && first.value.variables.POSTROOM_AUTH_SECRET_FILE).toBe(file)
  expect([statSync(dataDir).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  const content = readFileSync(file, 'utf8')
  // What a start that was killed in the middle of it leaves.
  writeFileSync(`${file}.${newId()}`, content)
  writeFileSync(`${file}.old`, 'of a person')
  prepareSecrets({ POSTROOM_DATA_DIR: dataDir })
  expect(readFileSync(file, 'utf8')).toBe(content)
  expect(readdirSync(dataDir).sort()).toEqual(['auth-secret', 'auth-secret.old'])

  const other = path.join(folder, 'other')
  const prepared = prepareSecrets({ POSTROOM_DATA_DIR: other, POSTROOM_AUTH_SECRET: 'x' })
  expect(prepared.ok && prepared.value.variables.POSTROOM_AUTH_SECRET_FILE).toBeUndefined()
  expect(existsSync(path.join(other, 'auth-secret'))).toBe(false)
})

test.runIf(existsSync('/proc/self'))(
  'a data directory that the file system does not let be made is named, instead of being tried without end',
  () => {
    const script =
      "import('./lib/host/first-secrets.ts').then((m) => console.log(JSON.stringify(m.prepareSecrets(process.env))))"
    const tried = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
      env: { ...process.env, POSTROOM_DATA_DIR: '/proc/none/data' },
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    expect(JSON.parse(tried.stdout || 'null')).toEqual({
      ok: false,
      error: {
        variable: 'POSTROOM_DATA_DIR',
        problem: "cannot be used: /proc/none/data (ENOENT: no such file or directory, mkdir '/proc/none')",
      },
    })
  },
)

test('a data directory that cannot be used is named, with the words of the system and the file, if it names one', () => {
  const dataDir = path.join(folder, 'unusable')
  mkdirSync(dataDir)
  const below = path.join(dataDir, 'file')
  writeFileSync(below, '')
  expect(prepareSecrets({ POSTROOM_DATA_DIR: path.join(below, 'data') })).toMatchObject({
    error: { problem: expect.stringContaining(`(ENOTDIR: not a directory, mkdir '${below}/data')`) },
  })
})

test('R-09 a start waits for a database that stops answering in the middle of it, stops for a file, and throws a bug', () => {
  const message = 'timeout exceeded when trying to connect'
  const silent = { kind: 'no-answer', message } as const
  expect(faultOfThrown(new Error(message))).toEqual(silent)
  expect(waitReason(silent, false)).toBe(
    `it does not answer: ${message}. Start PostgreSQL there, or correct its address`,
  )
  expect(waitReason(silent, true)).toBe(`it does not answer: ${message}. If this does not pass, start Postroom again`)
  const file = Object.assign(new Error('EACCES: keys'), { path: 'keys', syscall: 'open' })
  expect(faultOfThrown(file)).toEqual({ kind: 'stop', variable: null, message: 'EACCES: keys' })
  const bug = new TypeError('bug')
  expect(() => faultOfThrown(bug)).toThrow(bug)
})

test('R-09 a start that waits for a standby says that the database is read-only, and not that it does not answer', async () => {
  await prepare(new Redacted(empty.url))
  const written = empty.db.$transaction(async (tx) => {
    await tx.$executeRaw`SET TRANSACTION READ ONLY`
    await tx.operator.deleteMany()
  })
  const thrown = await written.catch((error: unknown) => error)
  expect(faultOfThrown(thrown)).toEqual({ kind: 'wait', message: 'it is read-only, as a standby is' })
})
