import packageJson from '../../package.json'
import type { Db } from '../db/client'
import { type DatabaseStatus, readDatabaseStatus } from '../db/status'
import type { Environment } from './environment'

/** Longer than two beats of the worker (30 s each) without one is shown as silent. */
const HEARTBEAT_SILENT_MS = 65_000
/** Two turns of the reminders (5 min each), and a moment for the work itself. */
const REMINDERS_SILENT_MS = 11 * 60_000

export const isSilent = ({ name, beatAt }: { name: string; beatAt: Date }, now: Date): boolean =>
  now.getTime() - beatAt.getTime() > (name === 'reminders' ? REMINDERS_SILENT_MS : HEARTBEAT_SILENT_MS)

export interface SystemStatus extends DatabaseStatus {
  productVersion: string
  baseUrl: string
  secondFactor: Environment['secondFactor']
  /** Where the database is, without user and password. */
  databaseAddress: string | null
  /** It is the console's own, in its data directory. */
  embeddedDatabase: boolean
}

/** Each dependency and how it stands, for people who are signed in. Reads at most three small queries. */
export async function systemStatus(wiring: {
  db: Db
  environment: Pick<Environment, 'baseUrl' | 'secondFactor' | 'databaseUrl' | 'embeddedDatabase'>
}): Promise<SystemStatus> {
  const { baseUrl, secondFactor, databaseUrl, embeddedDatabase } = wiring.environment
  const url = databaseUrl && new URL(databaseUrl.reveal())
  return {
    ...(await readDatabaseStatus(wiring.db)),
    productVersion: packageJson.version,
    baseUrl: baseUrl.origin,
    secondFactor,
    databaseAddress: url && `${url.host}${url.pathname}`,
    embeddedDatabase,
  }
}
