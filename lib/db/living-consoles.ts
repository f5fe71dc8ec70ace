import { processWide } from '../kernel/process-wide'
import type { Db } from './client'
import { CONSOLE_LOCK } from './locks'

/** Of this console, once others can see that it lives. */
export const [ownNumber, setOwnNumber] = processWide<number>('console-number')

/** Whether the console with this number has no session at the database: it has ended, or connects again within seconds. */
export async function isAbsent(db: Db, number: number): Promise<boolean> {
  const held = await db.$queryRaw<unknown[]>`
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = ${CONSOLE_LOCK}::int::oid
      AND objid = ${number}::int::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return held.length === 0
}
