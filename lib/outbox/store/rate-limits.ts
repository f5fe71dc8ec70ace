import { type Db, direct } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { WORKER_LOCK } from '../../db/locks'
import { CONNECTIONS_MAX, MESSAGES_A_MINUTE_MAX } from '../delivery/limits'
import type { OutboxStore, PermitKind } from '../ports'

type Permits = Pick<
  OutboxStore,
  | 'renewLeases'
  | 'takePermit'
  | 'releasePermit'
  | 'absentWorkers'
  | 'freeConnections'
  | 'permitFreeAt'
  | 'closeConnections'
  | 'recipientsToday'
>

const SLOTS: Record<PermitKind, number> = { connection: CONNECTIONS_MAX, message: MESSAGES_A_MINUTE_MAX }
/** Counted by whole hours: one more, so that no 24 hours hold more than is counted. */
export const PACED_DAY_MS = 25 * 60 * 60 * 1000

/** In place of a mail server: a mailbox's permits are its own, whichever mail servers log in as it. */
export const ANY_SERVER = '00000000-0000-0000-0000-000000000000'

/** Of a permit `p`: no session has the lock of the worker that holds it. */
const ABSENT = Prisma.sql`p."worker" IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = ${WORKER_LOCK}::int::oid
    AND l.objid = p."worker"::oid AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))`

/** Permits that nobody has asked for so long are removed. */
const IDLE_MS = 48 * 60 * 60 * 1000
/** Whoever goes on asking for them makes sure of them so often: long before they are idle for anybody. */
const SURE_MS = IDLE_MS / 2
/** Of one round. Few mailboxes fall idle in an hour. */
const IDLE_REMOVED_MAX = 1_000

/**
 * Removes the permits of mailboxes and mail servers by which nothing leaves any more. Their first row stands for all: whoever is
 * about to use them has touched it, or waits for it here and makes all of them anew.
 */
export function removeIdlePermits(db: Db, now: Date): Promise<number> {
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

export function outboxPermits(db: Db, now: () => Date): Permits {
  /** When this process last made sure of them. */
  const sure = new Map<string, number>()

  async function make({ mailServerId, mailbox }: { mailServerId: string; mailbox: string }, kind: PermitKind) {
    const key = `${mailServerId} ${mailbox} ${kind}`
    const at = now()
    if (at.getTime() - (sure.get(key) ?? Number.NEGATIVE_INFINITY) < SURE_MS) return
    await db.$executeRaw`
      INSERT INTO "RateLimitToken" ("mailServerId", "mailbox", "kind", "slot", "freeAt")
      VALUES (${mailServerId}::uuid, ${mailbox}, ${kind}, 0, ${at})
      ON CONFLICT ("mailServerId", "mailbox", "kind", "slot") DO UPDATE SET "freeAt" = greatest("RateLimitToken"."freeAt", EXCLUDED."freeAt")`
    await db.$executeRaw`
      INSERT INTO "RateLimitToken" ("mailServerId", "mailbox", "kind", "slot", "freeAt")
      SELECT ${mailServerId}::uuid, ${mailbox}, ${kind}, slot, ${at}
      FROM generate_series(1, ${SLOTS[kind] - 1}::int) AS slot ON CONFLICT DO NOTHING`
    sure.set(key, at.getTime())
  }

  return {
    async renewLeases(holders, leaseMs) {
      const until = new Date(now().getTime() + leaseMs)
      await db.$executeRaw`
        UPDATE "Message" SET "leasedUntil" = ${until} WHERE "state" = 'sending' AND "holder" = ANY(${[...holders]}::uuid[])`
      const rows = await db.$queryRaw<
        { mailServerId: string; mailbox: string; kind: string; slot: number; closedUntil: Date | null }[]
      >`
        UPDATE "RateLimitToken" SET "freeAt" = ${until} WHERE "holder" = ANY(${[...holders]}::uuid[])
        RETURNING "mailServerId", "mailbox", "kind", "slot", "closedUntil"`
      return {
        closed: rows.filter(({ kind, closedUntil }) => kind === 'connection' && closedUntil && closedUntil > now()),
      }
    },

    async takePermit(route, kind, { holder, worker, leaseMs }) {
      await make(route, kind)
      const at = now()
      const until = new Date(at.getTime() + leaseMs)
      const { mailServerId, mailbox } = route
      const [taken] = await direct(db)<{ slot: number }>`/* prepared: outbox-permit */
        WITH free AS MATERIALIZED (
          SELECT "slot" FROM "RateLimitToken" WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox}
          AND "kind" = ${kind} AND "freeAt" <= ${at} AND ("closedUntil" IS NULL OR "closedUntil" <= ${at})
          ORDER BY "slot" LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE "RateLimitToken" p SET "holder" = ${holder}::uuid, "worker" = ${worker}::int, "freeAt" = ${until} FROM free
        WHERE p."mailServerId" = ${mailServerId}::uuid AND p."mailbox" = ${mailbox} AND p."kind" = ${kind} AND p."slot" = free."slot"
        RETURNING p."slot"`
      return taken?.slot ?? null
    },

    async releasePermit({ mailServerId, mailbox }, kind, slot, holder, restMs) {
      await db.$executeRaw`
        UPDATE "RateLimitToken" SET "holder" = NULL, "worker" = NULL, "freeAt" = ${new Date(now().getTime() + restMs)}
        WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = ${kind} AND "slot" = ${slot}
        AND "holder" = ${holder}::uuid`
    },

    async absentWorkers() {
      const rows = await db.$queryRaw<{ worker: number }[]>`
        SELECT DISTINCT p."worker" FROM "RateLimitToken" p WHERE p."kind" = 'connection' AND p."freeAt" > ${now()} AND ${ABSENT}`
      return rows.map(({ worker }) => worker)
    },

    freeConnections: (workers) =>
      db.$executeRaw`
        UPDATE "RateLimitToken" p SET "holder" = NULL, "worker" = NULL, "freeAt" = ${now()}
        WHERE p."kind" = 'connection' AND p."worker" = ANY(${[...workers]}::int[]) AND ${ABSENT}`,

    async permitFreeAt({ mailServerId, mailbox }, kind) {
      const [row] = await db.$queryRaw<{ at: Date | null }[]>`
        SELECT min(greatest("freeAt", coalesce("closedUntil", "freeAt"))) AS at FROM "RateLimitToken"
        WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = ${kind}`
      return row?.at ?? null
    },

    async closeConnections({ mailServerId, mailbox }, { min, max }) {
      await db.$executeRaw`
        UPDATE "RateLimitToken" SET "closedUntil" = ${now()}::timestamptz + (${min}::int + random() * ${max - min}::int) * interval '1 millisecond'
        WHERE "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "kind" = 'connection' AND "slot" > 0`
    },

    // Few mail servers, each by the key of its hours.
    async recipientsToday({ mailbox }) {
      const since = new Date(now().getTime() - PACED_DAY_MS)
      const [row] = await db.$queryRaw<{ count: bigint | null }[]>`
        SELECT sum(h."recipients") AS count FROM "MailServer" s JOIN "MailboxHour" h ON h."mailServerId" = s."id"
          AND h."mailbox" = CASE WHEN lower(s."settings"->>'senderAddress') = ${mailbox} THEN '' ELSE ${mailbox} END
        WHERE s."settings"->>'type' = 'exchange-online-oauth2' AND h."hour" > ${since}`
      return Number(row?.count ?? 0)
    },
  }
}
