import { sqlStateOf } from './sql-state'

/** Prisma's codes for a database that cannot be reached, broke the connection off, or has no connection left. */
const CODES = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']
/**
 * SQLSTATE: connection failures, a database that is read-only, a transaction that waited too long, too many connections, a lock that was
 * not released in time, shutting down or starting.
 */
const STATES = /^(?:08|25006|25P03|53300|55P03|57P)/
/** What the driver says without a code. The names of one word are Prisma's, for a COMMIT that got no answer. */
const TEXTS =
  /\b(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ConnectionClosed|DatabaseNotReachable|SocketTimeout)\b|timeout exceeded when trying to connect|timeout expired|Connection terminated|not queryable|Query read timeout|The database takes too long|is not currently accepting connections/

/**
 * Why a failure is due to the database rather than to us, by its SQLSTATE: its volume is full, its machine or its table of locks is out of
 * memory, it or the role has as many connections as it may, or a statement waited too long for a lock.
 */
const CAUSES = { 53100: 'full', 53200: 'memory', 53300: 'connections', '55P03': 'locked' } as const
export type DatabaseCause = (typeof CAUSES)[keyof typeof CAUSES] | 'away'
export function databaseCause(thrown: unknown): DatabaseCause | null {
  const known = CAUSES[sqlStateOf(thrown) as keyof typeof CAUSES]
  if (known || isDatabaseAway(thrown)) return known ?? 'away'
  return isNewSessionFull(thrown) ? 'full' : null
}

/** Whether a disk is full: that of the database, or one of our own files, as Node and PostgreSQL's programs say it. */
export function isDiskFull(thrown: unknown): boolean {
  const { code, message } = Object(thrown) as { code?: unknown; message?: unknown }
  const isOfFiles = code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device/.test(String(message))
  return isOfFiles || databaseCause(thrown) === 'full'
}

/** A new session of PostgreSQL 15 that finds the volume full ends with an internal error. */
const isNewSessionFull = (thrown: unknown): boolean =>
  sqlStateOf(thrown) === 'XX000' && thrown instanceof Error && thrown.message.includes('could not write init file')

/** Whether a failure is due to the database, which comes back, rather than to us. It looks at the shape, since pages are bundled apart. */
export function isDatabaseAway(thrown: unknown): boolean {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = causeOf(error), depth++) {
    const code = 'code' in error ? String(error.code) : ''
    if (CODES.includes(code) || STATES.test(sqlStateOf(error))) return true
    if (TEXTS.test(`${code} ${error.message}`)) return true
  }
  return false
}

/** What Prisma wraps for a statement that we wrote ourselves is among the facts of its error. */
const causeOf = (error: Error): unknown => error.cause ?? Object(Object(error).meta).driverAdapterError
