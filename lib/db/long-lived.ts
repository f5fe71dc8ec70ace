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
  client.on('error', () => {}) // told by the call that fails
  return client
}
