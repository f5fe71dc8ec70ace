import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { fail, messageOf, ok, type Redacted, type Result } from '../../kernel'
import type { DerivedKey } from '../../kernel/derive-key'
import { connected, longLived } from '../connection'
import { MIGRATION_LOCK } from '../locks'
import { holderText, holdLock, type LockHolder } from '../maintenance/hold-lock'
import { BACKUP_FORMAT, type BackupHeader, type BackupTable } from './header'
import { isBackedUp, LEFT_OUT, migrationsOf, type OwnTable, ownTables } from './tables'
import { type WriteFault, writeBackup } from './write'

/** What the database cannot say of itself. */
export interface Surroundings extends Pick<BackupHeader, 'productVersion' | 'baseUrl' | 'sessionSecretMark'> {
  /** What a backup is signed with, and known by as our own. The first signs. */
  backupKeys: readonly DerivedKey[]
}

export interface BackUpOptions {
  /** An existing file is replaced. */
  force: boolean
  onProgress?: OnProgress
}

export type OnProgress = (progress: { table: string; rows: number; ofRows: number }) => void

export interface BackedUp {
  header: BackupHeader
  bytes: number
}

/** `database`: its own words, as when it went away. `locked`: others migrate or restore. */
export type BackUpFault = WriteFault | { kind: 'database'; message: string } | { kind: 'locked'; holders: LockHolder[] }

/** Why there is no backup, as a part of a sentence. */
export function backUpProblem(fault: BackUpFault): string {
  switch (fault.kind) {
    case 'exists':
      return `${fault.file} exists already`
    case 'locked':
      return `the database is being migrated or restored by ${fault.holders.map(holderText).join(', ')}`
    case 'database':
      return `the database reported an error: ${fault.message}`
    case 'not-written':
      return fault.message
  }
}

/** Writes all rows worth keeping, as of one moment, while everything keeps running. */
export async function backUp(
  databaseUrl: Redacted,
  file: string,
  surroundings: Surroundings,
  options: BackUpOptions,
): Promise<Result<BackedUp, BackUpFault>> {
  try {
    return await connected(longLived(databaseUrl, 'postroom backup'), async (client) => {
      const holders = await holdLock(client, MIGRATION_LOCK, { shared: true })
      return holders.length > 0 ? fail({ kind: 'locked', holders }) : backUpThrough(client, file, surroundings, options)
    })
  } catch (thrown) {
    return fail({ kind: 'database', message: messageOf(thrown) })
  }
}

/** Independent of the settings of role and server, so that text is written and read alike everywhere and no timeout interrupts the work. */
export const PLAIN_SETTINGS = `
  SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';
  SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8';
  SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL synchronous_commit = 'on'`

/** On the caller's connection, which holds the migration lock. What the database throws is thrown. */
export async function backUpThrough(
  client: pg.Client,
  file: string,
  surroundings: Surroundings,
  options: BackUpOptions,
): Promise<Result<BackedUp, BackUpFault>> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    await client.query(PLAIN_SETTINGS)
    return await backUpInside(client, file, surroundings, options)
  } finally {
    await client.query('ROLLBACK').catch(() => {}) // a closed connection has already rolled back
  }
}

/** In the caller's transaction, which has the plain settings and in which all statements see the same rows. */
export async function backUpInside(
  client: pg.Client,
  file: string,
  surroundings: Surroundings,
  { force, onProgress = () => {} }: BackUpOptions,
): Promise<Result<BackedUp, BackUpFault>> {
  const tables = (await ownTables(client)).filter(isBackedUp)
  const header = await headerFor(client, tables, surroundings)
  const key = surroundings.backupKeys[0] ?? null
  const written = await writeBackup(file, header, snapshotRows(client, header.tables, onProgress), { force, key })
  return written.ok ? ok({ header: { ...header, signedBy: key?.id ?? null }, bytes: written.value.bytes }) : written
}

async function headerFor(
  client: pg.Client,
  own: OwnTable[],
  { productVersion, baseUrl, sessionSecretMark }: Surroundings,
): Promise<Omit<BackupHeader, 'signedBy'>> {
  const { rows: now } = await client.query<{ at: Date }>('SELECT now() AS at')
  const tables: BackupTable[] = []
  const keyIds = new Set<string>()
  for (const { name, columns } of own) {
    const table = client.escapeIdentifier(name)
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${table}`)
    tables.push({ name, columns, rows: Number(rows[0]?.count) })
    for (const kid of await kidsIn(client, name, columns)) keyIds.add(kid)
  }
  const sequences = await client.query<{ name: string; value: string }>(
    `SELECT s.relname AS name, coalesce(pg_sequence_last_value(s.oid), 0)::text AS value
     FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') JOIN pg_class t ON t.oid = d.refobjid
     WHERE s.relkind = 'S' AND t.relnamespace = 'public'::regnamespace AND t.relname = ANY($1) ORDER BY 1`,
    [own.map(({ name }) => name)],
  )
  return {
    postroomBackup: BACKUP_FORMAT,
    createdAt: (now[0]?.at ?? new Date()).toISOString(),
    productVersion,
    baseUrl,
    sessionSecretMark,
    auditEnd: await auditEnd(client, own),
    migrations: (await migrationsOf(client)).applied,
    keyIds: [...keyIds].sort(),
    tables,
    sequences: sequences.rows.filter(({ value }) => value !== '0'),
    leftOut: Object.keys(LEFT_OUT),
  }
}

async function auditEnd(client: pg.Client, own: OwnTable[]): Promise<BackupHeader['auditEnd']> {
  if (!own.some(({ name }) => name === 'AuditEvent')) return null
  const { rows } = await client.query<{ sequence: string; hash: string }>(
    // With its table: the name alone would be that of the text, of which '9' is greater than '10'.
    'SELECT sequence::text, hash FROM "AuditEvent" entry ORDER BY entry.sequence DESC LIMIT 1',
  )
  return rows[0] ?? null
}

/** A key's own check value (`KeyCheck`) is no secret that needs it. */
async function kidsIn(client: pg.Client, name: string, columns: string[]): Promise<string[]> {
  if (name === 'KeyCheck' || !columns.includes('kid') || !columns.includes('sealed')) return []
  const { rows } = await client.query<{ kid: string }>(
    `SELECT DISTINCT kid FROM ${client.escapeIdentifier(name)} WHERE sealed IS NOT NULL AND kid IS NOT NULL`,
  )
  return rows.map(({ kid }) => kid)
}

async function* snapshotRows(client: pg.Client, tables: readonly BackupTable[], onProgress: OnProgress) {
  for (const table of tables) yield { name: table.name, rows: rowsOf(client, table, onProgress) }
}

async function* rowsOf(client: pg.Client, { name, columns, rows: ofRows }: BackupTable, onProgress: OnProgress) {
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ')
  const copy = client.query(copyTo(`COPY (SELECT ${list} FROM ${client.escapeIdentifier(name)}) TO STDOUT`))
  let rows = 0
  try {
    for await (const part of copy as AsyncIterable<Buffer>) {
      for (let lineEnd = part.indexOf(10); lineEnd >= 0; lineEnd = part.indexOf(10, lineEnd + 1)) rows++
      yield part
      onProgress({ table: name, rows, ofRows })
    }
  } finally {
    // The rest is not read. The connection is of no more use, and waiting for its end would never finish.
    if (!copy.readableEnded) (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy()
  }
}
