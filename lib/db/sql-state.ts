/** By whichever way the statement went; empty where the database did not answer. By shape, since pages are bundled apart. */
export function sqlStateOf(thrown: unknown): string {
  const { severity, code, meta, cause } = Object(thrown)
  if (severity !== undefined) return String(code ?? '')
  // Prisma passes on what its driver says of COMMIT as it is.
  return String(Object(meta).driverAdapterError?.cause?.originalCode ?? Object(cause).originalCode ?? '')
}

/** SQLSTATE classes 22 and 23: a value that no column of its type holds, or that a constraint forbids. */
const OF_DATA = /^2[23]/
/** Whether the database refused what it was given: then it did nothing of it, and another try ends the same. */
export const isOfData = (thrown: unknown): boolean => OF_DATA.test(sqlStateOf(thrown))

/** SQLSTATE of PostgreSQL for a volume without space. */
const DISK_FULL = '53100'
export const isDiskFull = (thrown: unknown): boolean => sqlStateOf(thrown) === DISK_FULL

/** SQLSTATE of PostgreSQL for memory that its machine, or its table of locks, does not have. */
const OUT_OF_MEMORY = '53200'
export const isOutOfMemory = (thrown: unknown): boolean => sqlStateOf(thrown) === OUT_OF_MEMORY

/** SQLSTATE of PostgreSQL for a server that already has as many connections as it, or the role, may have. */
const OUT_OF_CONNECTIONS = '53300'
export const isOutOfConnections = (thrown: unknown): boolean => sqlStateOf(thrown) === OUT_OF_CONNECTIONS

/** SQLSTATE of a statement that waited too long for a lock. */
const LOCKED = '55P03'
export const isLocked = (thrown: unknown): boolean => sqlStateOf(thrown) === LOCKED

/** SQLSTATE of a row that breaks a unique key. */
const NOT_UNIQUE = '23505'
export const isNotUnique = (thrown: unknown): boolean => sqlStateOf(thrown) === NOT_UNIQUE
