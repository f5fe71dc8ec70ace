import { randomInt } from 'node:crypto'
import type pg from 'pg'
import type { Redacted } from '../../kernel'
import type { Db } from '../client'
import { asHost, heldOpen, longLived } from '../connection'
import { setOwnNumber } from '../living-consoles'
import { CONSOLE_LOCK, PRESENCE_LOCK } from '../locks'
import { holdLock, type LockHolder } from './hold-lock'

const RETRY_PAUSE_MS = 3_000
const PREFIX = 'postroom '

/**
 * Says for as long as this process lives that it works on the database, so that nothing is restored under it. One
 * connection that does nothing else; it reconnects after the database was away.
 *
 * @param keys of the key file with which it started; a listener reads none. The id of the first one ends the name of the connection.
 * @param onBack the database was away, and answers again
 */
export function holdPresence(
  databaseUrl: Redacted,
  who: 'console' | 'worker' | 'listener',
  [first]: readonly { kid: string }[],
  onBack = () => {},
) {
  let wasConnected = false
  const number = randomInt(1, 2 ** 31)
  const connect = () => longLived(databaseUrl, `${PREFIX}${who} ${first?.kid ?? ''}`)
  return heldOpen(connect, RETRY_PAUSE_MS, async (client) => {
    await client.query('SELECT pg_advisory_lock_shared($1)', [PRESENCE_LOCK])
    if (who === 'console') {
      await client.query('SELECT pg_advisory_lock_shared($1, $2)', [CONSOLE_LOCK, number])
      setOwnNumber(number)
    }
    if (wasConnected) onBack()
    wasConnected = true
  })
}

/** Whether a console or worker lives that started with another first key. */
export async function runsWithAnotherKey(db: Db, kid: string): Promise<boolean> {
  const living = await db.$queryRaw<unknown[]>`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database()
      AND application_name ~ ${`^${PREFIX}(console|worker)( |$)`} AND split_part(application_name, ' ', 3) <> ${kid}`
  return living.length > 0
}

/**
 * Takes the place of all consoles, workers and listeners until the connection ends. A start in that time waits (`restoring`). Returns the
 * processes that are running; if there are any, the lock was not taken.
 */
export async function takePresence(client: pg.ClientBase): Promise<LockHolder[]> {
  const holders = await holdLock(client, PRESENCE_LOCK, { patienceMs: 0 })
  return holders.map((one) => ({ ...one, name: (one.name.startsWith(PREFIX) && one.name.split(' ')[1]) || one.name }))
}

/** Who restores a backup or migrates now, so that nothing may start on the database. */
export const restoringProcesses = (databaseUrl: Redacted): Promise<LockHolder[]> =>
  asHost(databaseUrl, (client) => holdLock(client, PRESENCE_LOCK, { shared: true, patienceMs: 0 }))
