import path from 'node:path'
import { databaseCause } from '../db/outage'
import type { Environment } from './environment'

/** What a log line adds to an error of the database that its volume is full: which volume, and what to do. */
export function diskFullText(
  environment: Pick<Environment, 'embeddedDatabase' | 'dataDir' | 'databaseUrl'>,
): (error: unknown) => string | null {
  const { embeddedDatabase, dataDir, databaseUrl } = environment
  const server = databaseUrl ? new URL(databaseUrl.reveal()).host : ''
  const place = embeddedDatabase ? path.join(dataDir, 'postgres') : `data directory of the PostgreSQL server ${server}`
  const text = `The volume with the files of the database is full: ${place}. Free space on it. No accepted message is lost, and work continues then.`
  return (error) => (databaseCause(error) === 'full' ? text : null)
}
