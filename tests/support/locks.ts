import type { Tx } from '../../lib/db'

/** How many other connections wait for a lock of this transaction. A transaction reads pg_stat_activity only once, and pg_locks each time. */
export async function waitingFor(tx: Tx): Promise<number> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`
  return rows.length
}
