import { type Db, direct, Prisma } from '../../db'
import type { RateLimitTokenModel } from '../../db/generated/models'
import { WORKER_LOCK } from '../../db/locks'
import { HOUR_MS } from '../../kernel'
import { CONNECTIONS_MAX, MESSAGES_A_MINUTE_MAX } from '../delivery/limits'
import type { Workers } from '../delivery/queue-share'
import type { DeliveryQueue } from '../message'
import type { StoreDeps } from './deps'

/** A token allows one open connection, or one message a minute. The first for a connection is also the lease of a queue without limits. */
export type RateLimitKind = 'connection' | 'message'

const TOKENS: Record<RateLimitKind, number> = { connection: CONNECTIONS_MAX, message: MESSAGES_A_MINUTE_MAX }
/** Recipients are counted by whole hours. One hour more than a day, so that no 24 hours have more recipients than were counted. */
export const RECIPIENT_DAY_MS = 25 * HOUR_MS

/** Takes the place of the mail server in the rate limits of a mailbox, which apply whichever mail servers log in as it. */
export const ANY_SERVER = '00000000-0000-0000-0000-000000000000'

/** The locks of the workers that have a session at the database. */
const PRESENT = Prisma.sql`FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.classid = ${WORKER_LOCK}::int::oid AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** Condition on a token `p`: the worker that holds it has no session at the database. */
const ABSENT = Prisma.sql`p."worker" IS NOT NULL AND NOT EXISTS (SELECT ${PRESENT} AND l.objid = p."worker"::oid)`

/** Tokens that were not used for this long are removed. */
const IDLE_MS = 48 * HOUR_MS
/** How often a process makes sure that the tokens it uses exist: long before any process would remove them. */
const ENSURED_FOR_MS = IDLE_MS / 2
/** Rate limits that one run removes. Few mailboxes fall idle in an hour. */
const IDLE_REMOVED_MAX = 1_000

/**
 * Removes the rate-limit tokens of mailboxes and mail servers that send nothing any more. A limit's first row represents all its
 * rows: a process that is about to use the limit has updated that row, or waits for it here and inserts all rows again.
 */
export function removeIdleRateLimitTokens(db: Db, now: Date): Promise<number> {
  const since = new Date(now.getTime() - IDLE_MS)
  return db.$executeRaw`
    WITH idle AS (
      SELECT "mailServerId", "mailbox", "kind" FROM "RateLimitToken" f WHERE "slot" = 0 AND "freeAt" < ${since}
      AND NOT EXISTS (SELECT 1 FROM "RateLimitToken" p WHERE p."mailServerId" = f."mailServerId" AND p."mailbox" = f."mailbox"
        AND p."kind" = f."kind" AND greatest(p."freeAt", p."closedUntil") >= ${since})
      LIMIT ${IDLE_REMOVED_MAX} FOR UPDATE SKIP LOCKED)
    DELETE FROM "RateLimitToken" p USING idle
    WHERE p."mailServerId" = idle."mailServerId" AND p."mailbox" = idle."mailbox" AND p."kind" = idle."kind"`
}

/** Inserts the rows of a rate limit unless this process did so recently. */
async function ensureTokens(
  { db, now, ensuredTokens }: StoreDeps,
  { mailServerId, mailbox }: DeliveryQueue,
  kind: RateLimitKind,
): Promise<void> {
  const key = `${mailServerId} ${mailbox} ${kind}`
  const at = now()
  if (at.getTime() - (ensuredTokens.get(key) ?? Number.NEGATIVE_INFINITY) < ENSURED_FOR_MS) return
  // The other rows are inserted after the first one, because they are read from it: then a removal has ended.
  await direct(db)`/* prepared: outbox-rate-limit-tokens */
    WITH first AS (
      INSERT INTO "RateLimitToken" AS f ("mailServerId", "mailbox", "kind", "slot", "freeAt")
      VALUES (${mailServerId}::uuid, ${mailbox}, ${kind}, 0, ${at})
      ON CONFLICT ("mailServerId", "mailbox", "kind", "slot") DO UPDATE SET "freeAt" = greatest(f."freeAt", EXCLUDED."freeAt")
      RETURNING "mailServerId", "mailbox", "kind"
    )
    INSERT INTO "RateLimitToken" ("mailServerId", "mailbox", "kind", "slot", "freeAt")
    SELECT first.*, slot, ${at} FROM first CROSS JOIN generate_series(1, ${TOKENS[kind] - 1}::int) AS slot ON CONFLICT DO NOTHING`
  ensuredTokens.set(key, at.getTime())
}

/** Who takes a token, and of how many, if not of all that the limit has. */
interface Taking {
  holder: string
  worker: number
  leaseMs: number
  max?: number
}

/** Takes a free token and returns its slot, or null if all are taken. */
export async function takeRateLimitToken(
  deps: StoreDeps,
  key: DeliveryQueue,
  kind: RateLimitKind,
  { holder, worker, leaseMs, max = TOKENS[kind] }: Taking,
): Promise<number | null> {
  await ensureTokens(deps, key, kind)
  const { db, now } = deps
  const { mailServerId, mailbox } = key
  const at = now()
  const until = new Date(at.getTime() + leaseMs)
  const [token] = await direct(db)<{ slot: number }>`/* prepared: outbox-rate-limit-token */
    WITH free AS MATERIALIZED (
      SELECT "slot" FROM "RateLimitToken" WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox}
      AND "kind" = ${kind} AND "slot" < ${max}::int AND "freeAt" <= ${at} AND ("closedUntil" IS NULL OR "closedUntil" <= ${at})
      ORDER BY "slot" LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE "RateLimitToken" p SET "holder" = ${holder}::uuid, "worker" = ${worker}::int, "freeAt" = ${until} FROM free
    WHERE p."mailServerId" = ${mailServerId}::uuid AND p."mailbox" = ${mailbox} AND p."kind" = ${kind} AND p."slot" = free."slot"
    RETURNING p."slot"`
  return token?.slot ?? null
}

/** Releases the tokens of a holder. @param restMs how long they stay unusable after that */
export async function releaseRateLimitTokens(
  { db, now }: StoreDeps,
  { mailServerId, mailbox }: DeliveryQueue,
  { kind, holder, restMs }: { kind: RateLimitKind; holder: string; restMs: number },
): Promise<void> {
  await db.$executeRaw`
    UPDATE "RateLimitToken" SET "holder" = NULL, "worker" = NULL, "freeAt" = ${new Date(now().getTime() + restMs)}
    WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = ${kind} AND "holder" = ${holder}::uuid`
}

/** When the next token is free; null if the rate limit has no tokens yet. */
export async function rateLimitTokenFreeAt(
  { db }: StoreDeps,
  { mailServerId, mailbox }: DeliveryQueue,
  kind: RateLimitKind,
): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    SELECT min(greatest("freeAt", coalesce("closedUntil", "freeAt"))) AS at FROM "RateLimitToken"
    WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = ${kind}`
  return row?.at ?? null
}

/** Extends every lease of these holders, their rate-limit tokens included. Returns the slots of connections that the server wants closed. */
export async function renewLeases({ db, now }: StoreDeps, holders: readonly string[], leaseMs: number) {
  const until = new Date(now().getTime() + leaseMs)
  // A result that is being written locks its message and the next one. Waiting for it could be a deadlock, and leases outlast some renewals.
  await db.$executeRaw`
    UPDATE "Message" m SET "leasedUntil" = ${until}
    FROM (
      SELECT "id" FROM "Message" WHERE "state" = 'sending' AND "holder" = ANY(${[...holders]}::uuid[]) FOR UPDATE SKIP LOCKED
    ) held WHERE m."id" = held."id"`
  const rows = await db.$queryRaw<Omit<RateLimitTokenModel, 'holder' | 'worker' | 'freeAt'>[]>`
    UPDATE "RateLimitToken" SET "freeAt" = ${until} WHERE "holder" = ANY(${[...holders]}::uuid[])
    RETURNING "mailServerId", "mailbox", "kind", "slot", "closedUntil"`
  return rows.filter(({ kind, closedUntil }) => kind === 'connection' && closedUntil && closedUntil > now())
}

/** How many workers have a session at the database, and how many have a connection to a mail server; `worker`, which asks, counts as both. */
export async function countWorkers({ db, now }: StoreDeps, worker: number): Promise<Workers> {
  const [row] = await db.$queryRaw<Workers[]>`
    SELECT 1 + (SELECT count(DISTINCT l.objid) ${PRESENT} AND l.objid <> ${worker}::int::oid)::int AS "present",
      1 + (SELECT count(DISTINCT p."worker") FROM "RateLimitToken" p
        WHERE p."kind" = 'connection' AND p."freeAt" > ${now()} AND p."worker" <> ${worker}::int)::int AS "serving"`
  return row ?? { present: 1, serving: 1 }
}

/** Workers that hold connections and have no session at the database. */
export async function absentWorkers({ db, now }: StoreDeps): Promise<number[]> {
  const rows = await db.$queryRaw<{ worker: number }[]>`
    SELECT DISTINCT p."worker" FROM "RateLimitToken" p WHERE p."kind" = 'connection' AND p."freeAt" > ${now()} AND ${ABSENT}`
  return rows.map(({ worker }) => worker)
}

/** Frees the connections of those of these workers that are still absent; returns how many connections that were. */
export const freeConnections = ({ db, now }: StoreDeps, workers: readonly number[]): Promise<number> =>
  db.$executeRaw`
    UPDATE "RateLimitToken" p SET "holder" = NULL, "worker" = NULL, "freeAt" = ${now()}
    WHERE p."kind" = 'connection' AND p."worker" = ANY(${[...workers]}::int[]) AND ${ABSENT}`

/** Keeps all connections but the first closed, each for a random time within the bounds. */
export async function closeConnections(
  { db, now }: StoreDeps,
  { mailServerId, mailbox }: DeliveryQueue,
  { min, max }: { min: number; max: number },
): Promise<void> {
  await db.$executeRaw`
    UPDATE "RateLimitToken" SET "closedUntil" = ${now()}::timestamptz + (${min}::int + random() * ${max - min}::int) * interval '1 millisecond'
    WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = 'connection' AND "slot" > 0`
}

/**
 * Recipients of a mailbox in the last 24 hours, through every mail server that logs in as it, and those of the messages that others than
 * `holder` have claimed. After a claim it is exact: of two claims, at least the later one sees the other.
 */
export async function recipientsToday({ db, now }: StoreDeps, { mailbox }: DeliveryQueue, holder: string) {
  const since = new Date(now().getTime() - RECIPIENT_DAY_MS)
  const [row] = await db.$queryRaw<{ count: number }[]>`
    WITH queue AS (
      SELECT "id", CASE WHEN lower("settings"->>'senderAddress') = ${mailbox} THEN '' ELSE ${mailbox} END AS "mailbox"
      FROM "MailServer" WHERE "settings"->>'type' = 'exchange-online-oauth2'
    )
    SELECT (
      (SELECT coalesce(sum(h."recipients"), 0) FROM queue q JOIN "MailboxHour" h
        ON h."mailServerId" = q."id" AND h."mailbox" = q."mailbox" AND h."hour" > ${since})
      + (SELECT count(*) FROM queue q JOIN "Message" m
        ON m."mailServerId" = q."id" AND m."mailbox" = q."mailbox" AND m."state" = 'sending' AND m."holder" <> ${holder}::uuid
        JOIN "Recipient" r ON r."messageId" = m."id" AND r."state" = 'queued')
    )::int AS count`
  return row?.count ?? 0
}
