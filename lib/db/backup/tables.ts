import type pg from 'pg'
import { MIGRATIONS, scriptsOf } from '../maintenance/migrations'

/** Tables of ours that no backup has, and why. Every other one is in it; a test compares this with the database. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  Session: 'everybody signs in again',
  Verification: 'a sign-in that was half done',
  SetupToken: 'a link made before may have been used since',
  FormToken: 'forms that were open then',
  RateLimit: 'tries counted then',
  Heartbeat: 'processes that lived then',
  MessageText: 'written anew from the messages',
  RateLimitToken: 'connections that were open then',
}

/** As the console keeps them; foreign tables in the same database are not ours to read. */
export interface OwnTable {
  name: string
  /** That hold something of their own: generated ones are left to the database. */
  columns: string[]
}

/** Every table that any migration of this build ever made. */
function namesInHistory(): string[] {
  const made = /\bCREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?"(\w+)"|\bRENAME TO "(\w+)"/g
  return [...scriptsOf(MIGRATIONS).join('\n').matchAll(made)].map(([, created, renamed]) => created ?? renamed ?? '')
}

/** Our tables that are there now, by name. */
export async function ownTables(client: pg.ClientBase, schema = 'public'): Promise<OwnTable[]> {
  const { rows } = await client.query<OwnTable>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = ANY($2) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname ORDER BY c.relname`,
    [`"${schema}"`, namesInHistory()],
  )
  return rows
}

export const isBackedUp = ({ name }: { name: string }): boolean => !(name in LEFT_OUT)

/** Applied to this database, oldest first; empty when there was never one. */
export const appliedMigrations = (client: pg.ClientBase): Promise<string[]> =>
  migrationsIn(client, 'finished_at IS NOT NULL AND rolled_back_at IS NULL')

/** Those too that may not have come to their end. */
export const begunMigrations = (client: pg.ClientBase): Promise<string[]> =>
  migrationsIn(client, 'rolled_back_at IS NULL')

async function migrationsIn(client: pg.ClientBase, condition: string): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`,
  )
  if (!rows[0]?.there) return []
  const found = await client.query<{ migration_name: string }>(
    `SELECT DISTINCT migration_name FROM _prisma_migrations WHERE ${condition} ORDER BY 1`,
  )
  return found.rows.map((row) => row.migration_name)
}

/** Names that this build does not know: a later one was here. */
export const unknownAmong = (names: readonly string[], known: readonly string[] = MIGRATIONS): string[] =>
  names.filter((name) => !known.includes(name))

/**
 * Whether anybody ever did anything here. Every change leaves an audit row; what the first start makes by itself (a key's
 * check value, rows of the migrations) is nothing to lose.
 */
export async function holdsData(client: pg.ClientBase): Promise<boolean> {
  const there = new Set((await ownTables(client)).map(({ name }) => name))
  for (const name of ['AuditEvent', 'Operator', 'MailServer'].filter((it) => there.has(it))) {
    const { rowCount } = await client.query(`SELECT FROM ${client.escapeIdentifier(name)} LIMIT 1`)
    if (rowCount) return true
  }
  return false
}
