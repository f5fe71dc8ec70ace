import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { auditEntry } from '../audit'
import { appendAuditRow } from '../audit/store/row'
import type { ChainKeys } from '../crypto/audit-keys'
import { type BackUpFault, backUpInside, PLAIN_SETTINGS, type Surroundings } from '../db/backup/dump'
import { type BackupHeader, rowCount } from '../db/backup/header'
import { holdUnfinished } from '../db/backup/hold-unfinished'
import { type BackupFault, BackupUnusable, damaged, type Inspected, inspectBackup, openBackup } from '../db/backup/read'
import { forgetUnfinished } from '../db/backup/retained'
import type { BackupOrigin } from '../db/backup/signature'
import { areOurs, holdsData, isBackedUp, type OwnTable, ownTables, unknownAmong } from '../db/backup/tables'
import { emptied } from '../db/backup/truncate'
import { longLived } from '../db/connection'
import { MIGRATION_LOCK } from '../db/locks'
import { holdLock, type LockHolder } from '../db/maintenance/hold-lock'
import { MIGRATIONS, scriptsOf } from '../db/maintenance/migrations'
import { takePresence } from '../db/maintenance/presence'
import { type Caller, fail, messageOf, ok, type Redacted, type Result } from '../kernel'

export interface RestoreOptions {
  /** Replaces the existing data, after a backup of it to `safetyFile`. */
  replace: boolean
  /** Also accounts, clients and mail servers of a file of which it cannot be checked who made it. */
  acceptAdministrators: boolean
  safetyFile: string
  surroundings: Surroundings
  now: Date
  chainKeys: ChainKeys
  onProgress?: (progress: { table: string; rows: number }) => void
}

export interface Restored {
  header: BackupHeader
  origin: BackupOrigin
  /** Backup of the data before the restore, or null if there was none. */
  safetyFile: string | null
  /** Applied to the restored rows because the backup is of an earlier build. */
  migrated: string[]
  /** Unfinished work that now waits for a person. */
  held: { messages: number; rotations: number }
  /** Failures that waited to be reported, and are not. */
  reportsDropped: number
}

/**
 * `running`: consoles, workers and listeners that must be stopped first. `locked`: others migrate, back up or restore. `not-empty`: nothing is replaced unasked. `administrators`: of a file
 * that this deployment did not sign, accounts, clients and mail servers that the database does not have, or to which it gives other access
 * or another host. `newer`, `foreign`:
 * this build does not know that history, or those tables. `safety`: the backup of what is there failed.
 */
export type RestoreFault =
  | BackupFault
  | { kind: 'running'; who: LockHolder[] }
  | { kind: 'locked'; holders: LockHolder[] }
  | { kind: 'not-empty' }
  | { kind: 'administrators'; emails: string[]; clients: string[]; servers: string[] }
  | { kind: 'newer'; unknown: string[] }
  | { kind: 'foreign' }
  | { kind: 'safety'; fault: BackUpFault }
  | { kind: 'database'; message: string }

/** Schema in which the rows of an older backup are migrated, next to the current tables. */
const ASIDE = 'postroom_restore'

/**
 * Puts the rows of a backup in the place of all that is there, in one transaction: killed at any moment, the database is as
 * it was or as it was backed up. The database is migrated to this build already.
 */
export async function restore(
  databaseUrl: Redacted,
  file: string,
  by: Caller,
  options: RestoreOptions,
): Promise<Result<Restored, RestoreFault>> {
  const inspected = await inspectBackup(file, options.surroundings.backupKeys)
  if (!inspected.ok) return inspected
  const { header, origin } = inspected.value
  const unknown = unknownAmong(header.migrations)
  if (unknown.length > 0) return fail({ kind: 'newer', unknown })
  const isForeign = header.migrations.some((name, index) => name !== MIGRATIONS[index])
  if (isForeign || !areOurs(header.tables)) return fail({ kind: 'foreign' })

  const client = longLived(databaseUrl, 'postroom restore')
  /** A safety backup of what is not replaced. */
  let unneeded: string | null = null
  try {
    await client.connect()
    const holders = await holdLock(client, MIGRATION_LOCK)
    if (holders.length > 0) return fail({ kind: 'locked', holders })
    const who = await takePresence(client)
    if (who.length > 0) return fail({ kind: 'running', who })
    await client.query('BEGIN')
    await client.query(PLAIN_SETTINGS)
    // From here on nothing is written but by us, so that all that is replaced is in the backup of it. A process whose connection of the
    // presence was ended works for some seconds until it has it again.
    const names = (await ownTables(client)).map(({ name }) => `public.${client.escapeIdentifier(name)}`)
    await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS EXCLUSIVE MODE`)
    const before = await accessIn(client)
    const saved = await saveWhatIsThere(client, options)
    if (!saved.ok) return saved
    unneeded = saved.value
    const restored = await putBack(client, file, inspected.value, options)
    if (saved.value !== null && origin !== 'this-deployment' && !options.acceptAdministrators) {
      const known = new Set(before.map(({ access }) => access))
      const added = (await accessIn(client)).filter(({ access }) => !known.has(access))
      const namesOf = (kind: Access['kind']) => added.filter((each) => each.kind === kind).map(({ name }) => name)
      const names = { emails: namesOf('account'), clients: namesOf('client'), servers: namesOf('server') }
      if (added.length > 0) return fail({ kind: 'administrators', ...names })
    }
    const entry = auditEntry('backup.restore', by, 'backup', {
      createdAt: header.createdAt,
      origin,
      rows: rowCount(header),
      replaced: saved.value !== null,
      messagesHeld: restored.held.messages,
      rotationsHeld: restored.held.rotations,
    })
    await appendAuditRow(client, entry, options.now, options.chainKeys)
    await client.query('COMMIT')
    unneeded = null
    return ok({ header, origin, safetyFile: saved.value, ...restored })
  } catch (thrown) {
    if (thrown instanceof BackupUnusable) return fail(thrown.fault)
    unneeded = null // who has trouble with the database may need it
    return fail({ kind: 'database', message: messageOf(thrown) })
  } finally {
    await client.end().catch(() => {}) // an open transaction ends with it, undone
    if (unneeded !== null) await rm(unneeded, { force: true }).catch(() => {})
  }
}

interface Access {
  kind: 'account' | 'client' | 'server'
  name: string
  access: string
}

/**
 * Who may sign in or send, and with what, and where messages go: who changes a file could give an account a password or a client a key that
 * they know, take away a second factor, or have messages delivered to a host of theirs.
 */
async function accessIn(client: pg.Client) {
  const { rows } = await client.query<Access>(
    `SELECT 'account' AS kind, email AS name,
       ROW(email, role, ARRAY(SELECT password FROM public."Account" WHERE "userId" = o.id ORDER BY 1),
         "twoFactorEnabled", (SELECT secret FROM public."TwoFactor" WHERE "userId" = o.id AND verified))::text AS access
     FROM public."Operator" o WHERE "disabledAt" IS NULL
     UNION ALL SELECT 'server', name, ROW(id, settings->>'host', settings->>'security')::text
     FROM public."MailServer" WHERE "removedAt" IS NULL AND settings ? 'host'
     UNION ALL SELECT 'client', name, ROW(way, login, "secretHash", networks, senders, scopes, "expiresAt", "learningUntil")::text
     FROM public."Client" WHERE "disabledAt" IS NULL AND "removedAt" IS NULL ORDER BY 1, 2`,
  )
  return rows
}

async function saveWhatIsThere(
  client: pg.Client,
  { replace, safetyFile, surroundings }: RestoreOptions,
): Promise<Result<string | null, RestoreFault>> {
  if (!(await holdsData(client))) return ok(null)
  if (!replace) return fail({ kind: 'not-empty' })
  forgetUnfinished(safetyFile)
  const saved = await backUpInside(client, safetyFile, surroundings, { force: false })
  return saved.ok ? ok(safetyFile) : fail({ kind: 'safety', fault: saved.error })
}

async function putBack(client: pg.Client, file: string, { header, sha256 }: Inspected, { onProgress }: RestoreOptions) {
  const migrated = MIGRATIONS.slice(header.migrations.length)
  const load = async (): Promise<void> => {
    const { tables, end } = await openBackup(file)
    for await (const { table, rows } of tables) {
      await pipeline(rows, client.query(copyFrom(`COPY ${columnsOf(client, table)} FROM STDIN`)))
      onProgress?.({ table: table.name, rows: table.rows })
    }
    if (end().sha256 !== sha256) throw damaged('another file took its place while it was restored')
  }
  if (migrated.length === 0) {
    await emptied(client, 'public', await ownTables(client), load)
    await setSequences(client, header.sequences)
  } else {
    await throughOlderTables(client, header, migrated, load)
  }
  return { migrated, ...(await holdUnfinished(client)) }
}

/** Creates the tables of the backup's version in a separate schema, loads and migrates them, then moves the rows over. */
async function throughOlderTables(
  client: pg.Client,
  { migrations, sequences }: BackupHeader,
  migrated: readonly string[],
  load: () => Promise<void>,
): Promise<void> {
  await client.query(`CREATE SCHEMA ${ASIDE}; SET LOCAL search_path = ${ASIDE}`)
  for (const script of scriptsOf(migrations)) await client.query(script)
  await emptied(client, ASIDE, await ownTables(client, ASIDE), load)
  for (const script of scriptsOf(migrated)) await client.query(script)
  const aside = await ownTables(client, ASIDE)
  await client.query('SET LOCAL search_path = public')
  await emptied(client, 'public', await ownTables(client), async () => {
    for (const table of aside.filter(isBackedUp)) {
      const list = table.columns.map((column) => client.escapeIdentifier(column)).join(', ')
      const name = client.escapeIdentifier(table.name)
      await client.query(
        `INSERT INTO public.${columnsOf(client, table)} OVERRIDING SYSTEM VALUE SELECT ${list} FROM ${ASIDE}.${name}`,
      )
    }
  })
  await setSequences(client, sequences)
  await client.query(`DROP SCHEMA ${ASIDE} CASCADE`)
}

const columnsOf = (client: pg.Client, { name, columns }: OwnTable): string =>
  `${client.escapeIdentifier(name)} (${columns.map((column) => client.escapeIdentifier(column)).join(', ')})`

async function setSequences(client: pg.Client, sequences: BackupHeader['sequences']): Promise<void> {
  for (const { name, value } of sequences)
    await client.query('SELECT setval(to_regclass($1), $2)', [client.escapeIdentifier(name), value])
}
