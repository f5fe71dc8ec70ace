import { createHash, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { fail, messageOf, ok, type Redacted, type Result } from '../../kernel'
import type { BackedUp, BackUpFault } from '../backup/dump'
import { holdsData, migrationsOf, unknownAmong } from '../backup/tables'
import { asHost, longLived } from '../connection'
import { MIGRATION_LOCK, SCRIPT_LOCK } from '../locks'
import { sqlStateOf } from '../sql-state'
import { holdLock, type LockHolder } from './hold-lock'
import { MIGRATIONS, scriptsOf } from './migrations'
import { takePresence } from './presence'

/**
 * `newer`: a later build migrated this database, and this build would misread it. `failed`: the database rejected a script;
 * `message` is its answer. The other kinds changed nothing. `not-saved`: the backup before the migration failed. `unreachable`: the
 * database did not answer. `locked`: another process migrates or backs up.
 */
export type MigrateFault =
  | { kind: 'newer'; unknown: string[] }
  | { kind: 'failed'; message: string }
  | { kind: 'not-saved'; fault: BackUpFault }
  | { kind: 'unreachable'; message: string }
  | { kind: 'locked' | 'running'; holders: LockHolder[] }

export interface MigrateOptions {
  /** Called under the lock, before a database that holds data is changed. A fault stops the migration. */
  save?: (connection: pg.Client, pending: readonly string[]) => Promise<Result<BackedUp, BackUpFault>>
  /** Migrations of another build, for tests. */
  known?: readonly string[]
  /** How long to wait for the lock, for tests. */
  patienceMs?: number
}

/**
 * Applies the missing migrations, each in one transaction. If two processes start together, one applies them and one waits. No process
 * works under an earlier build when they begin, and none starts until they end. Takes no lock if nothing is missing.
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
    const locked = await progressOf(guard, known)
    if (locked.unknown.length > 0) return fail({ kind: 'newer', unknown: locked.unknown })
    if (locked.begun.length > 0) await markInterrupted(guard)
    const { applied, pending } = await progressOf(guard, known)
    const changesData = applied.length > 0 && pending.length > 0
    const running = changesData ? await takePresence(guard) : []
    if (running.length > 0) return fail({ kind: 'running', holders: running })
    if (save && changesData && (await holdsData(guard))) {
      const saved = await save(guard, pending)
      if (!saved.ok) return fail({ kind: 'not-saved', fault: saved.error })
    }
    if (pending.length === 0) return ok({ applied: [] })
    // On a separate connection: the server finishes a script whose sender was killed, and must not keep the lock for it.
    await asHost(databaseUrl, async (client) => {
      await ensureHistory(client)
      for (const name of pending) await applyOne(client, name)
    })
    return ok({ applied: pending })
  } catch (thrown) {
    return fail({ kind: 'failed', message: messageOf(thrown) })
  } finally {
    await guard.end().catch(() => {})
  }
}

async function progressOf(guard: pg.Client, known: readonly string[]) {
  const { begun, applied } = await migrationsOf(guard)
  const pending = known.filter((name) => !applied.includes(name))
  return { begun, applied, unknown: unknownAmong(begun, known), pending }
}

/** The table of Prisma's migration engine, which applied the migrations of 0.1.0. */
const HISTORY = `
  CREATE TABLE public._prisma_migrations (
    id varchar(36) PRIMARY KEY,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`

/** @throws Error if the database holds the tables of another program: they may have the names of ours. */
async function ensureHistory(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean; isEmpty: boolean }>(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS "isThere", NOT EXISTS (
       SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) AS "isEmpty"`,
  )
  if (rows[0]?.isThere) return
  if (!rows[0]?.isEmpty) throw new Error('the database is not empty, and its tables were not made by Postroom')
  await client.query(HISTORY)
}

/** A row says that the migration began before its script runs, so that an older build refuses the database from then on. */
async function applyOne(client: pg.Client, name: string): Promise<void> {
  const [script = ''] = scriptsOf([name])
  const id = randomUUID()
  const checksum = createHash('sha256').update(script).digest('hex')
  const begun = [id, checksum, name]
  await client.query('INSERT INTO public._prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', begun)
  try {
    await client.query(recordedWithScript(id, script))
  } catch (thrown) {
    const logs = `${name}: ${messageOf(thrown)}${dependentsIn(thrown)}`
    await client.query('UPDATE public._prisma_migrations SET logs = $2 WHERE id = $1', [id, logs]).catch(() => {}) // the connection may be gone
    throw new Error(logs)
  }
}

/** dependent_objects_still_exist when a column is removed, feature_not_supported when its type changes. */
const OF_DEPENDENTS = ['2BP01', '0A000']

/** What an administrator has made on our tables, such as a view for reports. PostgreSQL names it in the detail alone. */
function dependentsIn(thrown: unknown): string {
  const { detail } = Object(thrown)
  if (!OF_DEPENDENTS.includes(sqlStateOf(thrown)) || typeof detail !== 'string') return ''
  return `: ${detail.replaceAll('\n', '; ')}. Save its definition, remove it, start again, and then create it for the new columns`
}

/**
 * One message, so one transaction, that also records the end of the migration: after a crash the row says what is true. The
 * server finishes a script whose sender was killed. The lock lets the next start wait for that; if the next start came first, the
 * script stops.
 */
const recordedWithScript = (id: string, script: string): string => `
  SELECT pg_advisory_xact_lock(${SCRIPT_LOCK});
  DO $postroom$ BEGIN
    PERFORM FROM public._prisma_migrations WHERE id = '${id}' AND rolled_back_at IS NULL;
    IF NOT FOUND THEN RAISE 'another start took this migration over'; END IF;
  END $postroom$;
  ${script}
  ;
  UPDATE public._prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = '${id}'`

/** Waits for a script that outlived its sender. A migration that began and did not finish changed nothing and gets a new row. */
async function markInterrupted(guard: pg.Client): Promise<void> {
  await guard.query(`BEGIN; SELECT pg_advisory_xact_lock(${SCRIPT_LOCK})`)
  await guard.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  )
  await guard.query('COMMIT')
}
