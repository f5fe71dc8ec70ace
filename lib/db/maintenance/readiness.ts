import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '../client'
import { MIGRATIONS } from './migrations'

/** In all 2 s, which is shorter than the patience of usual health checks. */
const STEPS = 20
const STEP_MS = 100

/** In steps, of which each that a busy process begins late counts once: it may not have read an answer that is there. */
async function patience(): Promise<false> {
  for (let step = 0; step < STEPS; step++) await wait(STEP_MS, undefined, { ref: false })
  return false
}

/** The database answers, can be written to (a standby cannot) and has every migration of this build. Never throws. */
export async function isDatabaseReady(db: Db): Promise<boolean> {
  const answer = db.$queryRaw<{ count: bigint }[]>`
    SELECT count(DISTINCT migration_name) AS count FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND migration_name = ANY(${[...MIGRATIONS]})
      AND NOT current_setting('transaction_read_only')::boolean`.then(
    ([row]) => Number(row?.count) === MIGRATIONS.length,
    () => false,
  )
  return Promise.race([answer, patience()])
}
