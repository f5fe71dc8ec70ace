import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { leaks } from '../../e2e/support/needles'
import { bundledProcess } from '../../tests/support/bundled-process'
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../tests/support/database'
import { waitingFor } from '../../tests/support/locks'
import {
  caller,
  createWorld,
  newKey,
  PASSWORD,
  SECRET,
  saved,
  tested,
  type World,
} from '../../tests/support/mail-server'
import { appendAudits, auditEntry, createAuditLog } from '../audit'
import { createVault } from '../crypto/vault'
import { backUp } from '../db/backup/dump'
import { inspectBackup } from '../db/backup/read'
import { keptFile } from '../db/backup/retained'
import { LEFT_OUT } from '../db/backup/tables'
import { writeBackup as writeTables } from '../db/backup/write'
import { MIGRATION_LOCK } from '../db/locks'
import { migrate } from '../db/maintenance/migrate'
import { MIGRATIONS } from '../db/maintenance/migrations'
import { holdPresence } from '../db/maintenance/presence'
import { LEAN } from '../host/lean'
import { NEVER, newId, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { restoreBackup, surroundingsOf, writeBackup } from './backup'

const SOAK = process.env.SOAK !== undefined
vi.setConfig({ testTimeout: SOAK ? 600_000 : 60_000 })

const AUTH_SECRET = 'canary session secret of the deployment'
/** A transaction for which a restore waits, after it has read the file. */
const OVER_A_RESTORE = { timeout: 40_000 }
let world: World
let folder: string
let file: string
let databases: TestDatabase[]
beforeEach(async () => {
  world = await createWorld()
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-backup-'))
  file = path.join(folder, 'a.postroom-backup')
  databases = []
})
afterEach(async () => {
  await Promise.all([world.end(), ...databases.map((other) => other.drop())])
  rmSync(folder, { recursive: true })
})

interface Wish {
  database?: TestDatabase
  keys?: World['keys']
  baseUrl?: string
  authSecret?: string
}

function servicesOn({
  database = world.database,
  keys = world.keys,
  baseUrl = 'https://mail.contoso.example',
  authSecret = AUTH_SECRET,
}: Wish = {}) {
  return {
    environment: {
      databaseUrl: new Redacted(database.url),
      ownerDatabaseUrl: null,
      dataDir: folder,
      baseUrl: new URL(baseUrl),
      authSecret: new Redacted(authSecret),
      keys,
      clouds: [world.cloud],
    },
    clock: systemClock,
    db: database.db,
    vault: createVault(keys, systemClock),
    audit: createAuditLog(database.db, systemClock),
  }
}
const backedUp = async (wish: Wish = {}) => {
  const done = await writeBackup(servicesOn(wish), caller, file, { force: false })
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return done.value
}
const restored = (wish: Wish = {}, replace = false, acceptAdministrators = false) =>
  restoreBackup(servicesOn(wish), caller, file, { replace, acceptAdministrators })
async function another(): Promise<TestDatabase> {
  const database = await freshDatabase()
  databases.push(database)
  return database
}

/** Every row of every table that a backup has, as text. */
async function contentOf({ db }: TestDatabase): Promise<Record<string, string[]>> {
  const tables = await db.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`
  const content: Record<string, string[]> = {}
  for (const { name } of tables.filter((table) => !(table.name in LEFT_OUT))) {
    const rows = await db.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`)
    content[name] = rows.map(({ row }) => row)
  }
  return content
}
/** The rows that a restore adds. */
const withoutOwnRow = (content: Record<string, string[]>): Record<string, string[] | undefined> => ({
  ...content,
  AuditEvent: content.AuditEvent?.filter((row) => !/,backup\.(restore|write),/.test(row)),
})

async function operatorWithSession(database: TestDatabase): Promise<void> {
  const { db } = database
  await db.operator.create({ data: { id: 'op-1', name: 'Admin', email: 'admin@contoso.example', role: 'admin' } })
  await db.account.create({
    data: { id: 'a', accountId: 'op-1', providerId: 'credential', userId: 'op-1', password: 'argon' },
  })
  await db.twoFactor.create({
    data: { id: 't', secret: 'sealed', backupCodes: 'sealed', userId: 'op-1', verified: true },
  })
  await db.session.create({
    data: { id: 's', token: 'canary-session-token-hash', userId: 'op-1', expiresAt: new Date(Date.now() + 3_600_000) },
  })
}

test('S-12 R-19 a backup restored elsewhere: every row is there, all sessions have ended, and a test message arrives with the stored secret', async () => {
  const mailServer = world.mailServer()
  await saved(mailServer, world.exchange(), 0)
  await operatorWithSession(world.database)
  await world.database.db.operator.createMany({
    data: [
      { id: 'op-2', name: 'Gone', email: 'gone@contoso.example', role: 'admin', disabledAt: new Date() },
      { id: 'op-3', name: 'Viewer', email: 'viewer@contoso.example', role: 'viewer' },
    ],
  })
  const { header, bytes } = await backedUp()
  expect(await world.database.db.auditEvent.findMany({ where: { action: 'backup.write' } })).toMatchObject([
    { actorName: 'admin@contoso.example', result: 'done', details: { file: path.basename(file), bytes } },
  ])
  expect(header).toMatchObject({ keyIds: ['k1'], migrations: [...MIGRATIONS], leftOut: Object.keys(LEFT_OUT) })
  expect(bytes).toBe(statSync(file).size)
  const before = await contentOf(world.database)
  expect(before.Credential).toHaveLength(1)

  const database = await another()
  expect(await restored({ database })).toMatchObject({
    ok: true,
    value: {
      safetyFile: null,
      migrated: [],
      keys: [],
      otherBaseUrl: null,
      secondFactorsLost: false,
      origin: 'this-deployment',
      administrators: ['admin@contoso.example'],
    },
  })
  const { db } = database
  expect(withoutOwnRow(await contentOf(database))).toEqual(withoutOwnRow(before))
  expect(await db.session.count()).toBe(0)
  expect(await createAuditLog(db, systemClock).verify()).toMatchObject({ intact: true, events: 2 })
  expect(await db.auditEvent.findFirst({ orderBy: { sequence: 'desc' } })).toMatchObject({
    action: 'backup.restore',
    actorName: 'admin@contoso.example',
    result: 'done',
  })
  const keep = world.exchange({ clientSecretChange: 'keep' })
  expect((await tested(world.mailServer({ on: database }), keep)).finished?.report.outcome).toBe('accepted')
  expect(world.smtp.messages).toHaveLength(1)
  // History keeps its rules.
  await expect(db.auditEvent.deleteMany()).rejects.toThrow(/append-only/)
  await expect(db.reminder.create({ data: { ...REMINDER, credentialId: newId() } })).rejects.toThrow(/oreign key/)
})

test('the end of the audit log that a backup contains is the newest entry, also of more than nine', async () => {
  const { db } = world.database
  const entry = auditEntry('backup.write', caller, 'backup:x')
  await db.$transaction((tx) => appendAudits(tx, Array(11).fill(entry), new Date()))
  const newest = await db.auditEvent.findFirstOrThrow({ orderBy: { sequence: 'desc' } })
  const { header } = await backedUp()
  expect(header.auditEnd).toEqual({ sequence: String(newest.sequence), hash: newest.hash })
})

test('S-12 R-19 several mail servers, each the other’s failover server, come back with their settings and their own secrets', async () => {
  const servers = world.servers()
  await saved(world.mailServer(), world.exchange(), 0)
  const added = await servers.add(caller, 'Branch office')
  if (!added.ok) throw new Error(added.error.kind)
  const [first, second] = [await servers.defaultId(), added.value.id]
  const branch = { senderAddress: 'branch@contoso.example' }
  await saved(servers.of(second), world.exchange(branch), 0)
  for (const [id, failoverId] of [
    [first, second],
    [second, first],
  ] as const)
    expect((await servers.setFailover(caller, { id, from: null, failoverId })).ok).toBe(true)
  await backedUp()
  const before = await contentOf(world.database)

  const database = await another()
  expect((await restored({ database })).ok).toBe(true)
  expect(withoutOwnRow(await contentOf(database))).toEqual(withoutOwnRow(before))
  const keep = { clientSecretChange: 'keep' }
  for (const [id, own] of [
    [first, {}],
    [second, branch],
  ] as const)
    expect(
      (await tested(world.mailServer({ id, on: database }), world.exchange({ ...keep, ...own }))).finished?.report,
    ).toMatchObject({ outcome: 'accepted' })
})

/** A value that no default has, for each type of a column. */
const VALUES: Readonly<Record<string, string>> = {
  text: `'some text'`,
  uuid: `'0b5ad1ce-7c1b-4a53-9a38-5f7b8d3c2e10'`,
  boolean: 'NOT coalesce(%default%, false)',
  smallint: '7',
  integer: '7',
  bigint: '7',
  date: `'2031-02-03'`,
  jsonb: `'{"a": [1]}'`,
  bytea: `'\\x0102'`,
  'timestamp with time zone': `'2031-02-03T04:05:06.789Z'`,
  'timestamp without time zone': `'2031-02-03 04:05:06.789'`,
  'text[]': `'{a,"b c"}'`,
  'integer[]': `'{7,8}'`,
  'smallint[]': `'{7,8}'`,
}

/** One row in every table that a backup has, with a value in every column, against no rule of the table but its keys. */
async function withoutRules(database: TestDatabase, fill: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows: rules } = await client.query<{ drop: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop FROM pg_constraint
     WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace ORDER BY contype DESC`,
  )
  for (const { drop } of rules) await client.query(drop)
  const { rows: tables } = await client.query<{
    name: string
    columns: { name: string; type: string; default: string | null }[]
  }>(
    `SELECT c.relname AS name, json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, NULL),
       'default', pg_get_expr(d.adbin, d.adrelid))) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY 1`,
  )
  await client.query('SET session_replication_role = replica')
  for (const { name, columns } of tables.filter((table) => fill && isFilled(table))) {
    const values = columns.map(({ type, default: usual }) => {
      const value = VALUES[type]
      if (!value) throw new Error(`${name} has a column of a new type: ${type}`)
      return value.replace('%default%', usual ?? 'NULL')
    })
    await client.query(`DELETE FROM "${name}"`)
    await client.query(
      `INSERT INTO "${name}" (${columns.map((column) => column.name)}) OVERRIDING SYSTEM VALUE VALUES (${values})`,
    )
  }
  await client.end()
}
/** A restore adds a row to the audit log, whose rows are chained. */
const isFilled = ({ name }: { name: string }): boolean =>
  !(name in LEFT_OUT) && name !== '_prisma_migrations' && name !== 'AuditEvent'

test('S-12 R-19 every column of every table that a backup has comes back with its value', async () => {
  await withoutRules(world.database, true)
  await backedUp()
  const before = await contentOf(world.database)
  expect(Object.entries(before).filter(([name, rows]) => isFilled({ name }) && rows.length !== 1)).toEqual([])
  const database = await another()
  await withoutRules(database, false)
  expect(await restored({ database })).toMatchObject({ ok: true })
  expect(withoutOwnRow(await contentOf(database))).toEqual(withoutOwnRow(before))
})

const REMINDER = {
  id: newId(),
  channelId: newId(),
  expiryVersion: 1,
  thresholdDays: 7,
  state: 'due',
  deliveryId: 'd',
  dueAt: new Date(),
}

/** At least this many, and more until the backup has ended. */
const WRITES = process.env.SOAK ? 1_000 : 200

const numbers = ({ db }: TestDatabase) =>
  db.$queryRaw`SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1`
const advanceNumbers = ({ db }: TestDatabase) => db.$queryRaw`
  SELECT setval(format('public.%I', sequencename)::regclass, 41) FROM pg_sequences WHERE schemaname = 'public'`

test('R-19 what the server numbers continues after a restore from where it was', async () => {
  await advanceNumbers(world.database)
  await backedUp()
  const database = await another()
  expect(await numbers(database)).not.toEqual(await numbers(world.database))
  // There is no second factor that another session secret could make useless.
  expect(await restored({ database, authSecret: 'another secret, long enough' })).toMatchObject({
    ok: true,
    value: { secondFactorsLost: false },
  })
  expect(await numbers(database)).toEqual(await numbers(world.database))
})

test(`R-19 ${WRITES} writes or more during a backup: all acknowledged before it are in it, and no change is half in it`, async () => {
  const { db } = world.database
  const mailServer = world.mailServer()
  await saved(mailServer, world.smtpFields(), 0)
  let acknowledged = 0
  let next = 0
  let isBackedUp = false
  /** Two rows in two tables, in one transaction. */
  const writer = async () => {
    while (next < WRITES || !isBackedUp) {
      const at = next++
      await db.$transaction([
        db.calendarFeed.create({
          data: { id: newId(), tokenHash: `t${at}`, name: 'x', createdBy: 'x', createdAt: new Date() },
        }),
        db.inventoryRun.create({
          data: { id: newId(), tenantId: newId(), state: 'done', startedBy: 'x', startedAt: new Date() },
        }),
      ])
      acknowledged++
      if (at % 10 === 0) await createAuditLog(db, systemClock).record(ENTRY)
    }
  }
  const writing = Promise.all([writer(), writer(), writer(), writer()])
  while (acknowledged < WRITES / 10) await new Promise((resolve) => setTimeout(resolve, 1))
  const before = acknowledged
  await backedUp().finally(() => {
    isBackedUp = true
  })
  expect(acknowledged).toBeGreaterThan(before)
  await writing

  const other = await another()
  expect((await restored({ database: other })).ok).toBe(true)
  const feeds = await other.db.calendarFeed.count()
  expect(feeds).toBeGreaterThanOrEqual(before)
  expect(feeds).toBeLessThan(acknowledged)
  expect(await other.db.inventoryRun.count()).toBe(feeds)
  expect(await createAuditLog(other.db, systemClock).verify()).toMatchObject({ intact: true })
})

const ENTRY = { action: 'mail-server.test', ...caller, result: 'done', subject: null, details: {} } as const

test('S-09 restored without its key: allowed and said, nothing touches the sealed text, and all is well once the key is back', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  await backedUp()
  for (const [keys, problem] of [
    [[], 'missing'],
    [[newKey('k9')], 'missing'],
    [[newKey('k1')], 'wrong'],
  ] as const) {
    const database = await another()
    expect(await restored({ database, keys: [...keys] })).toMatchObject({
      ok: true,
      value: { keys: [{ kid: 'k1', problem }] },
    })
    expect((await contentOf(database)).Credential).toEqual((await contentOf(world.database)).Credential)
  }
  const database = databases.at(-1) as TestDatabase
  const keep = world.exchange({ clientSecretChange: 'keep' })
  const atShell = { ...caller, actor: { kind: 'command-line', user: 'root' } as const }
  const wrong = world.mailServer({ on: database, keys: [newKey('k1')] })
  expect((await tested(wrong, keep, {}, atShell)).finished?.report).toMatchObject({
    diagnosis: { code: 'secret-unreadable' },
  })
  expect((await tested(world.mailServer({ on: database }), keep)).finished?.report.outcome).toBe('accepted')
})

test('S-01 S-12 no key and no secret is in a backup, however one spells it', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  await tested(world.mailServer(), world.exchange({ clientSecretChange: 'keep' }))
  await saved(world.mailServer(), world.smtpFields(), 1)
  await operatorWithSession(world.database)
  const canaries = [
    { name: 'client secret', secret: SECRET },
    { name: 'SMTP password', secret: PASSWORD },
    { name: 'session', secret: 'canary-session-token-hash' },
    { name: 'session secret', secret: AUTH_SECRET },
    ...world.keys.map(({ kid, key }) => ({ name: kid, secret: key.reveal() })),
  ]
  await backedUp()
  const text = gunzipSync(readFileSync(file)).toString()
  expect(text).toContain('admin@contoso.example')
  expect(leaks([['the backup', text]], canaries)).toEqual([])
  await world.database.db.operator.updateMany({ data: { name: `x ${PASSWORD}` } })
  rmSync(file)
  await backedUp()
  expect(leaks([['the backup', gunzipSync(readFileSync(file)).toString()]], canaries)).toEqual([
    'the backup: SMTP password',
  ])
})

test('F-72 another address and another session secret are named; what was on its way waits for a person', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  await operatorWithSession(world.database)
  const at = new Date()
  const open = { mailServerId: newId(), way: 'graph', startedBy: {}, startedAt: at, updatedAt: at, label: 'x' }
  await world.database.db.rotation.create({ data: { ...open, id: newId(), step: 'removing', nextAttemptAt: at } })
  const message = {
    mailServerId: newId(),
    source: 'reminder',
    messageId: '<m@contoso.example>',
    sizeBytes: 1,
    needsUtf8: false,
    acceptedAt: at,
    dueAt: at,
    expiresAt: at,
  }
  const sending = { state: 'sending', holder: newId(), leasedUntil: at, begunAt: at, fence: 3 }
  const states = [{}, sending, { state: 'held', reason: 'by-person' }, { state: 'delivered', endedAt: at }]
  await world.database.db.message.createMany({
    data: states.map((state, index) => ({ ...message, id: newId(), subject: `${index}`, ...state })),
  })
  const { id: messageId } = await world.database.db.message.findFirstOrThrow({ where: { state: 'delivered' } })
  const { id: waiting } = await world.database.db.message.findFirstOrThrow({ where: { state: 'queued' } })
  await world.database.db.otherQueue.create({ data: { messageId: waiting, mailServerId: newId(), dueAt: at } })
  const failure = { messageId, positions: [0], automatic: false, header: Buffer.from('x'), at }
  await world.database.db.failureReport.create({ data: { ...failure, fence: 1 } })
  await backedUp()
  const database = await another()
  const elsewhere = { database, baseUrl: 'https://mail.fabrikam.example', authSecret: 'another secret, long enough' }
  expect(await restored(elsewhere)).toMatchObject({
    ok: true,
    value: {
      otherBaseUrl: 'https://mail.contoso.example',
      secondFactorsLost: true,
      held: { messages: 2, rotations: 1 },
      reportsDropped: 1,
    },
  })
  const free = { holder: null, leasedUntil: null, begunAt: null }
  expect(await database.db.message.findMany({ orderBy: { subject: 'asc' } })).toMatchObject([
    { state: 'held', reason: 'restored', mayBeDuplicate: true, fence: 1, ...free },
    { state: 'held', reason: 'restored', mayBeDuplicate: true, fence: 4, ...free },
    { state: 'held', reason: 'by-person', mayBeDuplicate: false },
    { state: 'delivered', mayBeDuplicate: false },
  ])
  expect(await database.db.otherQueue.findFirst()).toMatchObject({ dueAt: NEVER })
  // it may have been sent since.
  expect(await database.db.failureReport.findFirst()).toMatchObject({ state: 'unwanted', header: null })
  expect(await database.db.rotation.findFirst()).toMatchObject({ step: 'removing', nextAttemptAt: null, endedAt: null })
})

describe('what is there', () => {
  test('is replaced only when asked, after a backup of it that brings it back', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    await backedUp()
    await saved(world.mailServer(), world.smtpFields(), 1)
    await operatorWithSession(world.database)
    const later = await contentOf(world.database)
    expect(await restored()).toEqual({ ok: false, error: { kind: 'not-empty' } })
    expect(await contentOf(world.database)).toEqual(later)
    const earlier = [1, 2, 3].map((day) => keptFile(folder, 'before-restore', new Date(Date.UTC(2026, 0, day))))
    for (const each of [...earlier, `${earlier[2]}.of-a-killed-restore.part`]) writeFileSync(each, '')

    const done = await restored({}, true)
    if (!done.ok) throw new Error(JSON.stringify(done.error))
    expect((await world.mailServer().view()).version).toBe(1)
    const { db } = world.database
    expect([await db.session.count(), await db.operator.count()]).toEqual([0, 0])
    expect(await createAuditLog(db, systemClock).verify()).toMatchObject({ intact: true })

    file = done.value.safetyFile ?? ''
    expect(path.dirname(file)).toBe(path.join(folder, 'backups'))
    expect(readdirSync(path.dirname(file)).sort()).toEqual(
      [...earlier.slice(1), file].map((each) => path.basename(each)),
    )
    expect((await restored({}, true)).ok).toBe(true)
    expect(withoutOwnRow(await contentOf(world.database))).toEqual(withoutOwnRow(later))
  })

  test('is not replaced unasked by a file that is not signed, if it changes who may do what, and leaves no other backup then', async () => {
    const { db } = world.database
    await operatorWithSession(world.database)
    const settings = { type: 'smtp', host: 'relay.contoso.example' }
    await db.mailServer.create({ data: { id: newId(), name: 'Relay', version: 1, settings } })
    const ofClient = { way: 'api-key', kind: 'script', name: 'Shop', senders: ['*@contoso.example'], scopes: ['send'] }
    const added = { ...ofClient, id: newId(), secretHash: 'hash', createdBy: 'x', createdAt: new Date() }
    await db.client.create({ data: added })
    await backedUp({ keys: [] })
    expect((await restored({ keys: [] }, true)).ok, 'the same administrators').toBe(true)
    const backups = readdirSync(path.join(folder, 'backups'))
    const set = {
      operator: (data: object) => db.operator.updateMany({ data }),
      account: (data: object) => db.account.updateMany({ data }),
      factor: (data: object) => db.twoFactor.updateMany({ data }),
      server: (data: object) => db.mailServer.updateMany({ data }),
      client: (data: object) => db.client.updateMany({ data }),
    }
    const ofPeople = { emails: ['admin@contoso.example'], clients: [], servers: [] }
    const ofRelay = { emails: [], clients: [], servers: ['Relay'] }
    const ofShop = { emails: [], clients: ['Shop'], servers: [] }
    const at = new Date()
    const other = { ...settings, host: 'mail.contoso.example' }
    const changes: [what: keyof typeof set, to: object, back: object, names: object][] = [
      ['operator', { email: 'new@contoso.example' }, { email: 'admin@contoso.example' }, ofPeople],
      ['operator', { role: 'viewer' }, { role: 'admin' }, ofPeople],
      ['operator', { disabledAt: at }, { disabledAt: null }, ofPeople],
      ['account', { password: 'another' }, { password: 'argon' }, ofPeople],
      ['operator', { twoFactorEnabled: true }, { twoFactorEnabled: false }, ofPeople],
      ['factor', { secret: 'another' }, { secret: 'sealed' }, ofPeople],
      ['server', { settings: other }, { settings }, ofRelay],
      ['server', { settings: { ...settings, security: 'none' } }, { settings }, ofRelay],
      ['server', { removedAt: at }, { removedAt: null }, ofRelay],
      ['client', { secretHash: 'another' }, { secretHash: 'hash' }, ofShop],
      ['client', { disabledAt: at }, { disabledAt: null }, ofShop],
      ['client', { senders: ['shop@contoso.example'] }, { senders: ofClient.senders }, ofShop],
      ['client', { networks: ['192.0.2.0/24'] }, { networks: [] }, ofShop],
      ['client', { scopes: ['send', 'read'] }, { scopes: ofClient.scopes }, ofShop],
      ['client', { expiresAt: at }, { expiresAt: null }, ofShop],
      ['client', { learningUntil: at }, { learningUntil: null }, ofShop],
      ['client', { removedAt: at }, { removedAt: null }, ofShop],
    ]
    for (const [what, to, back, names] of changes) {
      const fault = { kind: 'administrators', ...names }
      await set[what](to)
      const later = await contentOf(world.database)
      expect(await restored({}, true), JSON.stringify(to)).toEqual({ ok: false, error: fault })
      expect(await contentOf(world.database)).toEqual(later)
      expect(readdirSync(path.join(folder, 'backups'))).toEqual(backups)
      await set[what](back)
    }
    for (const [what, to] of changes) await set[what](to)
    expect((await restored({}, true, true)).ok).toBe(true)
    expect((await restored({ keys: [] }, true)).ok, 'the same again').toBe(true)
  })

  test('F-58 is not restored under a console, worker or listener that lives', async () => {
    await backedUp()
    const database = await another()
    const url = new Redacted(database.url)
    const living = (['worker', 'listener', 'console'] as const).map((who) => holdPresence(url, who, [{ kid: 'k1' }]))
    const holder = (name: string) => ({ pid: expect.any(Number), name, address: null })
    const error = { kind: 'running', who: ['console', 'listener', 'worker'].map(holder) }
    const held = () => database.db.$queryRaw`
      SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted AND classid = 0
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    await vi.waitFor(async () => expect(await held()).toHaveLength(3), 10_000)
    expect(await restored({ database })).toEqual({ ok: false, error })
    await Promise.all(living.map((presence) => presence.close()))
    await vi.waitFor(async () => expect((await restored({ database })).ok).toBe(true), 10_000)
  })

  test('R-19 is neither restored nor backed up while another process migrates it', async () => {
    await backedUp()
    const database = await another()
    const holder = new pg.Client({ connectionString: database.url, application_name: 'postroom host' })
    await holder.connect()
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_advisory_lock($1)', [
      MIGRATION_LOCK,
    ])
    const error = { kind: 'locked', holders: [{ pid: rows[0]?.pid, name: 'postroom host', address: null }] }
    let ms = 0
    // They wait for 15 seconds, which pass at once.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      ms += 10_000
      return ms
    })
    expect(await restored({ database })).toEqual({ ok: false, error })
    file = path.join(folder, 'b.postroom-backup')
    expect(await writeBackup(servicesOn({ database }), caller, file, { force: false })).toEqual({ ok: false, error })
    expect(existsSync(file)).toBe(false)
    clock.mockRestore()
    await holder.end()
  })

  test('R-19 what a process writes that still works when a restore begins is in the backup of what was there', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    await backedUp()
    const { db } = world.database
    const { restoring } = await db.$transaction(async (tx) => {
      await tx.operator.create({ data: { id: 'late', name: 'Late', email: 'late@contoso.example', role: 'admin' } })
      const restoring = restored({}, true)
      await expect.poll(() => waitingFor(tx)).toBe(1)
      return { restoring }
    }, OVER_A_RESTORE)
    const done = await restoring
    if (!done.ok) throw new Error(JSON.stringify(done.error))
    expect(await db.operator.count()).toBe(0)
    file = done.value.safetyFile ?? ''
    expect((await restored({}, true)).ok).toBe(true)
    expect(await db.operator.findMany({ select: { id: true } })).toEqual([{ id: 'late' }])
  })

  test('R-19 is not replaced when the file is damaged', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    await backedUp()
    const before = await contentOf(world.database)
    truncateSync(file, statSync(file).size - 20)
    expect(await restored({}, true)).toMatchObject({ ok: false, error: { kind: 'damaged' } })
    expect(await contentOf(world.database)).toEqual(before)
    expect(readdirSync(path.join(folder, 'backups'))).toEqual([])
  })

  test('R-19 is not replaced by a file that takes the place of the one that was checked', async () => {
    await saved(world.mailServer(), world.exchange(), 0)
    const checked = file
    await backedUp()
    await saved(world.mailServer(), world.smtpFields(), 1)
    file = path.join(folder, 'b.postroom-backup')
    await backedUp()
    const [other, before] = [file, await contentOf(world.database)]
    file = checked
    const { restoring } = await world.database.db.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE "AuditEvent"`
      const restoring = restored({}, true)
      await vi.waitFor(async () => expect(await waitingFor(tx)).toBe(1), 10_000)
      renameSync(other, checked)
      return { restoring }
    }, OVER_A_RESTORE)
    expect(await restoring).toMatchObject({ ok: false, error: { kind: 'damaged' } })
    expect(await contentOf(world.database)).toEqual(before)
    expect(readdirSync(path.join(folder, 'backups'))).toEqual([])
  })
})

describe('R-18 F-75 another version', () => {
  const older = MIGRATIONS.slice(0, -1).map((name, at) => [name, at + 1] as const)
  // The first, every sixteenth and the newest two; all of them in a soak.
  test.each(older.filter(([, count]) => SOAK || count % 16 === 1 || count >= older.length - 1))(
    'a backup from when %s was the newest is brought up to date',
    async (_, count) => {
      const old = await emptyDatabase()
      databases.push(old)
      await migrate(new Redacted(old.url), { known: MIGRATIONS.slice(0, count) })
      const { db } = old
      await db.$executeRaw`INSERT INTO "MailServer" (id, name, "isDefault", version, settings, "updatedAt")
        VALUES ('00000000-0000-0000-0000-000000000001', 'a', true, 1, '{}', now())`
      await db.$executeRaw`INSERT INTO "Credential" (id, "mailServerId", kind, slot, sealed, kid, digest, "createdBy")
        VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'client-secret', 'current',
          'x', 'k7', 'd', 'y')`
      await db.$executeRaw`UPDATE "MailServer" SET "credentialId" = '00000000-0000-0000-0000-000000000002'`
      await advanceNumbers(old)
      const done = await backUp(new Redacted(old.url), file, surroundingsOf(servicesOn().environment), { force: false })
      expect(done).toMatchObject({ ok: true, value: { header: { keyIds: ['k7'] } } })

      const database = await another()
      const schema = await shapeOf(database)
      expect(await restored({ database })).toMatchObject({ ok: true, value: { migrated: MIGRATIONS.slice(count) } })
      expect(await shapeOf(database)).toEqual(schema)
      // As the same rows are when the old database itself is migrated.
      await migrate(new Redacted(old.url))
      expect(withoutOwnRow(await contentOf(database))).toEqual(withoutOwnRow(await contentOf(old)))
      expect(await numbers(database)).toEqual(await numbers(old))
      expect(await database.db.$queryRaw`SELECT to_regnamespace('postroom_restore')::text AS "left"`).toEqual([
        { left: null },
      ])
    },
  )

  test('a backup of a newer version is rejected, and nothing is changed', async () => {
    await world.database.db.$executeRaw`
      INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '9999_later', now())`
    await backedUp()
    const database = await another()
    const before = await contentOf(database)
    expect(await restored({ database })).toEqual({ ok: false, error: { kind: 'newer', unknown: ['9999_later'] } })
    expect(await contentOf(database)).toEqual(before)
  })

  test('a backup of another history than ours is rejected, and nothing is changed', async () => {
    await world.database.db.$executeRaw`DELETE FROM _prisma_migrations WHERE migration_name = '0002_guards'`
    await backedUp()
    const database = await another()
    const before = await contentOf(database)
    expect(await restored({ database })).toEqual({ ok: false, error: { kind: 'foreign' } })
    expect(await contentOf(database)).toEqual(before)
  })

  test.each([
    ['of PostgreSQL', 'pg_authid', 'oid'],
    ['of another program', 'customer', 'id'],
    ['that backups leave out', 'SetupToken', 'tokenHash'],
  ])('S-12 a backup that names a table %s is rejected', async (_, name, column) => {
    const { header } = await backedUp()
    async function* tables() {
      yield { name, rows: Readable.from([]) }
    }
    const named = { ...header, tables: [{ name, columns: [column], rows: 0 }] }
    await writeTables(file, named, tables(), { force: true, key: null })
    const database = await another()
    await database.db.$executeRaw`CREATE TABLE customer (id int)`
    expect(await restored({ database })).toEqual({ ok: false, error: { kind: 'foreign' } })
  })

  /** Columns, keys, checks, indexes and triggers. */
  const shapeOf = ({ db }: TestDatabase) => db.$queryRaw`
    SELECT conrelid::regclass::text AS "on", conname AS name, pg_get_constraintdef(oid) AS what, convalidated AS good
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled = 'O'
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2`
})

describe('a database or process that goes away', () => {
  const ROUNDS = SOAK ? 20 : 3
  const ROWS = SOAK ? 20_000 : 4_000

  async function many(): Promise<void> {
    await world.database.db.$executeRaw`
      INSERT INTO "InventoryRun" (id, "tenantId", state, "startedBy", "startedAt", "endedAt", fault)
      SELECT gen_random_uuid(), gen_random_uuid(), 'done', 'x', now(), now(), jsonb_build_object('text', repeat(md5(n::text), 20))
      FROM generate_series(1, ${ROWS}) n`
    await createAuditLog(world.database.db, systemClock).record(ENTRY)
  }

  /** @param killAfter number of lines after which the process is killed, or null to let it finish */
  async function run(
    action: 'backup' | 'restore',
    database: TestDatabase,
    killAfter: number | null,
  ): Promise<string[]> {
    const keys = world.keys.map(({ kid, key }) => ({ kid, key: key.reveal() }))
    const BACKUP = JSON.stringify({ url: database.url, file, dataDir: folder, keys, action })
    const bundle = await bundledProcess('backup')
    const child = spawn(process.execPath, [...LEAN, bundle], { env: { ...process.env, BACKUP } })
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (lines.length === killAfter) child.kill('SIGKILL')
    }
    return lines
  }

  test('R-19 kill -9 during a backup: under its name there is a whole one or none, and the next is whole', async () => {
    await many()
    for (let round = 1; round <= ROUNDS; round++) {
      await run('backup', world.database, round * 3)
      if (existsSync(file)) expect((await inspectBackup(file, [])).ok).toBe(true)
    }
    expect((await run('backup', world.database, null)).at(-1)).toBe('done')
    expect((await inspectBackup(file, [])).ok).toBe(true)
  })

  test('R-18 kill -9 during a restore: the database is as it was or as it was backed up, and the next succeeds', async () => {
    await many()
    await backedUp()
    const goal = withoutOwnRow(await contentOf(world.database))
    const database = await another()
    await operatorWithSession(database)
    const before = await contentOf(database)
    let untouched = 0
    for (let round = 1; round <= ROUNDS; round++) {
      await run('restore', database, round * 4)
      const now = withoutOwnRow(await contentOf(database))
      if (now.InventoryRun?.length === 0) {
        expect(now).toEqual(withoutOwnRow(before))
        untouched++
      } else expect(now).toEqual(goal)
    }
    expect(untouched).toBeGreaterThan(0)
    expect((await run('restore', database, null)).at(-1)).toBe('done')
    expect(withoutOwnRow(await contentOf(database))).toEqual(goal)
  })

  test('R-09 a database that breaks off a backup is a value with its reason, and nothing is left', async () => {
    await many()
    const { db } = world.database
    const onProgress = () =>
      void db.$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'postroom backup' AND datname = current_database()`.catch(() => {})
    const done = await writeBackup(servicesOn(), caller, file, { force: false, onProgress })
    expect(done).toMatchObject({ ok: false, error: { kind: 'database' } })
    expect(readdirSync(folder).filter((name) => name !== 'backups')).toEqual([])
  })

  test('R-19 R-21 large tables and rows pass at flat memory', async () => {
    const { db } = world.database
    const rows = SOAK ? 1_000_000 : 40_000
    await db.$executeRaw`
      INSERT INTO "InventoryRun" (id, "tenantId", state, "startedBy", "startedAt", "endedAt", fault)
      SELECT gen_random_uuid(), gen_random_uuid(), 'done', 'x', now(), now(), jsonb_build_object('text', md5(n::text) || repeat(md5((n + 1)::text), 8))
      FROM generate_series(1, ${rows}) n`
    await db.$executeRaw`INSERT INTO "CalendarFeed" (id, "tokenHash", name, "createdBy", "createdAt")
      VALUES (gen_random_uuid(), 'x', repeat('0123456789abcdef', 1600000), 'x', now())`
    let most = 0
    const start = process.memoryUsage().rss
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - start)
    }, 5)
    await backedUp()
    const database = await another()
    expect((await restored({ database })).ok).toBe(true)
    clearInterval(watch)
    expect(await database.db.inventoryRun.count()).toBe(rows)
    expect(most / 1_048_576).toBeLessThan(150)
  })
})

test('S-12 every table of the database is in a backup, or left out with its reason', async () => {
  const { header } = await backedUp()
  const tables = await world.database.db.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`
  const known = [...header.tables.map(({ name }) => name), ...header.leftOut]
  expect(known.sort()).toEqual(tables.map(({ name }) => name).sort())
})
