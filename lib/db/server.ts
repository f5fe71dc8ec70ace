import type pg from 'pg'
import { fail, messageOf, ok, type Redacted } from '../kernel'
import { clientWith, connected, connectionOf } from './connection'
import { sqlStateOf } from './sql-state'

/**
 * `starting`: it will answer soon. `login`: it does not know us. `no-answer`: nothing there, or not PostgreSQL. `pooler`: something
 * between us and the server refuses how we connect. `address`: it names a certificate that cannot be read, or demands encryption that the
 * server does not offer, or offers with a certificate that is not trusted.
 */
export type ServerFault = {
  kind: 'starting' | 'login' | 'no-answer' | 'no-database' | 'pooler' | 'address'
  message: string
}

/** The oldest PostgreSQL that the migrations are written for. */
export const POSTGRES_VERSION_MIN = 150_000

/** What a server says about itself; for the host, before any store is opened. */
export async function askServer(url: Redacted, timeoutMs: number) {
  try {
    return await connected(connection(url, timeoutMs), async (client) => {
      const { rows } = await client.query<{ name: string; setting: string }>(
        `SELECT name, setting FROM pg_settings
         WHERE name IN ('server_version_num', 'data_directory', 'fsync', 'full_page_writes')`,
      )
      const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
      return ok({
        /** e.g. 170010 for 17.10. */
        version: Number(settings.get('server_version_num')),
        dataDirectory: settings.get('data_directory') ?? null,
        /** Settings under which an acknowledged commit may be lost. */
        durabilityRisks: ['fsync', 'full_page_writes'].filter((name) => settings.get(name) === 'off'),
      })
    })
  } catch (thrown) {
    return fail(faultOf(thrown))
  }
}

/** A connection pooler hands one session of the server to each transaction on two connections in turn. */
const SESSION_ROUNDS = 3

/**
 * What a connection pooler between us and the server takes from our connections. `shared`: a session, and with it every lock that
 * outlives a transaction, and `LISTEN`. `settings`: the settings that a connection passes on when it begins.
 */
export async function poolerFault(url: Redacted, timeoutMs: number): Promise<'shared' | 'settings' | null> {
  const [one, other] = [connection(url, timeoutMs), connection(url, timeoutMs)]
  const processOf = async (client: pg.Client): Promise<number> => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    return rows[0]?.pid ?? 0
  }
  try {
    await Promise.all([one.connect(), other.connect()])
    const firstProcess = await processOf(one)
    for (let round = 0; round < SESSION_ROUNDS; round++)
      if ((await processOf(other)) === firstProcess || (await processOf(one)) !== firstProcess) return 'shared'
    const { rows } = await one.query<{ arrived: boolean }>(
      `SELECT current_setting('${MARK}', true) IS NOT NULL AS arrived`,
    )
    return rows[0]?.arrived ? null : 'settings'
  } finally {
    await Promise.allSettled([one.end(), other.end()])
  }
}

/** Makes the database if it is not there; two starts at once make one. */
export async function ensureDatabase(serverUrl: Redacted, name: string): Promise<void> {
  try {
    await connected(connection(serverUrl, 10_000), async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
      if (rowCount) return
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`)
    })
  } catch (thrown) {
    if (!['42P04', '23505'].includes(sqlStateOf(thrown))) throw thrown
  }
}

/** One value, or null. For the few queries before the stores exist. */
export const askOne = (url: Redacted, sql: string): Promise<unknown> =>
  connected(connection(url, 10_000), async (client) => {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    return rows[0]?.[0] ?? null
  })

const connection = (url: Redacted, timeoutMs: number): pg.Client =>
  clientWith({
    ...connectionOf(url, 'postroom host', `-c ${MARK}=1`),
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })

/** Node's codes for a certificate that is not trusted, and what the driver says of a server without encryption. */
const UNENCRYPTABLE = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)|does not support SSL/

function faultOf(thrown: unknown): ServerFault {
  const message = messageOf(thrown)
  switch (sqlStateOf(thrown)) {
    case '57P03': // cannot_connect_now: starting, recovering, shutting down
    case '57P01':
      return { kind: 'starting', message }
    case '28P01':
    case '28000':
      return { kind: 'login', message }
    case '3D000':
      return { kind: 'no-database', message }
    case '08P01': // protocol_violation: PostgreSQL itself takes every setting of ours
      return { kind: 'pooler', message }
    default:
      return Object(thrown).syscall === 'open' || UNENCRYPTABLE.test(`${Object(thrown).code} ${message}`)
        ? { kind: 'address', message: `cannot be used: ${message}` }
        : { kind: 'no-answer', message }
  }
}

/** A setting that no program uses. It is present if settings arrive. */
const MARK = 'postroom.mark'
