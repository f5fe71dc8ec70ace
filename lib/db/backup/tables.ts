import type pg from 'pg'
import { MIGRATIONS, scriptsOf } from '../maintenance/migrations'

/** Our tables that no backup contains, and why. A backup contains every other one. A test compares this with the database. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  Session: 'operators sign in again',
  Verification: 'a sign-in that was half done',
  SetupToken: 'a link made before may have been used since',
  FormToken: 'forms that were open then',
  RateLimit: 'counted attempts',
  Heartbeat: 'processes that lived then',
  MessageText: 'rebuilt from the messages',
  RateLimitToken: 'connections that were open then',
}

/** A table of the console. Tables of other programs in the same database are not read. */
export interface OwnTable {
  name: string
  /** Without generated columns, which the database computes. */
  columns: string[]
}

/** Every table that any migration of this build ever made. */
function namesInHistory(): string[] {
  const pattern = /\bCREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?"(\w+)"|\bRENAME TO "(\w+)"/g
  return [...scriptsOf(MIGRATIONS).join('\n').matchAll(pattern)].map(([, created, renamed]) => created ?? renamed ?? '')
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

/** Whether a backup of ours can have all of these. A file could name PostgreSQL’s own, or those of other programs. */
export function areOurs(tables: readonly { name: string }[]): boolean {
  const names = namesInHistory()
  return tables.every((table) => isBackedUp(table) && names.includes(table.name))
}

/** The migrations of this database, oldest first; empty when there was never one. `begun` includes those that may not have finished. */
export async function migrationsOf(client: pg.ClientBase): Promise<{ applied: string[]; begun: string[] }> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`,
  )
  if (!rows[0]?.there) return { applied: [], begun: [] }
  const { rows: begun } = await client.query<{ name: string; finished: boolean }>(
    `SELECT migration_name AS name, bool_or(finished_at IS NOT NULL) AS finished FROM _prisma_migrations
     WHERE rolled_back_at IS NULL GROUP BY 1 ORDER BY 1`,
  )
  const namesOf = (some: typeof begun) => some.map(({ name }) => name)
  return { applied: namesOf(begun.filter(({ finished }) => finished)), begun: namesOf(begun) }
}

/** Names that this build does not know, because a later build migrated the database. */
export const unknownAmong = (names: readonly string[], known: readonly string[] = MIGRATIONS): string[] =>
  names.filter((name) => !known.includes(name))

/** Whether there is anything to lose: every change leaves an audit entry, and what the first start writes itself does not count. */
export async function holdsData(client: pg.ClientBase): Promise<boolean> {
  const there = new Set((await ownTables(client)).map(({ name }) => name))
  for (const name of ['AuditEvent', 'Operator', 'MailServer'].filter((it) => there.has(it))) {
    const { rowCount } = await client.query(`SELECT FROM ${client.escapeIdentifier(name)} LIMIT 1`)
    if (rowCount) return true
  }
  return false
}
