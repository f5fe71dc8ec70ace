import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createAuditLog } from '../lib/audit'
import { openCredential } from '../lib/credentials/open-credential'
import { createVault } from '../lib/crypto/vault'
import { migrate } from '../lib/db/maintenance/migrate'
import { MIGRATIONS } from '../lib/db/maintenance/migrations'
import { type SealedText, systemClock } from '../lib/kernel'
import { BUILT_IN_CLOUDS, type Cloud, destinationOf, storedSettings } from '../lib/kernel/mail-server-settings'
import { Redacted } from '../lib/kernel/redacted'
import { emptyDatabase, type TestDatabase } from './support/database'
import { caller } from './support/mail-server'
import { outboxAt, SERVER_ID } from './support/outbox'
import { startSmtp } from './support/servers'
import { untilTestEnds } from './support/until-test-ends'

/** The last migration of version 0.1.0. */
const LAST_OF_0_1_0 = '0022_app_registration_text'
/** Tables that have another name since. */
const RENAMED_TABLES: Record<string, string> = { SettlingRetry: 'PropagationRetry', Permit: 'RateLimitToken' }
/** Columns that were removed since, because nothing needs them, by their table. */
const REMOVED_COLUMNS: Record<string, readonly string[]> = {
  MailboxHour: ['retried', 'failed'],
  CredentialProbe: ['durationMs'],
  AppRegistration: ['seenAt'],
  MailServer: ['pauseEvidence'],
  Operator: ['emailVerified'],
}
/** Stored values that are written otherwise since. */
const RENAMED_VALUES: Record<string, string> = { retired: 'previous' }
/** The key that sealed the secrets in the file, as the instance that wrote it had it. */
const KEYS = [{ kid: 'k1', key: new Redacted(Buffer.alloc(32, 'upgrade of 0.1.0').toString('base64')) }]

/** The cloud of that instance; its token endpoint is part of what the secret is bound to. */
const LAB: Cloud = { ...(BUILT_IN_CLOUDS[0] as Cloud), id: 'lab', loginOrigin: 'https://localhost:44543' }

type Row = Record<string, unknown>

let database: TestDatabase
let before: Map<string, Row[]>
beforeAll(async () => {
  database = await emptyDatabase()
  const url = new Redacted(database.url)
  const known = MIGRATIONS.slice(0, MIGRATIONS.indexOf(LAST_OF_0_1_0) + 1)
  expect(await migrate(url, { known })).toMatchObject({ ok: true })
  await database.db.$transaction(async (tx) => {
    const sql = readFileSync(path.join(import.meta.dirname, 'data/database-0.1.0.sql'), 'utf8')
    for (const statement of sql.split(/;\n/).filter((text) => text.trim())) await tx.$executeRawUnsafe(statement)
  })
  before = await contentOf()
  expect(await migrate(url)).toMatchObject({ ok: true })
}, 60_000)
afterAll(() => database.drop())

/** Every row of every table. */
async function contentOf(): Promise<Map<string, Row[]>> {
  const tables = await database.db.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`
  const content = new Map<string, Row[]>()
  for (const { name } of tables) {
    const rows = await database.db.$queryRawUnsafe<{ row: Row }[]>(`SELECT to_jsonb(t) AS row FROM "${name}" t`)
    content.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return content
}

/** What a row holds, whatever its columns are called. */
const valuesOf = (row: Row, removedColumns: readonly string[] = []): string[] =>
  Object.entries(row)
    .filter(([name, value]) => value !== null && !removedColumns.includes(name))
    .map(([, value]) => JSON.stringify(typeof value === 'string' ? (RENAMED_VALUES[value] ?? value) : value))

const holdsAll = (row: Row, values: readonly string[]): boolean => {
  const own = valuesOf(row)
  return values.every((value) => {
    const at = own.indexOf(value)
    return at >= 0 && own.splice(at, 1).length === 1
  })
}

test('every value of every row of a database of 0.1.0 that is still used is there after the upgrade', async () => {
  expect([...before.values()].flat().length).toBeGreaterThan(40)
  const after = await contentOf()
  const lost = [...before].flatMap(([table, rows]) =>
    rows
      .filter(
        (row) =>
          !after
            .get(RENAMED_TABLES[table] ?? table)
            ?.some((each) => holdsAll(each, valuesOf(row, REMOVED_COLUMNS[table]))),
      )
      .map((row) => `${table}: ${JSON.stringify(row)}`),
  )
  expect(lost).toEqual([])
})

test('the audit log of 0.1.0 is intact after the upgrade', async () => {
  const audit = createAuditLog(database.db, systemClock)
  const events = before.get('AuditEvent')?.length ?? 0
  expect(events).toBeGreaterThan(3)
  expect(await audit.verify()).toMatchObject({ intact: true, events })
})

test('secrets sealed by 0.1.0 open after the upgrade, and only for the destination they were stored for', async () => {
  const vault = createVault(KEYS, systemClock)
  const row = await database.db.credential.findFirstOrThrow({ where: { slot: 'current', kind: 'client-secret' } })
  const { settings } = await database.db.mailServer.findUniqueOrThrow({ where: { id: row.mailServerId } })
  const destination = destinationOf(storedSettings(settings) ?? expect.fail('the settings cannot be read'), [LAB])
  const credential = { ...row, kind: 'client-secret', sealed: row.sealed as SealedText } as const
  const opened = await openCredential(credential, destination ?? expect.fail('no destination'), vault)
  expect(opened.ok && opened.value.kind === 'client-secret' && opened.value.secret.reveal()).toMatch(/^Xy8Q~canary/)
  const elsewhere = destinationOf(storedSettings(settings) ?? expect.fail(), [
    { ...LAB, loginOrigin: 'https://evil.example' },
  ])
  expect(await openCredential(credential, elsewhere ?? expect.fail(), vault)).toMatchObject({
    ok: false,
    error: { kind: 'elsewhere' },
  })
})

// The last one, because it changes what the tests before it read.
test('messages that 0.1.0 had queued or begun are delivered after the upgrade, and all others stay as they were', async () => {
  const read = () =>
    database.db.message.findMany({ select: { state: true, mayBeDuplicate: true }, orderBy: { acceptedAt: 'asc' } })
  const stay = (await read()).slice(1, 5)
  expect(stay.map(({ state }) => state)).toEqual(['held', 'delivered', 'failed', 'cancelled'])
  const smtp = await untilTestEnds(startSmtp({ security: 'none' }))
  const outbox = await outboxAt({ database, port: smtp.port })
  await outbox.resumeServer(caller, SERVER_ID)
  const delivery = await outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  const delivered = (mayBeDuplicate: boolean) => ({ state: 'delivered', mayBeDuplicate })
  await expect.poll(read, { timeout: 10_000 }).toEqual([delivered(false), ...stay, delivered(true)])
  expect(smtp.messages).toHaveLength(2)
})
