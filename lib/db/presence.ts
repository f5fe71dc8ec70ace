import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Redacted } from '../kernel/redacted'
import { PRESENCE_LOCK } from './locks'
import { longLived } from './long-lived'

const RETRY_PAUSE_MS = 3_000
const PREFIX = 'postroom '

export interface Presence {
  leave(): Promise<void>
}

/**
 * Says for as long as this process lives that it works on the database, so that nothing is restored under it (F-58). One
 * connection that does nothing else; when the database was away it comes back by itself.
 */
export function holdPresence(databaseUrl: Redacted, who: 'console' | 'worker'): Presence {
  const gone = new AbortController()
  let client: pg.Client | null = null
  const hold = async (): Promise<void> => {
    while (!gone.signal.aborted) {
      client = longLived(databaseUrl, PREFIX + who)
      const ended = new Promise((resolve) => client?.once('end', resolve))
      try {
        await client.connect()
        await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK])
        await ended
      } catch {
        await client.end().catch(() => {})
      }
      await wait(RETRY_PAUSE_MS, undefined, { signal: gone.signal, ref: false }).catch(() => {})
    }
  }
  void hold()
  return {
    async leave() {
      gone.abort()
      await client?.end().catch(() => {})
    },
  }
}

/**
 * Takes the place of all consoles and workers until the connection ends. What starts meanwhile waits.
 *
 * @returns who is at work, when somebody is; then nothing was taken.
 */
export async function takePresence(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [PRESENCE_LOCK])
  if (rows[0]?.taken) return []
  const holders = await client.query<{ name: string }>(
    `SELECT DISTINCT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`,
    [PRESENCE_LOCK],
  )
  return holders.rows.map(({ name }) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name))
}
