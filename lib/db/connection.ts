import type pg from 'pg'
import type { Redacted } from '../kernel/redacted'

/**
 * What every connection is told, whatever the server's default: `synchronous_commit`, so that an acknowledged commit is durable
 *, and the zone, since Prisma's adapter writes and reads instants as clock times without one.
 */
const SETTINGS = '-c synchronous_commit=on -c TimeZone=UTC'

/**
 * How to connect under this name. The driver lets an address's own `options` and `application_name` take the place of ours: its
 * options are kept but come first, since of two for one setting PostgreSQL takes the last; the name is ours alone, because
 * whoever is present is found by it.
 * @param more settings of this connection alone.
 */
export function connectionOf(databaseUrl: Redacted, name: string, more = ''): pg.ClientConfig {
  const url = new URL(databaseUrl.reveal())
  const own = url.searchParams.getAll('options').at(-1)
  url.searchParams.delete('options')
  url.searchParams.delete('application_name')
  return {
    connectionString: url.href,
    options: [own, SETTINGS, more].filter(Boolean).join(' '),
    application_name: name,
  }
}
