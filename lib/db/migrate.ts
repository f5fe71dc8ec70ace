import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { MIGRATIONS, readMigrations } from './migrations'
import { projectRoot } from './project-root'
import { engineFactory, openSchemaEngine } from './schema-engine'

/**
 * `newer`: a later build was here, and this one would misread what it left. `failed`: the database's own words.
 * `unreachable`: nothing was tried.
 */
export type MigrateFault =
  | { kind: 'newer'; unknown: string[] }
  | { kind: 'failed'; message: string }
  | { kind: 'unreachable'; message: string }

/** Any number, the same in every process: two starts at once go one after the other. */
const MIGRATION_LOCK = 7_240_151

/** Applies what is missing, each migration in one transaction of its own. Two processes at once: one applies, one waits. */
export async function migrate(databaseUrl: Redacted): Promise<Result<{ applied: string[] }, MigrateFault>> {
  const guard = new pg.Client({ connectionString: databaseUrl.reveal(), connectionTimeoutMillis: 10_000 })
  guard.on('error', () => {}) // a broken guard shows in the engine's own error
  try {
    await guard.connect()
  } catch (thrown) {
    return fail({ kind: 'unreachable', message: messageOf(thrown) })
  }
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    const unknown = await unknownMigrations(guard)
    if (unknown.length > 0) return fail({ kind: 'newer', unknown })
    return ok({ applied: await apply(databaseUrl) })
  } catch (thrown) {
    return fail({ kind: 'failed', message: messageOf(thrown) })
  } finally {
    await guard.end().catch(() => {})
  }
}

async function apply(databaseUrl: Redacted): Promise<string[]> {
  const root = projectRoot()
  const schema = path.join(root, 'prisma/schema.prisma')
  const factory = engineFactory(databaseUrl.reveal())
  try {
    const engine = await openSchemaEngine(factory, [[schema, readFileSync(schema, 'utf8')]], (message) => {
      throw new Error(`schema engine: ${message}`)
    })
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: readMigrations(root),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } finally {
    await factory.close()
  }
}

/** Names in the database that this build does not know. */
async function unknownMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there`,
  )
  if (!rows[0]?.there) return []
  const applied = await client.query<{ migration_name: string }>(
    'SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  )
  const known: readonly string[] = MIGRATIONS
  return applied.rows.map((row) => row.migration_name).filter((name) => !known.includes(name))
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
