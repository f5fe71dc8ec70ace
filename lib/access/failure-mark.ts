import type { DatabaseCause } from '../db/outage'

/** On the answer to a request that failed: its mark. */
export const FAILURE_HEADER = 'x-postroom-failure'

/** What a browser gets of a failure: the number of its line in the log, after what keeps the database from its work (`full-4711`). */
export const markOf = (cause: DatabaseCause | null, number: string): string => (cause ? `${cause}-${number}` : number)

/** The cause in a mark. */
export const causeIn = (mark = '') =>
  /^(away|full|memory|connections|locked)-/.exec(mark)?.[1] as DatabaseCause | undefined

/** The number in a mark. */
export const numberIn = (mark: string) => mark.slice(mark.indexOf('-') + 1)
