import type { DatabaseCause } from '@/lib/db/outage'

/** The cause by which `app/_server/database-cause.ts` marks an error that is due to the database. */
export const causeIn = (digest = '') =>
  /^(away|full|memory|connections|locked)-/.exec(digest)?.[1] as DatabaseCause | undefined

/** The number that people read and the log has, without that mark. */
export const numberIn = (digest: string) => digest.slice(digest.indexOf('-') + 1)
