import { type Db, direct } from '../../db'
import { NEVER } from '../../kernel'
import type { ClaimedMessage, DeliveryQueue, WaitingQueue } from '../message'
import type { StoreDeps } from './deps'
import { longText, PIECE_BYTES } from './long-text'

/** Messages of crashed workers that one statement frees. */
const REAPED_AT_ONCE_MAX = 1_000

interface ClaimedRow extends Omit<ClaimedMessage, 'bytes' | 'recipients' | 'otherQueues' | keyof DeliveryQueue> {
  /** Null if the text is too long to be read with the claim, or missing. */
  bytes: Uint8Array | null
  storedBytes: number | null
  positions: number[] | null
  addresses: string[] | null
  further: (Omit<WaitingQueue, 'dueAt'> & { dueAt: string })[] | null
}

/**
 * Claims the first due messages of a queue, with lease and fencing token in the same statement. The first one is marked as begun. A
 * message of which this is a further queue (`OtherQueue`) is found by its key, and not by its state: the plan is made while little waits.
 * Its row then has this queue, and `OtherQueue` the one that it had.
 *
 * @param limits.bytes bound on all texts together; the first message is claimed even if it alone is larger
 * @param limits.isProbe claims although the mail server is paused
 */
export async function claim(
  { db, now }: StoreDeps,
  { mailServerId, mailbox }: DeliveryQueue,
  holder: string,
  limits: { messages: number; bytes: number; leaseMs: number; isProbe: boolean },
): Promise<ClaimedMessage[]> {
  const { messages, bytes, leaseMs, isProbe } = limits
  const at = now()
  const leasedUntil = new Date(at.getTime() + leaseMs)
  const rows = await direct(db)<ClaimedRow>`/* prepared: outbox-claim */
    WITH server AS (
      SELECT "version", "retryNowCount", (SELECT coalesce(max("number"), 0) FROM "PolicyRevision") AS "rules"
      FROM "MailServer" WHERE "id" = ${mailServerId}::uuid AND ("pausedAt" IS NULL OR ${isProbe}::bool)
    ), due AS MATERIALIZED (
      SELECT "id", "sizeBytes", "dueAt" FROM "Message"
      WHERE "state" = 'queued' AND "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "dueAt" <= ${at}
        AND EXISTS (SELECT 1 FROM server)
      ORDER BY "dueAt", "id" LIMIT ${messages}::int FOR UPDATE SKIP LOCKED
    ), other AS MATERIALIZED (
      SELECT o."id" AS "otherId", o."dueAt", o."movedFromId", o."failoverRejected", o."attemptCount", m.*
      FROM "OtherQueue" o CROSS JOIN LATERAL (
        SELECT "id", "sizeBytes", "mailServerId" AS "leftServer", "mailbox" AS "leftMailbox", "dueAt" AS "leftDueAt",
          "movedFromId" AS "leftMovedFrom", "failoverRejected" AS "leftRejected", "attemptCount" - "attemptsElsewhere" AS "leftCount"
        FROM "Message" WHERE "id" = o."messageId" AND "leasedUntil" IS NULL AND "endedAt" IS NULL AND "state" <> 'held'
        OFFSET 0 FOR UPDATE SKIP LOCKED) m
      WHERE o."mailServerId" = ${mailServerId}::uuid AND o."mailbox" = ${mailbox} AND o."dueAt" <= ${at}
        AND EXISTS (SELECT 1 FROM server)
      ORDER BY o."dueAt" LIMIT ${messages}::int
    ), fit AS (
      SELECT "id", "otherId", nth FROM (
        SELECT "id", "otherId", row_number() OVER first AS nth, sum("sizeBytes") OVER first AS upto
        FROM (
          SELECT DISTINCT ON ("id") * FROM (
            SELECT "id", "sizeBytes", "dueAt", NULL::uuid AS "otherId" FROM due
            UNION ALL SELECT "id", "sizeBytes", "dueAt", "otherId" FROM other) found
          ORDER BY "id", "dueAt") each
        WINDOW first AS (ORDER BY "dueAt", "id")) counted
      WHERE nth = 1 OR (nth <= ${messages}::int AND upto <= ${bytes}::int)
    ), taken AS (
      UPDATE "Message" m SET "state" = 'sending', "leasedUntil" = ${leasedUntil}, "holder" = ${holder}::uuid,
        "fence" = m."fence" + 1, "begunAt" = CASE WHEN fit.nth = 1 THEN ${at}::timestamptz END,
        "mailServerId" = ${mailServerId}::uuid, "mailbox" = ${mailbox}, "dueAt" = coalesce(o."dueAt", m."dueAt"),
        "movedFromId" = CASE WHEN o."otherId" IS NULL THEN m."movedFromId" ELSE o."movedFromId" END,
        "failoverRejected" = coalesce(o."failoverRejected", m."failoverRejected"),
        "attemptsElsewhere" = coalesce(m."attemptCount" - o."attemptCount", m."attemptsElsewhere")
      FROM fit LEFT JOIN other o ON o."otherId" = fit."otherId" WHERE m."id" = fit."id"
      RETURNING m.*, fit.nth, fit."otherId"
    ), exchanged AS (
      UPDATE "OtherQueue" q SET "mailServerId" = o."leftServer", "mailbox" = o."leftMailbox", "dueAt" = o."leftDueAt",
        "movedFromId" = o."leftMovedFrom", "failoverRejected" = o."leftRejected", "attemptCount" = o."leftCount"
      FROM fit JOIN other o ON o."otherId" = fit."otherId" WHERE q."id" = o."otherId"
    )
    SELECT t."id", t."fence", t."source", t."originator", t."needsUtf8", t."sizeBytes", t."originalLines", t."expiresAt",
      t."attemptCount" - t."attemptsElsewhere" AS "attemptCount", t."mayBeDuplicate", t."movedFromId",
      t."failoverRejected", r.*, server.*, q."further",
      CASE WHEN octet_length(b."bytes") <= ${PIECE_BYTES}::int THEN b."bytes" END AS "bytes", octet_length(b."bytes") AS "storedBytes"
    FROM taken t CROSS JOIN server
    LEFT JOIN "MessageBody" b ON b."messageId" = t."id"
    LEFT JOIN LATERAL (
      SELECT array_agg("position"::int ORDER BY "position") FILTER (WHERE "state" = 'queued') AS positions,
        array_agg("address" ORDER BY "position") FILTER (WHERE "state" = 'queued') AS addresses,
        coalesce(array_agg(DISTINCT "state") FILTER (WHERE "state" <> 'queued'), '{}') AS "finalStates"
      FROM "Recipient" WHERE "messageId" = t."id") r ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(each) AS "further" FROM (
        SELECT "mailServerId", "mailbox", "movedFromId", "failoverRejected", "dueAt", "attemptCount" FROM "OtherQueue"
        WHERE EXISTS (SELECT FROM "OtherQueue") AND "messageId" = t."id" AND "id" IS DISTINCT FROM t."otherId"
        UNION ALL SELECT "leftServer", "leftMailbox", "leftMovedFrom", "leftRejected", "leftDueAt", "leftCount" FROM other
        WHERE "otherId" = t."otherId") each) q ON true
    ORDER BY t.nth`
  return rows.map((row) => claimedMessage(db, row, { mailServerId, mailbox }))
}

/** Returns messages that were claimed and not begun to their queue. Nothing is counted against them. Locks them as `changeMessages` does. */
export async function giveBack({ db }: StoreDeps, messages: readonly { id: string; fence: number }[]): Promise<void> {
  if (messages.length === 0) return
  await db.$executeRaw`
    WITH held AS MATERIALIZED (
      SELECT m."id"
      FROM unnest(${messages.map(({ id }) => id)}::uuid[], ${messages.map(({ fence }) => fence)}::int[]) AS given("id", "fence"), "Message" m
      WHERE m."id" = given."id" AND m."fence" = given."fence" AND m."state" = 'sending'
      ORDER BY m."id" FOR NO KEY UPDATE OF m
    )
    UPDATE "Message" m SET "state" = 'queued', "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL FROM held WHERE m."id" = held."id"`
}

/** Frees what crashed workers had claimed. A message that one had begun is marked and counted, since the server may have accepted it. */
export async function reap({ db, now }: StoreDeps, interruptionsMax: number) {
  const at = now()
  const [row] = await db.$queryRaw<{ freed: number; begun: number }[]>`
    WITH late AS MATERIALIZED (
      SELECT "id", "begunAt" FROM "Message" WHERE "state" = 'sending' AND "leasedUntil" <= ${at}
      ORDER BY "leasedUntil" LIMIT ${REAPED_AT_ONCE_MAX} FOR UPDATE SKIP LOCKED
    ), freed AS (
      UPDATE "Message" m SET "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
        "state" = CASE WHEN late."begunAt" IS NOT NULL AND m."interruptions" + 1 >= ${interruptionsMax} THEN 'held' ELSE 'queued' END,
        "reason" = CASE WHEN late."begunAt" IS NOT NULL AND m."interruptions" + 1 >= ${interruptionsMax} THEN 'interrupted' END,
        "interruptions" = m."interruptions" + CASE WHEN late."begunAt" IS NULL THEN 0 ELSE 1 END,
        "mayBeDuplicate" = m."mayBeDuplicate" OR late."begunAt" IS NOT NULL
      FROM late WHERE m."id" = late."id"
      RETURNING m."id", m."fence", m."mailServerId", m."mailbox", m."state", late."begunAt"
    ), held AS (
      UPDATE "OtherQueue" q SET "dueAt" = ${NEVER} FROM freed f WHERE q."messageId" = f."id" AND f."state" = 'held'
    ), noted AS (
      INSERT INTO "Attempt" ("messageId", "fence", "at", "durationMs", "mailServerId", "version", "decision", "recipients", "outcome")
      SELECT f."id", f."fence", f."begunAt", 0, f."mailServerId", coalesce(s."version", 0), '{}', 0, 'unknown'
      FROM freed f LEFT JOIN "MailServer" s ON s."id" = f."mailServerId" WHERE f."begunAt" IS NOT NULL
      ON CONFLICT DO NOTHING
    ), counted AS (
      INSERT INTO "MailboxHour" AS h ("mailServerId", "mailbox", "hour", "recipients")
      SELECT f."mailServerId", f."mailbox", date_trunc('hour', ${at}::timestamptz, 'UTC'), count(*)
      FROM freed f JOIN "Recipient" r ON r."messageId" = f."id" AND r."state" = 'queued'
      WHERE f."begunAt" IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT ("mailServerId", "mailbox", "hour") DO UPDATE SET "recipients" = h."recipients" + excluded."recipients"
    )
    SELECT count(*)::int AS freed, count("begunAt")::int AS begun FROM freed`
  return row ?? { freed: 0, begun: 0 }
}

function claimedMessage(db: Db, row: ClaimedRow, queue: DeliveryQueue): ClaimedMessage {
  const { bytes, storedBytes, positions, addresses, further } = row
  const long = bytes === null && storedBytes !== null
  // The row itself: a copy of its columns takes as long as reading them.
  return Object.assign(row, queue, {
    bytes: long ? longText(storedBytes, (from, count) => readPiece(db, row.id, from, count)) : bytes && asBuffer(bytes),
    recipients: (positions ?? []).map((position, index) => ({ position, address: addresses?.[index] ?? '' })),
    otherQueues: (further ?? []).map((other) => ({ ...other, dueAt: new Date(other.dueAt) })),
  })
}

async function readPiece(db: Db, id: string, from: number, bytes: number): Promise<Buffer | null> {
  const [row] = await direct(db)<{ piece: Uint8Array }>`/* prepared: outbox-piece */
    SELECT substring("bytes" FROM ${from + 1}::int FOR ${bytes}::int) AS piece FROM "MessageBody" WHERE "messageId" = ${id}::uuid`
  return row ? asBuffer(row.piece) : null
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)
