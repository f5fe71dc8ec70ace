import 'server-only'
import { randomInt } from 'node:crypto'
import { markOf } from '@/lib/access/failure-mark'
import { databaseCause } from '@/lib/db/outage'

/** The mark of an error, with a new number. */
export const failureMark = (thrown: unknown): string => markOf(databaseCause(thrown), String(randomInt(1e9, 1e10)))

/** An error that is due to the database, with its mark. Any other one gets a number from the framework. */
export const withCause = (thrown: unknown): unknown =>
  databaseCause(thrown) ? Object.assign(thrown as Error, { digest: failureMark(thrown) }) : thrown
