import 'server-only'
import { randomInt } from 'node:crypto'
import { databaseCause } from '@/lib/db/outage'

/** An error that is due to the database, marked for the browser: it gets nothing else of an error. The framework's own mark is a number. */
export function withCause(thrown: unknown): unknown {
  const cause = databaseCause(thrown)
  return cause ? Object.assign(thrown as Error, { digest: `${cause}-${randomInt(1e9, 1e10)}` }) : thrown
}
