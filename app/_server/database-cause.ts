import 'server-only'
import { randomInt } from 'node:crypto'
import { databaseCause } from '@/lib/db/outage'

/** What the browser gets of an error: the number of its line in the log, after the cause if it is due to the database. */
export function failureMark(thrown: unknown): string {
  const cause = databaseCause(thrown)
  return `${cause ? `${cause}-` : ''}${randomInt(1e9, 1e10)}`
}

/** An error that is due to the database, with its mark. Any other one gets a number from the framework. */
export const withCause = (thrown: unknown): unknown =>
  databaseCause(thrown) ? Object.assign(thrown as Error, { digest: failureMark(thrown) }) : thrown
