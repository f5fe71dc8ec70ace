import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { Redacted } from '../kernel/redacted'

/**
 * Settings of every connection, independent of the server's defaults: `synchronous_commit`, so that an acknowledged commit is durable,
 * and the time zone, because Prisma's adapter writes and reads instants as local times without a zone.
 */
const SETTINGS = '-c synchronous_commit=on -c TimeZone=UTC'

/**
 * This long after the last byte the system asks whether the server is still there, and some seconds later it ends the connection. A server
 * that lost its power sends no end, and an answer that it owed would be waited for without one.
 * A statement that did not arrive is sent again instead, for as long as the system is set to (docs/operating.md).
 */
const KEEP_ALIVE_AFTER_MS = 30_000

/**
 * Options for a connection with this name. The driver lets `options` and `application_name` of the address replace ours. Options of the
 * address are kept but come first, because PostgreSQL uses the last value of a setting. The name is always ours, because other processes
 * find us by it.
 */
export function connectionOf(databaseUrl: Redacted, name: string, more = ''): pg.ClientConfig {
  const url = new URL(databaseUrl.reveal())
  const optionsInUrl = url.searchParams.getAll('options').at(-1)
  url.searchParams.delete('options')
  url.searchParams.delete('application_name')
  return {
    connectionString: url.href,
    options: [optionsInUrl, SETTINGS, more].filter(Boolean).join(' '),
    application_name: name,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  }
}

/** A connection of one's own, for a lock or for work that may take hours; not yet connected. */
export const longLived = (databaseUrl: Redacted, name: string): pg.Client =>
  clientWith({ ...connectionOf(databaseUrl, name), connectionTimeoutMillis: 10_000 })

export function clientWith(config: pg.ClientConfig): pg.Client {
  const client = new pg.Client(config)
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

/** Holds one connection, and connects again after the database was away. `begin` comes first on each connection. */
export function heldOpen(connect: () => pg.Client, retryMs: number, begin: (client: pg.Client) => Promise<unknown>) {
  const closing = new AbortController()
  let client: pg.Client | null = null
  const hold = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const connection = connect()
      client = connection
      const gone = new Promise((resolve) => connection.once('end', resolve))
      try {
        await connection.connect()
        await begin(connection)
        await gone
      } catch {
        // The database is away.
      }
      await connection.end().catch(() => {})
      await pause(retryMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }
  void hold()
  return {
    async close(): Promise<void> {
      closing.abort()
      await client?.end().catch(() => {})
    },
  }
}

/** A shorter password could occur in ordinary text, which the log would then redact. */
const PASSWORD_CHARS_MIN = 8

/** What a log redacts of the address. */
export function passwordOf(url: Redacted): Redacted[] {
  const password = URL.canParse(url.reveal()) ? decodeURIComponent(new URL(url.reveal()).password) : ''
  return password.length < PASSWORD_CHARS_MIN ? [] : [new Redacted(password)]
}
