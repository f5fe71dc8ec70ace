import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pemOfFile } from '../config/bytes-of-file'
import type { Environment } from '../config/environment'
import type { Db, DbDeps } from '../db'
import { DAY_MS, HOUR_MS, idsFrom, MINUTE_MS, timeOfId } from '../kernel'
import type { recurringFaults } from '../kernel/recurring-faults'
import { readDisk } from '../operations/status'
import { type Machine, readOtherMachines, storeMachine } from '../operations/store/heartbeats'
import { SELF_MADE_FILE } from '../operations/submission-status'
import { RETRY_FOR_MS } from '../outbox/accept'
import { type ClientHistory, FAILURES_OVER_MS, type Measurements } from './conditions'
import type { AlertKind } from './kinds'

export interface AlertDeps extends DbDeps {
  environment: Pick<Environment, 'submission' | 'dataDir'>
  faults: ReturnType<typeof recurringFaults>
}

const UNREPORTED = 'this machine could not report its disk or certificate'
const UNMEASURED = 'a condition could not be measured'
/** Waiting messages that are read, by ID. One that is sent again has an old ID and a new deadline, and many may wait for a paused server. */
const OLDEST_READ = 10_000
/** How far back a client's habits are read, from its last message. */
const HISTORY_MS = 14 * DAY_MS
/** Clients without an alert whose habits are read in one minute. If there are more, the next minute reads the next ones. */
const SILENT_READ = 500

interface Shared {
  now: Date
  leastSilentMs: number
  /** The other machines, which are read once for all kinds. */
  elsewhere: ReturnType<typeof readOtherMachines>
}

/** What the measurements of one minute share. */
export function sharedAt(db: Db, now: Date, leastSilentMs = 0): Shared {
  const elsewhere = readOtherMachines(db, os.hostname(), now)
  elsewhere.catch(() => {}) // Each kind that needs them reports it.
  return { now, leastSilentMs, elsewhere }
}

type Measure<Kind extends AlertKind> = (deps: AlertDeps, shared: Shared) => Promise<Measurements[Kind]>

/** How each kind is measured. Each is cheap enough for every minute, however many messages there are. */
const MEASURES: { readonly [Kind in AlertKind]: Measure<Kind> } = {
  async 'queue-age'({ db }) {
    const rows = await db.$queryRaw<{ expiresAt: Date; messages: number; server: string; isPaused: boolean }[]>`
      WITH oldest AS MATERIALIZED (
        (SELECT "id", "expiresAt", "mailServerId" FROM "Message" WHERE "state" = 'queued' ORDER BY "id" LIMIT ${OLDEST_READ})
        UNION ALL (SELECT "id", "expiresAt", "mailServerId" FROM "Message" WHERE "state" = 'sending' ORDER BY "id" LIMIT ${OLDEST_READ})
      ), place AS (
        SELECT * FROM oldest
        UNION ALL SELECT o."id", o."expiresAt", q."mailServerId" FROM oldest o JOIN "OtherQueue" q ON q."messageId" = o."id"
      )
      SELECT s."pausedAt" IS NOT NULL AS "isPaused", min(p."expiresAt") AS "expiresAt", count(DISTINCT p."id")::int AS "messages",
        (array_agg(s."name" ORDER BY p."expiresAt"))[1] AS "server"
      FROM place p JOIN "MailServer" s ON s."id" = p."mailServerId" GROUP BY 1 ORDER BY 1`
    return rows.map(({ expiresAt, ...row }) => ({ ...row, since: new Date(expiresAt.getTime() - RETRY_FOR_MS) }))
  },
  async failures({ db }, { now }) {
    const rows = await db.$queryRaw<{ cause: string | null; count: number }[]>`
      SELECT coalesce(nullif("reason", 'partly'), "lastCode") AS "cause", count(*)::int AS "count" FROM "Message"
      WHERE "state" = 'failed' AND "endedAt" > ${new Date(now.getTime() - FAILURES_OVER_MS)} GROUP BY 1 ORDER BY 2 DESC, 1`
    const [first] = rows
    const count = rows.reduce((sum, each) => sum + each.count, 0)
    return { count, ...(first?.cause && { cause: first.cause, withCause: first.count }) }
  },
  async 'server-paused'({ db }) {
    const rows = await db.mailServer.findMany({ where: { pausedAt: { not: null }, removedAt: null } })
    return rows.flatMap(({ id, name, pausedAt, pausedBy }) =>
      pausedAt ? { id, name, at: pausedAt, by: pausedBy ?? '' } : [],
    )
  },
  async certificate({ environment }, { elsewhere }) {
    const [own, machines] = await Promise.all([expiryOf(environment), elsewhere])
    const expiries = [
      { host: os.hostname(), at: own },
      ...machines.map(({ host, certificateExpiresAt: at }) => ({ host, at })),
    ]
    const certificates = expiries.flatMap(({ host, at }) => (at === null ? [] : [{ host, expiresAt: at }]))
    return certificates.toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
  },
  async disk({ environment }, { elsewhere }) {
    const [{ freeBytes }, machines] = await Promise.all([readDisk(environment.dataDir), elsewhere])
    const disks = [
      { host: os.hostname(), freeBytes },
      ...machines.map((machine) => ({ ...machine, freeBytes: Number(machine.freeBytes) })),
    ]
    return disks.toSorted((one, other) => one.freeBytes - other.freeBytes)
  },
  'client-silent': ({ db }, { now, leastSilentMs }) => silentClients(db, now, leastSilentMs),
}

/** Null without a listener, or before it has made its certificate. @throws if the file cannot be read */
async function expiryOf({ submission, dataDir }: AlertDeps['environment']): Promise<Date | null> {
  const selfMade = path.join(dataDir, SELF_MADE_FILE)
  if (submission === null || (submission.certificate === null && !existsSync(selfMade))) return null
  return new Date(new X509Certificate(pemOfFile(submission.certificate?.certFile ?? selfMade)).validTo)
}

/**
 * Stores, after a worker’s heartbeat, what only its own machine can measure, for the worker that watches. What cannot be measured is left as
 * it was and does not prevent the rest from being reported.
 */
export async function reportMachine({ db, environment, faults }: AlertDeps): Promise<void> {
  const parts: Record<'disk' | 'certificate', () => Promise<Partial<Machine>>> = {
    disk: async () => ({ freeBytes: BigInt((await readDisk(environment.dataDir)).freeBytes) }),
    certificate: async () => ({ certificateExpiresAt: await expiryOf(environment) }),
  }
  for (const [member, measured] of Object.entries(parts))
    try {
      await storeMachine(db, os.hostname(), await measured())
      faults(UNREPORTED, null, { member })
    } catch (error) {
      faults(UNREPORTED, error, { member })
    }
}

/** One kind as it is now. What cannot be measured is missing, and the log says why. */
export async function measure(deps: AlertDeps, kind: AlertKind, shared: Shared): Promise<Measurements> {
  try {
    const measured = { [kind]: await MEASURES[kind](deps, shared) }
    deps.faults(UNMEASURED, null, { member: kind })
    return measured
  } catch (error) {
    deps.faults(UNMEASURED, error, { member: kind })
    return {}
  }
}

/**
 * Clients that have not sent for at least this long, with the hours in which they sent before. One with an open alert is silent until it
 * sends, even if retention has removed its messages since. IDs are ordered by time, and those from a clock that was ahead are not read.
 */
async function silentClients(db: Db, now: Date, leastMs: number): Promise<ClientHistory[]> {
  const next = idsFrom(now.getTime() + 1)
  const rows = await db.$queryRaw<{ id: string; name: string; last: string | null; alertedAt: string | null }[]>`
    SELECT c."id", c."name", m."id"::text AS "last", a."details"->>'lastAt' AS "alertedAt" FROM "Client" c
    LEFT JOIN LATERAL (SELECT "id" FROM "Message" WHERE "clientId" = c."id" AND "id" < ${next}::uuid ORDER BY "id" DESC LIMIT 1) m ON true
    LEFT JOIN "Alert" a ON a."kind" = 'client-silent' AND a."subject" = 'client:' || c."id" AND a."closedAt" IS NULL
    WHERE c."removedAt" IS NULL AND c."disabledAt" IS NULL
      AND coalesce(m."id" < ${idsFrom(now.getTime() - leastMs)}::uuid, a."id" IS NOT NULL)
    ORDER BY m."id" DESC`
  const clients = rows.map(({ id, name, last, alertedAt }) => {
    const [lastMs, alertedMs] = [last === null ? 0 : timeOfId(last), alertedAt === null ? -1 : Date.parse(alertedAt)]
    return { id, name, lastAt: new Date(Math.max(lastMs, alertedMs)), hasAlert: alertedMs >= lastMs }
  })
  const candidates = clients.filter(({ hasAlert }) => !hasAlert)
  const part = Math.floor(now.getTime() / MINUTE_MS) % Math.max(1, Math.ceil(candidates.length / SILENT_READ))
  const withoutAlert = candidates.slice(part * SILENT_READ, (part + 1) * SILENT_READ)
  const hours = await hoursOf(db, withoutAlert, next)
  return [...clients.filter(({ hasAlert }) => hasAlert), ...withoutAlert].map((client) => ({
    ...client,
    hours: hours.get(client.id) ?? [],
  }))
}

/** The hours are found one after the other by the index, without reading every message. */
async function hoursOf(db: Db, clients: readonly Pick<ClientHistory, 'id' | 'lastAt'>[], next: string) {
  const ids = clients.map(({ id }) => id)
  const from = clients.map(({ lastAt }) => idsFrom(lastAt.getTime() - HISTORY_MS))
  const rows = await db.$queryRaw<{ id: string; hours: number[] }[]>`
    WITH RECURSIVE sent AS (
      SELECT c."id", c."from", NULL::int AS "hour" FROM unnest(${ids}::uuid[], ${from}::uuid[]) AS c("id", "from")
      UNION ALL
      SELECT s."id", (lpad(to_hex((next."hour" + 1) * ${HOUR_MS}::bigint), 12, '0') || repeat('0', 20))::uuid, next."hour"
      FROM sent s CROSS JOIN LATERAL (
        SELECT (('x' || translate(left(m."id"::text, 13), '-', ''))::bit(48)::bigint / ${HOUR_MS})::int AS "hour"
        FROM "Message" m WHERE m."clientId" = s."id" AND m."id" >= s."from" AND m."id" < ${next}::uuid ORDER BY m."id" LIMIT 1) next
    )
    SELECT "id", array_agg("hour" ORDER BY "hour") AS "hours" FROM sent WHERE "hour" IS NOT NULL GROUP BY 1`
  return new Map(rows.map(({ id, hours }) => [id, hours.map((hour) => new Date(hour * HOUR_MS))]))
}
