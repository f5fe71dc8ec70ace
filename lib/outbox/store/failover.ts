import { direct, Prisma } from '../../db'
import type { StoreDeps } from './deps'

/** Messages that one statement moves: that takes a fraction of a second. */
const MOVED_AT_ONCE_MAX = 2_000

/** The failover server that has taken over the messages of a mail server, or null if they wait for it. */
export async function failoverServerOf({ db }: StoreDeps, id: string): Promise<string | null> {
  const [row] = await direct(db)<{ id: string }>`/* prepared: outbox-failover */
    SELECT b."id" FROM "MailServer" s JOIN "MailServer" b ON b."id" = s."failoverId"
    WHERE s."id" = ${id}::uuid AND s."pausedAt" IS NOT NULL AND s."pauseIsOwn"
      AND b."version" > 0 AND b."removedAt" IS NULL AND b."pausedAt" IS NULL`
  return row?.id ?? null
}

/** Where one that waits at `s` belongs: at the failover server `b` of `s`, or back at `o`, for which `s` is the failover server. */
const TO = Prisma.sql`coalesce(w."movedFromId", b."id") AS "to", CASE WHEN w."movedFromId" IS NULL THEN s."id" END AS "from"`
const SERVERS = Prisma.sql`JOIN "MailServer" s ON s."id" = w."mailServerId"
  LEFT JOIN "MailServer" o ON o."id" = w."movedFromId"
  LEFT JOIN "MailServer" b ON b."id" = s."failoverId" AND b."version" > 0 AND b."removedAt" IS NULL AND b."pausedAt" IS NULL`
const IS_STRAY = Prisma.sql`CASE WHEN o."id" IS NULL THEN s."pausedAt" IS NOT NULL AND s."pauseIsOwn" AND b."id" IS NOT NULL AND NOT w."failoverRejected"
  ELSE s."pausedAt" IS NOT NULL OR NOT o."pauseIsOwn" OR o."failoverId" IS DISTINCT FROM s."id" END`

/**
 * Moves the due messages of a mail server to where they belong: to the failover server that has taken over, or back from a failover
 * server that is no longer needed or no longer works. A message that may have been sent already is not moved. It only touches
 * waiting rows, which no worker holds, so a message is at one mail server or the other whenever a process ends.
 */
export async function moveMessages({ db, now }: StoreDeps, id: string): Promise<number> {
  const messages = await db.$executeRaw`
    WITH stray AS MATERIALIZED (
      SELECT w."id", ${TO} FROM "Message" w ${SERVERS}
      WHERE w."state" = 'queued' AND w."mailServerId" = ${id}::uuid AND w."dueAt" <= ${now()} AND NOT w."mayBeDuplicate" AND ${IS_STRAY}
      LIMIT ${MOVED_AT_ONCE_MAX} FOR UPDATE OF w SKIP LOCKED
    )
    UPDATE "Message" m SET "mailServerId" = stray."to", "mailbox" = '', "movedFromId" = stray."from"
    FROM stray WHERE m."id" = stray."id"`
  const rest = await db.$executeRaw`
    WITH stray AS MATERIALIZED (
      SELECT w."id", ${TO} FROM "OtherQueue" w JOIN "Message" m ON m."id" = w."messageId" ${SERVERS}
      WHERE m."state" = 'queued' AND w."mailServerId" = ${id}::uuid AND w."dueAt" <= ${now()} AND NOT m."mayBeDuplicate" AND ${IS_STRAY}
      LIMIT ${MOVED_AT_ONCE_MAX} FOR UPDATE OF m, w SKIP LOCKED
    )
    UPDATE "OtherQueue" q SET "mailServerId" = stray."to", "mailbox" = '', "movedFromId" = stray."from"
    FROM stray WHERE q."id" = stray."id"`
  return messages + rest
}
