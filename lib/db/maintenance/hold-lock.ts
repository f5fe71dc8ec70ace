import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'

const PATIENCE_MS = 15_000
const PAUSE_MS = 250

export interface LockHolder {
  /** The server's process, as in `pg_stat_activity`. */
  pid: number
  name: string
  /** The address from which it is connected, if that is not ours. */
  address: string | null
}

export const holderText = ({ pid, name, address }: LockHolder): string =>
  `${name || 'a program'} (database process ${pid}${address === null ? '' : `, connected from ${address}`})`

/** Takes an advisory lock until the connection ends. If that takes longer than `patienceMs`, it takes nothing and returns who has the lock. */
export async function holdLock(
  client: pg.ClientBase,
  lock: number,
  { shared = false, patienceMs = PATIENCE_MS }: { shared?: boolean; patienceMs?: number | undefined } = {},
): Promise<LockHolder[]> {
  const take = `SELECT pg_try_advisory_lock${shared ? '_shared' : ''}($1) AS "isTaken"`
  for (const deadline = performance.now() + patienceMs; ; await wait(PAUSE_MS)) {
    const { rows } = await client.query<{ isTaken: boolean }>(take, [lock])
    if (rows[0]?.isTaken) return []
    if (performance.now() < deadline) continue
    const holders = await holdersOf(client, lock)
    if (holders.length > 0) return holders
  }
}

/** Sessions of any program in this database that hold the lock. */
async function holdersOf(client: pg.ClientBase, lock: number): Promise<LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `SELECT a.pid, a.application_name AS name,
       CASE WHEN a.client_addr IS DISTINCT FROM inet_client_addr() THEN host(a.client_addr) END AS address
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 2, 1`,
    [lock],
  )
  return rows
}
