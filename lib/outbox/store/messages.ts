import { read } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import type { AttemptOutcome, AttemptRecord, DecisionTrace, MessageState, RecipientState } from '../message'
import type { StoreDeps } from './deps'
import { countByState, type MessageFilter, newest } from './list'
import { idsWithTerms } from './search'

export interface MessageRow {
  id: string
  state: MessageState
  reason: string | null
  source: string
  originator: string | null
  /** The client that submitted it; null for mail of the console. */
  clientId: string | null
  subject: string
  mailServerId: string
  /** The mail server that it belongs to while it waits at that one's failover server, or was accepted there. Null if it stayed at its own. */
  movedFromId: string | null
  /** The address that the newest attempt was made from; null before the first. */
  sender: string | null
  /** The first recipient. */
  recipient: string
  /** Number of recipients. */
  recipients: number
  acceptedAt: Date
  dueAt: Date
  endedAt: Date | null
  /** When the current attempt began, or null if there is none. */
  begunAt: Date | null
  attemptCount: number
  mayBeDuplicate: boolean
  lastCode: string | null
}

export interface MessageDetail extends MessageRow {
  messageId: string
  mailbox: string
  sizeBytes: number
  /** After this time there are no more attempts. */
  expiresAt: Date
  /** False if the text was removed, so that the message cannot be sent again. */
  hasBody: boolean
  to: { address: string; state: RecipientState; code: string | null; reply: string | null; at: Date | null }[]
  /** Newest first. */
  attempts: StoredAttempt[]
}

export interface StoredAttempt extends Omit<AttemptRecord, 'positions'> {
  /** The same for groups of recipients that were attempted together; later attempts have a larger one. */
  fence: number
  mailServerId: string
  /** Number of recipients. */
  recipients: number
  /** Their addresses; empty if they are not known. */
  addresses: readonly string[]
}

/** Messages whose attempts have been running for longer than servers usually take to answer. */
export interface Unconfirmed {
  count: number
  /** When the longest of them began, or null if there is none. */
  since: Date | null
}

/** `failed` is counted up to a limit. */
export type MessageCounts = Record<'queued' | 'sending' | 'held' | 'failed', number>

/**
 * A page of the list, newest first.
 *
 * @param page.before id of the last row of the previous page; null for the first page
 */
export async function list(
  { db }: StoreDeps,
  { terms, ...filter }: MessageFilter,
  { before, rows }: { before: string | null; rows: number },
): Promise<MessageRow[]> {
  const ids = terms
    ? Prisma.sql`${await idsWithTerms(db, { filter, terms, before, rows })}::uuid[]`
    : Prisma.sql`ARRAY(${newest({ filter, before }, rows)})`
  return await db.$queryRaw<MessageRow[]>`
    SELECT m."id", m."state", m."reason", m."source", m."originator", m."clientId", m."subject", m."mailServerId", m."movedFromId", m."acceptedAt",
      m."dueAt", m."endedAt",
      m."begunAt", m."attemptCount", m."mayBeDuplicate", m."lastCode",
      (SELECT a."decision"->>'from' FROM "Attempt" a WHERE a."messageId" = m."id" ORDER BY a."fence" DESC, a."part" DESC LIMIT 1)
        AS "sender",
      coalesce((SELECT r."address" FROM "Recipient" r WHERE r."messageId" = m."id" AND r."position" = 0), '') AS "recipient",
      (SELECT count(*)::int FROM "Recipient" r WHERE r."messageId" = m."id") AS "recipients"
    FROM "Message" m WHERE m."id" = ANY(${ids}) ORDER BY m."id" DESC`
}

export async function message({ db }: StoreDeps, id: string): Promise<MessageDetail | null> {
  const row = await db.message.findUnique({
    where: { id },
    include: {
      recipients: { orderBy: { position: 'asc' } },
      attempts: { orderBy: [{ fence: 'desc' }, { part: 'desc' }] },
      body: { select: { messageId: true } },
    },
  })
  if (!row) return null
  const { messageId, mailbox, sizeBytes, expiresAt, body } = row
  return {
    ...rowOf(row),
    ...{ messageId, mailbox, sizeBytes, expiresAt },
    hasBody: body !== null,
    to: row.recipients.map(({ address, state, code, reply, at }) => ({
      ...{ address, code, reply, at },
      state: state as RecipientState,
    })),
    attempts: row.attempts.map((attempt) => attemptOf(attempt, row.recipients)),
  }
}

/** How many messages of each state a filter selects, each up to `countedMax`. */
export const countsOf = ({ db }: StoreDeps, filter: Omit<MessageFilter, 'terms' | 'states'>, countedMax: number) =>
  countByState(db, filter, countedMax)

/** @param countedMax bound of the count of failed messages */
export async function counts({ db }: StoreDeps, countedMax: number): Promise<MessageCounts> {
  const [row] = await db.$queryRaw<Record<keyof MessageCounts, number>[]>`
    SELECT (SELECT count(*)::int FROM "Message" WHERE "state" = 'queued') AS queued,
      (SELECT count(*)::int FROM "Message" WHERE "state" = 'sending') AS sending,
      (SELECT count(*)::int FROM "Message" WHERE "state" = 'held') AS held,
      (SELECT count(*)::int FROM (SELECT 1 FROM "Message" WHERE "state" = 'failed' LIMIT ${countedMax}) counted) AS failed`
  if (!row) throw new Error('No row from a query without a table')
  return row
}

/** What every page says about the outbox. Each number is counted up to a bound, so that a full outbox does not slow every page. */
export interface OutboxPulse {
  failed: number
  waiting: number
  waitingSince: Date | null
  lastAcceptedAt: Date | null
}

/** @param since from when on failed messages count */
export async function pulse({ db }: StoreDeps, since: Date, countedMax: number): Promise<OutboxPulse> {
  const [row] = await read(db)<OutboxPulse>`/* prepared: outbox-pulse */
    SELECT (SELECT count(*)::int FROM
        (SELECT "endedAt" FROM "Message" WHERE "state" = 'failed' ORDER BY "id" DESC LIMIT ${countedMax}) newest
        WHERE "endedAt" > ${since}) AS failed,
      (SELECT count(*)::int FROM (SELECT 1 FROM "Message" WHERE "state" = 'queued' LIMIT ${countedMax}) counted) AS waiting,
      (SELECT "acceptedAt" FROM "Message" WHERE "state" = 'queued' ORDER BY "id" LIMIT 1) AS "waitingSince",
      (SELECT "endedAt" FROM "Message" WHERE "state" = 'delivered' ORDER BY "id" DESC LIMIT 1) AS "lastAcceptedAt"`
  if (!row) throw new Error('No row from a query without a table')
  return row
}

/** Messages whose attempt began before `at` and has not ended. */
export async function unconfirmed({ db }: StoreDeps, at: Date): Promise<Unconfirmed> {
  const { _count, _min } = await db.message.aggregate({
    where: { state: 'sending', begunAt: { lt: at } },
    _count: true,
    _min: { begunAt: true },
  })
  return { count: _count, since: _min.begunAt }
}

type Row = Prisma.MessageGetPayload<{ include: { recipients: true; attempts: true } }>
const rowOf = (row: Row): MessageRow => ({
  id: row.id,
  state: row.state as MessageState,
  reason: row.reason,
  source: row.source,
  originator: row.originator,
  clientId: row.clientId,
  subject: row.subject,
  mailServerId: row.mailServerId,
  movedFromId: row.movedFromId,
  sender: senderOf(row.attempts[0]),
  recipient: row.recipients[0]?.address ?? '',
  recipients: row.recipients.length,
  acceptedAt: row.acceptedAt,
  dueAt: row.dueAt,
  endedAt: row.endedAt,
  begunAt: row.begunAt,
  attemptCount: row.attemptCount,
  mayBeDuplicate: row.mayBeDuplicate,
  lastCode: row.lastCode,
})

function senderOf(newest: Row['attempts'][number] | undefined): string | null {
  const from = (newest?.decision as DecisionTrace | undefined)?.from
  return typeof from === 'string' ? from : null
}

const attemptOf = (row: Prisma.AttemptGetPayload<object>, recipients: Row['recipients']): StoredAttempt => ({
  mailServerId: row.mailServerId,
  fence: row.fence,
  at: row.at,
  durationMs: row.durationMs,
  version: row.version,
  decision: row.decision as DecisionTrace,
  recipients: row.recipients,
  addresses: recipients.filter(({ position }) => row.positions.includes(position)).map(({ address }) => address),
  outcome: row.outcome as AttemptOutcome,
  stage: row.stage as AttemptRecord['stage'],
  code: row.code as AttemptRecord['code'],
  reply: row.reply,
  serverMessageId: row.serverMessageId,
})
