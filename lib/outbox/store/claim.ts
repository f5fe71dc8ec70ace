import { type Db, direct } from '../../db/client'
import { longText, PIECE_BYTES } from '../encode-long-lines'
import type { ClaimedMessage, RecipientState, Route } from '../message'
import type { DueRoute, OutboxStore } from '../ports'
import { ANY_SERVER } from './rate-limits'

type Claims = Pick<OutboxStore, 'dueRoutes' | 'claim' | 'begin' | 'giveBack' | 'reap'>

/** Rows of dead workers that are freed at a time. */
const REAPED_AT_ONCE_MAX = 1_000

interface ClaimedRow {
  id: string
  fence: number
  source: string
  originator: string | null
  subject: string
  needsUtf8: boolean
  sizeBytes: number
  acceptedAt: Date
  expiresAt: Date
  attemptCount: number
  mayBeDuplicate: boolean
  /** Null: too long to come with the claim, or gone. */
  bytes: Uint8Array | null
  storedBytes: number | null
  positions: number[] | null
  addresses: string[] | null
  endedAs: RecipientState[]
  version: number
  retryNowCount: number
  rules: number
  movedFromId: string | null
  failoverRejected: boolean
}

/** @param now the database's time: leases of several machines are compared. */
export function outboxClaims(db: Db, now: () => Date): Claims {
  return {
    async dueRoutes() {
      const rows = await direct(db)<
        Route & {
          dueAt: Date
          version: number
          retryNowCount: number
          type: string | null
          senderAddress: string | null
          pausedAt: Date | null
          pausedBy: string | null
          pauseCode: string | null
          pauseVersion: number | null
          nextProbeAt: Date | null
          hasBackup: boolean
          hasMoved: boolean
        }
      >`/* prepared: outbox-routes */
        WITH RECURSIVE route AS (
          (SELECT "mailServerId", "mailbox" FROM "Message" WHERE "state" = 'queued' ORDER BY 1, 2 LIMIT 1)
          UNION ALL
          SELECT next.* FROM route CROSS JOIN LATERAL (
            SELECT m."mailServerId", m."mailbox" FROM "Message" m
            WHERE m."state" = 'queued' AND (m."mailServerId", m."mailbox") > (route."mailServerId", route."mailbox")
            ORDER BY 1, 2 LIMIT 1) next
        )
        SELECT route.*, due."dueAt", s."version", s."retryNowCount", s."settings"->>'type' AS "type",
          s."settings"->>'senderAddress' AS "senderAddress", s."pausedAt", s."pausedBy", s."pauseCode", s."pauseVersion",
          s."nextProbeAt", s."failoverId" IS NOT NULL AS "hasBackup", EXISTS (
            SELECT FROM "Message" m WHERE m."state" = 'queued' AND m."mailServerId" = route."mailServerId" AND m."movedFromId" IS NOT NULL
          ) AS "hasMoved"
        FROM route JOIN "MailServer" s ON s."id" = route."mailServerId"
        CROSS JOIN LATERAL (
          SELECT m."dueAt" FROM "Message" m WHERE m."state" = 'queued' AND m."mailServerId" = route."mailServerId"
          AND m."mailbox" = route."mailbox" ORDER BY m."dueAt", m."id" LIMIT 1) due`
      return rows.map(
        ({ type, senderAddress, pausedAt, pausedBy, pauseCode, pauseVersion, nextProbeAt, ...route }): DueRoute => ({
          ...route,
          ...paceOf(route, type, senderAddress),
          paused: pausedAt && { at: pausedAt, by: pausedBy ?? '', code: pauseCode, version: pauseVersion, nextProbeAt },
        }),
      )
    },

    async claim({ mailServerId, mailbox }, holder, { messages, bytes, leaseMs, probe }) {
      const at = now()
      const leasedUntil = new Date(at.getTime() + leaseMs)
      const rows = await direct(db)<ClaimedRow>`/* prepared: outbox-claim */
        WITH server AS (
          SELECT "version", "retryNowCount", (SELECT coalesce(max("number"), 0) FROM "PolicyRevision") AS "rules"
          FROM "MailServer" WHERE "id" = ${mailServerId}::uuid AND ("pausedAt" IS NULL OR ${probe}::bool)
        ), due AS MATERIALIZED (
          SELECT "id", "sizeBytes", "dueAt" FROM "Message"
          WHERE "state" = 'queued' AND "mailServerId" = ${mailServerId}::uuid AND "mailbox" = ${mailbox} AND "dueAt" <= ${at}
            AND EXISTS (SELECT 1 FROM server)
          ORDER BY "dueAt", "id" LIMIT ${messages}::int FOR UPDATE SKIP LOCKED
        ), fit AS (
          SELECT "id", nth FROM (
            SELECT "id", row_number() OVER first AS nth, sum("sizeBytes") OVER first AS upto
            FROM due WINDOW first AS (ORDER BY "dueAt", "id")) counted
          WHERE nth = 1 OR upto <= ${bytes}::int
        ), taken AS (
          UPDATE "Message" m SET "state" = 'sending', "leasedUntil" = ${leasedUntil}, "holder" = ${holder}::uuid,
            "fence" = m."fence" + 1, "begunAt" = CASE WHEN fit.nth = 1 THEN ${at}::timestamptz END
          FROM fit WHERE m."id" = fit."id"
          RETURNING m.*, fit.nth
        )
        SELECT t."id", t."fence", t."source", t."originator", t."subject", t."needsUtf8", t."sizeBytes", t."acceptedAt",
          t."expiresAt", t."attemptCount", t."mayBeDuplicate", t."movedFromId", t."failoverRejected", r.*, server.*,
          CASE WHEN octet_length(b."bytes") <= ${PIECE_BYTES}::int THEN b."bytes" END AS "bytes", octet_length(b."bytes") AS "storedBytes"
        FROM taken t CROSS JOIN server
        LEFT JOIN "MessageBody" b ON b."messageId" = t."id"
        LEFT JOIN LATERAL (
          SELECT array_agg("position"::int ORDER BY "position") FILTER (WHERE "state" = 'queued') AS positions,
            array_agg("address" ORDER BY "position") FILTER (WHERE "state" = 'queued') AS addresses,
            coalesce(array_agg(DISTINCT "state") FILTER (WHERE "state" <> 'queued'), '{}') AS "endedAs"
          FROM "Recipient" WHERE "messageId" = t."id") r ON true
        ORDER BY t.nth`
      return rows.map((row) => claimed(db, row, { mailServerId, mailbox }))
    },

    async begin(id, fence) {
      const count = await db.$executeRaw`
        UPDATE "Message" SET "begunAt" = ${now()} WHERE "id" = ${id}::uuid AND "fence" = ${fence} AND "state" = 'sending'`
      return count === 1
    },

    async giveBack(messages) {
      if (messages.length === 0) return
      await db.$executeRaw`
        UPDATE "Message" m SET "state" = 'queued', "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL
        FROM unnest(${messages.map(({ id }) => id)}::uuid[], ${messages.map(({ fence }) => fence)}::int[]) AS given("id", "fence")
        WHERE m."id" = given."id" AND m."fence" = given."fence" AND m."state" = 'sending'`
    },

    async reap(interruptionsMax) {
      const at = now()
      const [row] = await db.$queryRaw<{ freed: bigint; begun: bigint }[]>`
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
          RETURNING m."id", m."fence", m."mailServerId", late."begunAt"
        ), noted AS (
          INSERT INTO "Attempt" ("messageId", "fence", "at", "durationMs", "mailServerId", "version", "decision", "recipients", "outcome")
          SELECT f."id", f."fence", f."begunAt", 0, f."mailServerId", coalesce(s."version", 0), '{}', 0, 'unknown'
          FROM freed f LEFT JOIN "MailServer" s ON s."id" = f."mailServerId" WHERE f."begunAt" IS NOT NULL
          ON CONFLICT DO NOTHING
        )
        SELECT count(*) AS freed, count("begunAt") AS begun FROM freed`
      return { freed: Number(row?.freed ?? 0), begun: Number(row?.begun ?? 0) }
    },
  }
}

function paceOf({ mailServerId, mailbox }: Route, type: string | null, senderAddress: string | null) {
  if (type !== 'exchange-online-oauth2') return { isPaced: false, pace: { mailServerId, mailbox } }
  const address = mailbox === '' ? (senderAddress ?? '') : mailbox
  return { isPaced: true, pace: { mailServerId: ANY_SERVER, mailbox: address.toLowerCase() } }
}

function claimed(db: Db, row: ClaimedRow, route: Route): ClaimedMessage {
  const { bytes, storedBytes, positions, addresses, ...rest } = row
  const long = bytes === null && storedBytes !== null
  return {
    ...rest,
    ...route,
    bytes: long ? longText(storedBytes, (from, count) => readPiece(db, row.id, from, count)) : bytes && asBuffer(bytes),
    recipients: (positions ?? []).map((position, at) => ({ position, address: addresses?.[at] ?? '' })),
  }
}

async function readPiece(db: Db, id: string, from: number, bytes: number): Promise<Buffer | null> {
  const [row] = await direct(db)<{ piece: Uint8Array }>`/* prepared: outbox-piece */
    SELECT substring("bytes" FROM ${from + 1}::int FOR ${bytes}::int) AS piece FROM "MessageBody" WHERE "messageId" = ${id}::uuid`
  return row ? asBuffer(row.piece) : null
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)
