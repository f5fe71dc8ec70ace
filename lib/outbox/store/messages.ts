import { Prisma, read } from '../../db'
import { DAY_MS, isUuid, pick } from '../../kernel'
import {
  type AttemptOutcome,
  type AttemptRecord,
  COUNTED_MAX,
  type DecisionTrace,
  type MessageState,
  type RecipientState,
  UNCONFIRMED_AFTER_MS,
} from '../message'
import type { StoreDeps } from './deps'
import { dueQueues } from './due-queues'
import { type MessageFilter, newest } from './list'
import { idsWithTerms } from './search'

/** `failed` is counted up to `COUNTED_MAX`. */
export type MessageCounts = Record<'queued' | 'sending' | 'held' | 'failed', number>

/** A page of the list, newest first. `before` is the id of the last row of the previous page; null for the first page. */
export async function list(
  { db }: StoreDeps,
  { terms, ...filter }: MessageFilter,
  { before, rows }: { before: string | null; rows: number },
): Promise<ListedRow[]> {
  const selection = { ...filter, before }
  const ids = terms
    ? Prisma.sql`${await idsWithTerms(db, selection, { terms, rows })}::uuid[]`
    : Prisma.sql`ARRAY(${newest(selection, rows)})`
  const page = await db.$queryRaw<(MessageRow & { otherQueues: { mailServerId: string; dueAt: string }[] })[]>`
    SELECT m."id", m."state", m."reason", m."source", m."originator", m."clientId", m."subject", m."mailServerId", m."movedFromId", m."acceptedAt",
      m."dueAt", m."endedAt",
      m."begunAt", m."attemptCount", m."mayBeDuplicate", m."lastCode",
      (SELECT a."decision"->>'from' FROM "Attempt" a WHERE a."messageId" = m."id" ORDER BY a."fence" DESC, a."part" DESC LIMIT 1)
        AS "sender",
      coalesce((SELECT r."address" FROM "Recipient" r WHERE r."messageId" = m."id" AND r."position" = 0), '') AS "recipient",
      (SELECT count(*)::int FROM "Recipient" r WHERE r."messageId" = m."id") AS "recipients",
      ARRAY(SELECT json_build_object('mailServerId', q."mailServerId", 'dueAt', q."dueAt") FROM "OtherQueue" q
        WHERE q."messageId" = m."id" AND m."state" = 'queued') AS "otherQueues"
    FROM "Message" m WHERE m."id" = ANY(${ids}) ORDER BY m."id" DESC`
  return page.map(({ otherQueues, ...row }) => ({
    ...row,
    otherQueues: otherQueues.map(({ mailServerId, dueAt }) => ({ mailServerId, dueAt: new Date(dueAt) })),
  }))
}

/** With the further queues in which recipients wait for an attempt. */
export type ListedRow = MessageRow & { otherQueues: { mailServerId: string; dueAt: Date }[] }

export type MessageDetail = NonNullable<Awaited<ReturnType<typeof message>>>
export async function message({ db }: StoreDeps, id: string) {
  const row = await db.message.findUnique({
    where: { id },
    include: {
      recipients: { orderBy: { position: 'asc' } },
      attempts: { orderBy: [{ fence: 'desc' }, { part: 'desc' }] },
      body: { select: { messageId: true } },
      otherQueues: { select: { mailServerId: true, movedFromId: true, dueAt: true }, orderBy: { dueAt: 'asc' } },
    },
  })
  if (!row) return null
  return {
    ...rowOf(row),
    ...pick(row, 'messageId', 'mailbox', 'sizeBytes', 'expiresAt', 'otherQueues'),
    /** False if the text was removed, so that the message cannot be sent again. */
    hasBody: row.body !== null,
    to: row.recipients.map((recipient) => ({
      ...pick(recipient, 'address', 'reply', 'at'),
      code: recipient.code as AttemptRecord['code'],
      state: recipient.state as RecipientState,
    })),
    /** Newest first. */
    attempts: row.attempts.map((attempt) => attemptOf(attempt, row.recipients)),
  }
}

/** The subjects of those messages that are still stored. */
export const subjects = ({ db }: StoreDeps, ids: readonly string[]): Promise<{ id: string; subject: string }[]> =>
  db.message.findMany({ where: { id: { in: ids.filter(isUuid) } }, select: { id: true, subject: true } })

/** How many messages are attempted before this one, which is due, in its delivery queue: counted up to a bound. */
export const aheadOf = (
  { db }: StoreDeps,
  { id, mailServerId, mailbox, dueAt }: Pick<MessageDetail, 'id' | 'mailServerId' | 'mailbox' | 'dueAt'>,
): Promise<number> =>
  db.message.count({
    where: { state: 'queued', mailServerId, mailbox, OR: [{ dueAt: { lt: dueAt } }, { dueAt, id: { lt: id } }] },
    take: COUNTED_MAX,
  })

function only<Row>([row]: Row[]): Row {
  if (row === undefined) throw new Error('No row from a query without a table')
  return row
}

export async function counts({ db }: StoreDeps): Promise<MessageCounts> {
  return only(
    await db.$queryRaw<MessageCounts[]>`
    SELECT (SELECT count(*)::int FROM "Message" WHERE "state" = 'queued') AS queued,
      (SELECT count(*)::int FROM "Message" WHERE "state" = 'sending') AS sending,
      (SELECT count(*)::int FROM "Message" WHERE "state" = 'held') AS held,
      (SELECT count(*)::int FROM (SELECT 1 FROM "Message" WHERE "state" = 'failed' LIMIT ${COUNTED_MAX}) counted) AS failed`,
  )
}

/** What every page says about the outbox; `failed` in the last 24 hours. It counts up to a bound, so that a full outbox does not slow pages. */
export async function pulse({ db, now }: StoreDeps) {
  const since = new Date(now().getTime() - DAY_MS)
  return only(
    await read(db)<{ failed: number; lastAcceptedAt: Date | null }>`/* prepared: outbox-pulse */
    SELECT (SELECT count(*)::int FROM
        (SELECT "endedAt" FROM "Message" WHERE "state" = 'failed' ORDER BY "id" DESC LIMIT ${COUNTED_MAX}) newest
        WHERE "endedAt" > ${since}) AS failed,
      (SELECT "endedAt" FROM "Message" WHERE "state" = 'delivered' ORDER BY "id" DESC LIMIT 1) AS "lastAcceptedAt"`,
  )
}

/**
 * Messages of which recipients wait for one of these mail servers, there or at its failover server, counted up to a bound, and since when
 * the oldest does; null if none waits.
 */
export async function waitingAt({ db }: StoreDeps, mailServerIds: readonly string[]) {
  const isOf = (row: Prisma.Sql) =>
    Prisma.sql`(${row}."mailServerId" = ANY(${mailServerIds}::uuid[]) OR ${row}."movedFromId" = ANY(${mailServerIds}::uuid[]))`
  return only(
    await db.$queryRaw<{ count: number; since: Date | null }[]>`
    WITH waiting AS (
      (SELECT m."id", m."acceptedAt" FROM "Message" m WHERE m."state" = 'queued' AND ${isOf(Prisma.sql`m`)}
        ORDER BY m."id" LIMIT ${COUNTED_MAX})
      UNION (SELECT m."id", m."acceptedAt" FROM "OtherQueue" q JOIN "Message" m ON m."id" = q."messageId"
        WHERE ${isOf(Prisma.sql`q`)} AND m."state" = 'queued' ORDER BY m."id" LIMIT ${COUNTED_MAX})
    )
    SELECT least(count(*), ${COUNTED_MAX})::int AS count, min("acceptedAt") AS since FROM waiting`,
  )
}

/** When the first message of these mail servers is attempted: in the past if that is under way or due, null if none waits. */
export async function nextAttemptAt(deps: StoreDeps, mailServerIds: readonly string[]): Promise<Date | null> {
  const { _min } = await deps.db.message.aggregate({
    where: { state: 'sending', mailServerId: { in: [...mailServerIds] } },
    _min: { begunAt: true },
  })
  const queues = (await dueQueues(deps)).filter(({ mailServerId }) => mailServerIds.includes(mailServerId))
  const times = [_min.begunAt, ...queues.map(({ dueAt }) => dueAt)].filter((at) => at !== null)
  return times.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}

export type Unconfirmed = Awaited<ReturnType<typeof unconfirmed>>
/** Messages whose attempts have been running for longer than servers usually take to answer, and since when the longest does. */
export async function unconfirmed({ db, now }: StoreDeps) {
  const at = new Date(now().getTime() - UNCONFIRMED_AFTER_MS)
  const { _count, _min } = await db.message.aggregate({
    where: { state: 'sending', begunAt: { lt: at } },
    _count: true,
    _min: { begunAt: true },
  })
  return { count: _count, since: _min.begunAt }
}

type Row = Prisma.MessageGetPayload<{ include: { recipients: true; attempts: true } }>
export type MessageRow = ReturnType<typeof rowOf>
const rowOf = (row: Row) => ({
  ...pick(row, 'id', 'reason', 'source', 'originator', 'subject', 'mailServerId', 'acceptedAt', 'dueAt', 'endedAt'),
  ...pick(row, 'attemptCount', 'mayBeDuplicate', 'lastCode', 'clientId', 'movedFromId', 'begunAt'),
  state: row.state as MessageState,
  /** The address that the newest attempt was made from; null before the first. */
  sender: (row.attempts[0]?.decision as DecisionTrace | undefined)?.from ?? null,
  recipient: row.recipients[0]?.address ?? '',
  recipients: row.recipients.length,
})

export type StoredAttempt = ReturnType<typeof attemptOf>
const attemptOf = (row: Prisma.AttemptGetPayload<object>, recipients: Row['recipients']) => ({
  ...pick(row, 'mailServerId', 'at', 'durationMs', 'version', 'reply', 'serverMessageId', 'fence', 'recipients'),
  decision: row.decision as DecisionTrace,
  /** Their addresses; empty if they are not known. */
  addresses: recipients.filter(({ position }) => row.positions.includes(position)).map(({ address }) => address),
  outcome: row.outcome as AttemptOutcome,
  stage: row.stage as AttemptRecord['stage'],
  code: row.code as AttemptRecord['code'],
})
