import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import type { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
import type { BackedUp, BackUpFault } from '../backup/dump'
import { appliedMigrations, begunMigrations, holdsData, unknownAmong } from '../backup/tables'
import { MIGRATION_LOCK, SCRIPT_LOCK } from '../locks'
import { longLived } from '../long-lived'
import { projectRoot } from '../project-root'
import { holdLock, type LockHolder } from './hold-lock'
import { MIGRATIONS, readMigrations } from './migrations'
import { engineFactory, openSchemaEngine } from './schema-engine'

/**
 * `newer`: a later build was here, and this one would misread what it left. `failed`: the database's own words.
 * `not-saved`: nothing was tried, since the backup before it failed. `unreachable`: nothing was tried. `locked`: nothing was tried,
 * since others migrate or back up.
 */
export type MigrateFault =
  | { kind: 'newer'; unknown: string[] }
  | { kind: 'failed'; message: string }
  | { kind: 'not-saved'; fault: BackUpFault }
  | { kind: 'unreachable'; message: string }
  | { kind: 'locked'; holders: LockHolder[] }

export interface MigrateOptions {
  /** Called before a database that holds something is changed, while everybody else waits; its fault stops the migration. */
  save?: (connection: pg.Client, pending: readonly string[]) => Promise<Result<BackedUp, BackUpFault>>
  /** The history of another build; for tests. */
  known?: readonly string[]
  /** How long others are waited for; for tests. */
  patienceMs?: number
}

/**
 * Applies what is missing, each migration in one transaction of its own. Two processes at once: one applies, one waits. Where
 * nothing is missing no lock is asked for.
 */
export async function migrate(
  databaseUrl: Redacted,
  { save, known = MIGRATIONS, patienceMs }: MigrateOptions = {},
): Promise<Result<{ applied: string[] }, MigrateFault>> {
  const guard = longLived(databaseUrl, 'postroom host')
  try {
    await guard.connect()
  } catch (thrown) {
    return fail({ kind: 'unreachable', message: messageOf(thrown) })
  }
  try {
    const before = await progressOf(guard, known)
    if (before.unknown.length > 0) return fail({ kind: 'newer', unknown: before.unknown })
    if (before.pending.length === 0) return ok({ applied: [] })
    const holders = await holdLock(guard, MIGRATION_LOCK, { patienceMs })
    if (holders.length > 0) return fail({ kind: 'locked', holders })
    const { begun, unknown, applied, pending } = await progressOf(guard, known)
    if (unknown.length > 0) return fail({ kind: 'newer', unknown })
    if (begun.length > 0) await forgetBrokenOff(guard)
    if (save && applied.length > 0 && pending.length > 0 && (await holdsData(guard))) {
      const saved = await save(guard, pending)
      if (!saved.ok) return fail({ kind: 'not-saved', fault: saved.error })
    }
    return ok({ applied: await apply(databaseUrl, known) })
  } catch (thrown) {
    return fail({ kind: 'failed', message: messageOf(thrown) })
  } finally {
    await guard.end().catch(() => {})
  }
}

async function progressOf(guard: pg.Client, known: readonly string[]) {
  const begun = await begunMigrations(guard)
  const applied = await appliedMigrations(guard)
  return {
    begun,
    unknown: unknownAmong(begun, known),
    applied,
    pending: known.filter((name) => !applied.includes(name)),
  }
}

async function apply(databaseUrl: Redacted, known: readonly string[]): Promise<string[]> {
  const root = projectRoot()
  const schema = path.join(root, 'prisma/schema.prisma')
  const factory = engineFactory(databaseUrl.reveal(), recordedWithScript)
  try {
    const engine = await openSchemaEngine(factory, [[schema, readFileSync(schema, 'utf8')]], (message) => {
      throw new Error(`schema engine: ${message}`)
    })
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: readMigrations(root, known),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } finally {
    await factory.close()
  }
}

/**
 * The engine writes down that a migration is done after it is done. Killed in between, nobody could tell whether it was: so
 * the script itself says so, in its own transaction. A server goes on with a script whose sender was killed: its lock lets
 * the next start wait for it, and if that start was first, the script stops (F-75).
 */
const recordedWithScript = (script: string): string => `
  SELECT pg_advisory_xact_lock(${SCRIPT_LOCK});
  ${whereRecorded('PERFORM FROM', "IF NOT FOUND THEN RAISE 'another start took this migration over'; END IF;")}
  ${script}
  ;
  ${whereRecorded('UPDATE', '', 'SET finished_at = now()')}`

/** The row of the one migration that is begun. While the engine makes its own table there is none. */
const whereRecorded = (verb: string, then: string, set = ''): string => `
  DO $postroom$ BEGIN
    IF to_regclass('public._prisma_migrations') IS NOT NULL THEN
      ${verb} public._prisma_migrations ${set} WHERE finished_at IS NULL AND rolled_back_at IS NULL;
      ${then}
    END IF;
  END $postroom$;`

/** Begun and, since its script is all or nothing, not done: it is tried again, by a row of its own. */
async function forgetBrokenOff(guard: pg.Client): Promise<void> {
  await guard.query(`BEGIN; SELECT pg_advisory_xact_lock(${SCRIPT_LOCK})`)
  await guard.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  )
  await guard.query('COMMIT')
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
