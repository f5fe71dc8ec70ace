import { type Db, Prisma } from '../../db'
import type { HeartbeatModel } from '../../db/generated/models'
import { databaseCause } from '../../db/outage'
import { sqlStateOf } from '../../db/sql-state'
import { systemClock } from '../../kernel'

type Beat = Pick<HeartbeatModel, 'name' | 'host' | 'beatAt' | 'aheadSeconds'> & {
  /** Of all names, also of those that are not among the rows. */
  all: number
  /** How many of its name have stopped reporting, also of those that are not among the rows. */
  silent: number
}

/** Two heartbeats of the worker (30 s each) and a margin. */
export const HEARTBEAT_SILENT_MS = 65_000
/** Two runs of the reminders (5 min each), and time for the work itself. */
export const REMINDERS_SILENT_MS = 11 * 60_000

/** The database may take some seconds to answer, in which its clock moves on. */
export const CLOCKS_APART_S = 10
/** Of one name. A day of restarts under changing host names leaves thousands. */
const LISTED_MAX = 20

/** How many seconds the clock that says `now` is ahead of the database's. */
export const aheadSeconds = (now: Date) =>
  Prisma.sql`round(extract(epoch FROM ${now}::timestamptz - clock_timestamp()))::int`

/**
 * When each long-lived process and schedule last reported, by the clock that says `now`: its own may differ. Among those
 * with one name the one that reported longest ago is last; `host` is empty if there is only one. Of many, those that
 * reported longest ago and those whose clocks differ most.
 */
export const readHeartbeats = (db: Db, now: Date) => db.$queryRaw<Beat[]>`
  SELECT "name", CASE WHEN "named" > 1 THEN "host" ELSE '' END AS "host", "beatAt", "aheadSeconds", "all", "silent" FROM (
    SELECT *, (count(*) OVER ())::int AS "all", count(*) OVER (PARTITION BY "name") AS "named",
      (count(*) FILTER (WHERE "beatAt" < ${now}::timestamptz - interval '1 ms' *
        CASE "name" WHEN 'reminders' THEN ${REMINDERS_SILENT_MS}::int ELSE ${HEARTBEAT_SILENT_MS}::int END)
        OVER (PARTITION BY "name"))::int AS "silent",
      row_number() OVER (PARTITION BY "name" ORDER BY "beatAt") AS "oldest",
      row_number() OVER (PARTITION BY "name" ORDER BY abs("aheadSeconds") DESC) AS "apart"
    FROM (
      SELECT "name", "host", "beatAt" + (${aheadSeconds(now)} - "aheadSeconds") * interval '1 second' AS "beatAt", "aheadSeconds"
      FROM "Heartbeat" beat
      WHERE "host" <> '' OR NOT EXISTS (SELECT FROM "Heartbeat" other WHERE other."name" = beat."name" AND other."host" <> '')
    ) beats
  ) ranked
  WHERE "oldest" <= ${LISTED_MAX} OR ("apart" <= ${LISTED_MAX} AND abs("aheadSeconds") > ${CLOCKS_APART_S})
  ORDER BY "name", "beatAt" DESC`

/** Reminders that no receiver took, however often it was tried. */
export const countGivenUp = (db: Db): Promise<number> => db.reminder.count({ where: { state: 'failed' } })

/** configuration_limit_exceeded: `temp_file_limit` forbids a file of that size, so how full the volume is cannot be seen. */
const FILE_TOO_LARGE = '53400'

/**
 * Whether the volume of the database is full. PostgreSQL does not say how much is free, so it puts a MiB in a temporary file where the
 * tables are. @throws if the database is away
 */
export async function isDatabaseFull(db: Db): Promise<boolean> {
  try {
    await db.$transaction([
      db.$executeRaw`SELECT set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true)`,
      db.$executeRaw`SELECT count(*) FROM generate_series(1, 50000)`,
    ])
    return false
  } catch (error) {
    if (databaseCause(error) === 'full') return true
    if (sqlStateOf(error) === FILE_TOO_LARGE) return false
    throw error
  }
}

export type DatabaseStatus = Awaited<ReturnType<typeof readDatabaseStatus>>

/**
 * What the System page says about the database and through it. Throws when the database is away.
 *
 * @param own what this process's own clock says now
 */
export async function readDatabaseStatus(db: Db, now: Date, own = systemClock.now()) {
  const [[server], heartbeats, accepted, backup, remindersGivenUp] = await Promise.all([
    db.$queryRaw<{ version: string; aheadSeconds: number; awaitsStandby: boolean }[]>`
      SELECT current_setting('server_version') AS "version", ${aheadSeconds(own)} AS "aheadSeconds", EXISTS (
        SELECT FROM pg_stat_activity WHERE "wait_event" = 'SyncRep' AND "query_start" < clock_timestamp() - interval '10 seconds'
      ) AS "awaitsStandby"`,
    readHeartbeats(db, now),
    db.testRun.findFirst({
      where: { outcome: 'accepted', asSender: null },
      orderBy: { startedAt: 'desc' },
      select: { startedAt: true },
    }),
    db.auditEvent.findFirst({
      where: { action: 'backup.write', result: 'done' },
      orderBy: { at: 'desc' },
      select: { at: true },
    }),
    countGivenUp(db),
  ])
  return {
    /** e.g. `17.10` */
    version: server?.version.split(' ')[0] ?? '',
    heartbeats,
    /** How many reported that are not among `heartbeats`. */
    moreHeartbeats: (heartbeats[0]?.all ?? 0) - heartbeats.length,
    /** How far the console's clock is ahead of the database's. */
    aheadSeconds: server?.aheadSeconds ?? 0,
    /** A commit has waited for a synchronous standby for longer than one that is there takes. */
    awaitsStandby: server?.awaitsStandby ?? false,
    lastAccepted: accepted?.startedAt ?? null,
    lastBackup: backup?.at ?? null,
    remindersGivenUp,
  }
}
