import { type Db, type DbDeps, named, type Prisma } from '../../db'
import { literal } from '../../db/literal'
import { storableJson } from '../../db/storable'
import { DAY_MS, idsFrom } from '../../kernel'
import type { SessionRecord } from '../smtp/session-record'

/** Sessions are kept for a week, and no more of them than this. */
export const SESSIONS_KEPT_MS = 7 * DAY_MS
export const SESSIONS_MAX = 200_000
/** Rows that one statement removes. */
const REMOVED_AT_ONCE = 5_000

export async function insertSessions(db: Db, sessions: readonly SessionRecord[]): Promise<void> {
  if (sessions.length === 0) return
  await db.submissionSession.createMany({
    data: sessions.map(({ stages, ...session }) => ({ ...session, stages: storableJson(stages) })),
    skipDuplicates: true,
  })
}

/** Removes sessions that are too old or too many. @returns number of sessions removed */
export async function removeOldSessions(db: Db, now: Date, max = SESSIONS_MAX): Promise<number> {
  const [over] = await db.submissionSession.findMany({
    orderBy: { startedAt: 'desc' },
    skip: max,
    take: 1,
    select: { startedAt: true },
  })
  const oldest = new Date(now.getTime() - SESSIONS_KEPT_MS)
  const before = over && over.startedAt > oldest ? over.startedAt : oldest
  let removed = 0
  for (;;) {
    const count = await db.$executeRaw`
      DELETE FROM "SubmissionSession" WHERE "id" IN (
        SELECT "id" FROM "SubmissionSession" WHERE "startedAt" < ${before} ORDER BY "startedAt" LIMIT ${REMOVED_AT_ONCE})`
    removed += count
    if (count < REMOVED_AT_ONCE) return removed
  }
}

const SEARCHED = ['login', 'sender', 'helo']
const contains = (text: string) => ({ contains: literal(text), mode: 'insensitive' })

/** Which sessions a list shows. Every condition that is set applies. */
export interface SessionFilter {
  since: Date
  clientId?: string
  /** The IP address, or a part of the user name, the sender or the name that the client gave itself, in any case. */
  text?: string
  /** Code of the first refusal, or `any`. */
  refusal?: string
}

/** A page of the list, newest first. `before` is the id of the last session of the previous page; null for the first page. */
export async function listSessions(
  db: Db,
  { since, clientId, text, refusal }: SessionFilter,
  { before, rows }: { before: string | null; rows: number },
): Promise<SessionRecord[]> {
  const stored = await db.submissionSession.findMany({
    where: {
      id: { gte: idsFrom(since.getTime()), ...(before !== null && { lt: before }) },
      ...(clientId && { clientId }),
      ...(text && { OR: [{ address: named(text) }, ...SEARCHED.map((column) => ({ [column]: contains(text) }))] }),
      ...(refusal && { refusal: refusal === 'any' ? { not: null } : named(refusal) }),
    },
    orderBy: { id: 'desc' },
    take: rows,
  })
  return stored.map(sessionOf)
}

export async function readSession(db: Db, id: string): Promise<SessionRecord | null> {
  const row = await db.submissionSession.findUnique({ where: { id } })
  return row && sessionOf(row)
}

/** Only this module's recorder writes them. */
const sessionOf = (row: Prisma.SubmissionSessionGetPayload<object>): SessionRecord => ({
  ...row,
  entrance: row.entrance as SessionRecord['entrance'],
  refusal: row.refusal as SessionRecord['refusal'],
  stages: row.stages as unknown as SessionRecord['stages'],
})

/** Sessions of no client, or of learning mode after its end, that were refused, by the address that they came from. */
export interface RefusedDevice extends Pick<SessionRecord, 'address' | 'entrance' | 'sender' | 'helo' | 'login'> {
  count: number
  at: Date
  /** Why the newest session was refused. */
  refusal: string
  /** Id of the client that has this user name; null if none has. */
  clientOfLogin: string | null
  /** How many such devices there are, also those that are not among the rows. */
  all: number
}

const REFUSED_MAX = 25
const DEVICES_MAX = 50

/**
 * Devices refused in the last 7 days, found from address to address through the index, so that none hides another by its sessions. The
 * port without TLS knows clients by their address alone, so one that was accepted there since has been added.
 */
export async function refusedDevices({ db, clock }: DbDeps): Promise<RefusedDevice[]> {
  const first = idsFrom(clock.now().getTime() - SESSIONS_KEPT_MS)
  return await db.$queryRaw<RefusedDevice[]>`
    WITH RECURSIVE refused AS NOT MATERIALIZED (
      SELECT * FROM "SubmissionSession" WHERE ("clientId" IS NULL OR "refusal" = 'learning-over') AND "refusal" IS NOT NULL
    ), device AS (
      (SELECT "address", "id", "entrance" FROM refused ORDER BY "address" DESC, "id" DESC LIMIT 1)
      UNION ALL
      SELECT next.* FROM device CROSS JOIN LATERAL (
        SELECT r."address", r."id", r."entrance" FROM refused r WHERE r."address" < device."address"
        ORDER BY 1 DESC, 2 DESC LIMIT 1) next
    )
    SELECT latest."address", latest."all", known.*, (SELECT c."id" FROM "Client" c
      WHERE c."login" = lower(known."login") AND c."removedAt" IS NULL) AS "clientOfLogin" FROM (
      SELECT *, (count(*) OVER ())::int AS "all" FROM device WHERE "id" >= ${first}::uuid AND NOT ("entrance" = 'plain' AND EXISTS (
        SELECT FROM "SubmissionSession" later WHERE later."address" = device."address" AND later."id" > device."id"
          AND later."entrance" = 'plain' AND later."clientId" IS NOT NULL AND later."accepted" > 0))
      ORDER BY "id" DESC LIMIT ${REFUSED_MAX}) latest
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS "count", max("startedAt" + "durationMs" * interval '1 ms') AS "at",
        (array_agg("refusal" ORDER BY "id" DESC))[1] AS "refusal", (array_agg("entrance" ORDER BY "id" DESC))[1] AS "entrance",
        (array_agg("sender" ORDER BY "id" DESC) FILTER (WHERE "sender" <> ''))[1] AS "sender",
        (array_agg("helo" ORDER BY "id" DESC) FILTER (WHERE "helo" <> ''))[1] AS "helo",
        (array_agg("login" ORDER BY "id" DESC) FILTER (WHERE "login" <> ''))[1] AS "login"
      FROM refused r WHERE r."address" = latest."address" AND r."id" >= ${first}::uuid) known
    ORDER BY latest."id" DESC`
}

export interface LearnedDevice {
  address: string
  messages: number
  at: Date
  /** Start of the first learning mode that saw it. */
  since: Date
  /** Where the newest session that submitted a message came in, or the newest session if none did. */
  entrance: SessionRecord['entrance']
  /** Those of its sessions that submitted a message. */
  senders: string[]
  /** As `entrance`. */
  helo: string | null
  /** Why the newest session that was refused was refused, and the sender that it named. */
  refusal: string | null
  refusedAt: Date | null
  refusedSender: string | null
}

/** Newest sessions of learning mode that are grouped by address. */
const GROUPED_MAX = 5_000

/** Devices that were recognised as a client of learning mode, by address. */
export async function learnedDevices(db: Db): Promise<LearnedDevice[]> {
  return await db.$queryRaw<LearnedDevice[]>`
    SELECT "address", sum("accepted")::int AS "messages", max("startedAt") AS "at", min("since") AS "since",
      (array_agg("entrance" ORDER BY "accepted" = 0, "id" DESC))[1] AS "entrance",
      coalesce(array_agg(DISTINCT lower("sender")) FILTER (WHERE "sender" <> '' AND "accepted" > 0), '{}') AS "senders",
      (array_agg("helo" ORDER BY "accepted" = 0, "id" DESC) FILTER (WHERE "helo" <> ''))[1] AS "helo",
      (array_agg("refusal" ORDER BY "id" DESC) FILTER (WHERE "refusal" IS NOT NULL))[1] AS "refusal",
      max("startedAt") FILTER (WHERE "refusal" IS NOT NULL) AS "refusedAt",
      (array_agg(nullif("sender", '') ORDER BY "id" DESC) FILTER (WHERE "refusal" IS NOT NULL))[1] AS "refusedSender"
    FROM (SELECT s.*, c."createdAt" AS "since" FROM "Client" c JOIN "SubmissionSession" s ON s."clientId" = c."id"
      WHERE c."learningUntil" IS NOT NULL ORDER BY s."id" DESC LIMIT ${GROUPED_MAX}) newest
    GROUP BY "address" ORDER BY max("startedAt") DESC LIMIT ${DEVICES_MAX}`
}
