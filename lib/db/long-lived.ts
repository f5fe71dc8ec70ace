import pg from 'pg'
import type { Redacted } from '../kernel/redacted'
import { connectionOf } from './connection'

/** A connection of one's own, for a lock or for work that may take hours; not yet connected. */
export function longLived(databaseUrl: Redacted, name: string): pg.Client {
  const client = new pg.Client({
    ...connectionOf(databaseUrl, name),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  client.on('error', () => {}) // The call that fails reports it.
  return client
}

/** Connects the host's process for as long as `work` takes. */
export const asHost = <T>(databaseUrl: Redacted, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  connected(longLived(databaseUrl, 'postroom host'), work)

/** Connects for as long as `work` takes. A transaction that is still open then is undone. */
export async function connected<T>(client: pg.Client, work: (client: pg.Client) => Promise<T>): Promise<T> {
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
