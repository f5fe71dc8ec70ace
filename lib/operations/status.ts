import { access, constants, statfs } from 'node:fs/promises'
import packageJson from '../../package.json'
import type { Environment } from '../config/environment'
import type { Warning } from '../credentials/reminders/warnings'
import type { DbDeps } from '../db'
import type { DatabaseDisk } from './database-disk'
import {
  CLOCKS_APART_S,
  countGivenUp,
  type DatabaseStatus,
  HEARTBEAT_SILENT_MS,
  REMINDERS_SILENT_MS,
  readDatabaseStatus,
  readHeartbeats,
} from './store/status'
import { submissionStatus } from './submission-status'

/** Heartbeats of every deployment. A missing row has been silent for a day, since the clean-up removed it. */
const TICKING = ['worker', 'reminders'] as const

/** A process or schedule and its last heartbeat, or null if there was none within a day. */
export type Pulse = ReturnType<typeof pulsesOf>[number]

export function pulsesOf(heartbeats: readonly Beat[], now: Date) {
  const gone = TICKING.filter((name) => !heartbeats.some((known) => known.name === name))
  const none = gone.map((name) => ({ name, host: '', beatAt: null, silent: 1 }))
  return [...heartbeats, ...none].map(({ name, host, beatAt, silent }) => ({
    name,
    host,
    beatAt,
    silent,
    isSilent: beatAt === null || now.getTime() - beatAt.getTime() > silentMs(name),
  }))
}
type Beat = Pick<DatabaseStatus['heartbeats'][number], 'name' | 'host' | 'beatAt' | 'silent'>

/** Of one name. More are counted. */
const NAMED_MAX = 5

/** Processes and schedules that have stopped reporting, with `count` above 1 for many of one name, and no machine. */
export type Silent = ReturnType<typeof silentOf>[number]

export const silentOf = (pulses: readonly Pulse[]) =>
  pulses
    .filter(({ isSilent }) => isSilent)
    .map(({ silent, ...pulse }) =>
      silent > NAMED_MAX ? { ...pulse, host: '', count: silent } : { ...pulse, count: 1 },
    )
    .filter((each, at, all) => each.count === 1 || all.findIndex(({ name }) => name === each.name) === at)

/** Processes whose clocks differ from the database's; `reminders` is a part of the worker. */
export const clocksApart = ({
  heartbeats,
  aheadSeconds,
}: {
  heartbeats: readonly Pick<DatabaseStatus['heartbeats'][number], 'name' | 'host' | 'aheadSeconds'>[]
  aheadSeconds: number
}) =>
  [{ name: 'console', host: '', aheadSeconds }, ...heartbeats].filter(
    (clock) => clock.name !== 'reminders' && Math.abs(clock.aheadSeconds) > CLOCKS_APART_S,
  )

const silentMs = (name: string): number => (name === 'reminders' ? REMINDERS_SILENT_MS : HEARTBEAT_SILENT_MS)

interface DegradationFacts {
  pulses: readonly Pulse[]
  clocksApart: readonly object[]
  credentials: readonly Pick<Warning, 'state' | 'kind'>[]
  remindersGivenUp: number
  awaitsStandby: boolean
  isFull: boolean
  keysSound: boolean
  disk: Pick<Disk, 'isLow' | 'isReadOnly'>
  /** As `UnknownProxy.address`. */
  unknownProxy: string | null
}

/** Reasons why the console is degraded, as the metric and the System page name them, and when each applies. */
const HOLDS = {
  'standby-missing': ({ awaitsStandby }) => awaitsStandby,
  // Without a standby no process can store its heartbeat.
  'clock-silent': ({ pulses, awaitsStandby }) => !awaitsStandby && pulses.some(({ isSilent }) => isSilent),
  'clocks-apart': (facts) => facts.clocksApart.length > 0,
  'credential-refused': ({ credentials }) => deadCredentials(credentials, 'refused').length > 0,
  'credential-expired': ({ credentials }) => deadCredentials(credentials, 'expired').length > 0,
  'reminders-given-up': ({ remindersGivenUp }) => remindersGivenUp > 0,
  keys: ({ keysSound }) => !keysSound,
  'database-full': ({ isFull }) => isFull,
  'disk-low': ({ disk }) => disk.isLow,
  'disk-read-only': ({ disk }) => disk.isReadOnly,
  'proxy-unknown': ({ unknownProxy }) => unknownProxy !== null,
} as const satisfies Record<string, (facts: DegradationFacts) => boolean>
export type Degradation = keyof typeof HOLDS
export const DEGRADATIONS = Object.keys(HOLDS) as Degradation[]

/** A client whose API key has expired does not keep the console from sending. */
export const deadCredentials = <Each extends Pick<Warning, 'state' | 'kind'>>(
  all: readonly Each[],
  wanted: Warning['state'],
) => all.filter(({ state, kind }) => state === wanted && kind !== 'api-key')

export const degradationsOf = (facts: DegradationFacts): Degradation[] =>
  DEGRADATIONS.filter((each) => HOLDS[each](facts))

/** Status for the Overview: processes that stopped reporting, and failed reminders. */
export async function overviewStatus(deps: DbDeps) {
  const [silent, remindersGivenUp] = await Promise.all([silentNow(deps), countGivenUp(deps.db)])
  return { silent, remindersGivenUp }
}

/** The processes that have stopped reporting, by one query. */
export async function silentNow({ db, clock }: DbDeps): Promise<Silent[]> {
  const now = clock.now()
  return silentOf(pulsesOf(await readHeartbeats(db, now), now))
}

export type Disk = Awaited<ReturnType<typeof readDisk>>

const DISK_LOW_BYTES = 1024 ** 3

/** Free space where the data directory is, and whether files can be written there. */
export async function readDisk(folder: string) {
  const { bavail, blocks, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  return {
    freeBytes,
    totalBytes: blocks * bsize,
    /** So little is free that the database may soon be unable to write. */
    isLow: freeBytes < DISK_LOW_BYTES,
    isReadOnly: await access(folder, constants.W_OK).then(
      () => false,
      () => true,
    ),
  }
}

export type SystemStatus = Awaited<ReturnType<typeof systemStatus>>

/** The status of each dependency, for signed-in operators. Runs a few small queries. */
export async function systemStatus(
  services: DbDeps & {
    environment: Pick<
      Environment,
      'baseUrl' | 'secondFactor' | 'databaseUrl' | 'embeddedDatabase' | 'dataDir' | 'submission'
    >
    databaseDisk: Pick<DatabaseDisk, 'isFull'>
  },
) {
  const { baseUrl, secondFactor, databaseUrl, embeddedDatabase, dataDir } = services.environment
  const url = databaseUrl && new URL(databaseUrl.reveal())
  return {
    ...(await readDatabaseStatus(services.db, services.clock.now())),
    isFull: await services.databaseDisk.isFull(),
    productVersion: packageJson.version,
    baseUrl: baseUrl.origin,
    secondFactor,
    /** Where the database is, without user and password. */
    databaseAddress: url && `${url.host}${url.pathname}`,
    /** It is the console's own, in its data directory. */
    embeddedDatabase,
    disk: await readDisk(dataDir),
    /** Null if clients cannot submit by SMTP. */
    submission: submissionStatus(services.environment),
  }
}
