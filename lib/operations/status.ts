import packageJson from '../../package.json'
import type { Environment } from '../config/environment'
import type { WarnedState } from '../credentials/reminders/warnings'
import { undatedSecrets } from '../credentials/store/warnings'
import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import { type DatabaseStatus, readDatabaseStatus } from './store/status'

/** Longer than two beats of the worker (30 s each) without one is shown as silent. */
const HEARTBEAT_SILENT_MS = 65_000
/** Two turns of the reminders (5 min each), and a moment for the work itself. */
const REMINDERS_SILENT_MS = 11 * 60_000

/** What ticks in every deployment. A row that is gone has been silent for a day: housekeeping took it away. */
const TICKING = ['worker', 'reminders'] as const

/** One process or clock, and when it last said that it lives; null: not within a day, or never. */
export interface Pulse {
  name: string
  beatAt: Date | null
  isSilent: boolean
}

export function pulsesOf(heartbeats: DatabaseStatus['heartbeats'], now: Date): Pulse[] {
  const gone = TICKING.filter((name) => !heartbeats.some((known) => known.name === name))
  return [...heartbeats, ...gone.map((name) => ({ name, beatAt: null }))].map(({ name, beatAt }) => ({
    name,
    beatAt,
    isSilent: beatAt === null || now.getTime() - beatAt.getTime() > silentMs(name),
  }))
}

const silentMs = (name: string): number => (name === 'reminders' ? REMINDERS_SILENT_MS : HEARTBEAT_SILENT_MS)

/** What makes the whole less than it should be: one word each, as the metric and the System page tell it. */
export const DEGRADATIONS = [
  'clock-silent',
  'credential-refused',
  'credential-expired',
  'reminders-given-up',
  'keys',
  'proxy-unknown',
] as const
export type Degradation = (typeof DEGRADATIONS)[number]

export function degradationsOf(facts: {
  pulses: readonly Pulse[]
  credentials: readonly { state: WarnedState }[]
  remindersGivenUp: number
  keysSound: boolean
  /** As `UnknownProxy.address`. */
  unknownProxy: string | null
}): Degradation[] {
  const states = facts.credentials.map(({ state }) => state)
  const holds: Record<Degradation, boolean> = {
    'clock-silent': facts.pulses.some(({ isSilent }) => isSilent),
    'credential-refused': states.includes('refused'),
    'credential-expired': states.includes('expired'),
    'reminders-given-up': facts.remindersGivenUp > 0,
    keys: !facts.keysSound,
    'proxy-unknown': facts.unknownProxy !== null,
  }
  return DEGRADATIONS.filter((each) => holds[each])
}

/** What the Overview asks beside mail: processes that are silent, reminders that reached nobody, secrets that none can be told of. */
export async function overviewStatus({ db, clock }: { db: Db; clock: Clock }): Promise<{
  silent: string[]
  remindersGivenUp: number
  undatedSecrets: number
}> {
  const [{ heartbeats, remindersGivenUp }, undated] = await Promise.all([readDatabaseStatus(db), undatedSecrets(db)])
  const silent = pulsesOf(heartbeats, clock.now()).filter(({ isSilent }) => isSilent)
  return { silent: silent.map(({ name }) => name), remindersGivenUp, undatedSecrets: undated }
}

export interface SystemStatus extends DatabaseStatus {
  productVersion: string
  baseUrl: string
  secondFactor: Environment['secondFactor']
  /** Where the database is, without user and password. */
  databaseAddress: string | null
  /** It is the console's own, in its data directory. */
  embeddedDatabase: boolean
}

/** Each dependency and how it stands, for people who are signed in. Reads a few small queries. */
export async function systemStatus(services: {
  db: Db
  environment: Pick<Environment, 'baseUrl' | 'secondFactor' | 'databaseUrl' | 'embeddedDatabase'>
}): Promise<SystemStatus> {
  const { baseUrl, secondFactor, databaseUrl, embeddedDatabase } = services.environment
  const url = databaseUrl && new URL(databaseUrl.reveal())
  return {
    ...(await readDatabaseStatus(services.db)),
    productVersion: packageJson.version,
    baseUrl: baseUrl.origin,
    secondFactor,
    databaseAddress: url && `${url.host}${url.pathname}`,
    embeddedDatabase,
  }
}
