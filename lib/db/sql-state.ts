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

/** A row that breaks a unique key. */
export const isNotUnique = (thrown: unknown): boolean => sqlStateOf(thrown) === '23505'
