import type { AttemptOutcome, AttemptRecord, DecisionTrace, MessageState, RecipientState } from '../outbox/message'
import type { MessageChange, MessageCounts, MessageRow, OutboxStore } from '../outbox/ports'
import { appendAudit } from './audit'
import type { Db, Tx } from './client'
import type { Prisma } from './generated/client'

type Pages = Pick<OutboxStore, 'list' | 'message' | 'counts' | 'change' | 'removeOld'>

const QUEUE_MS = 10_000
const WITH_FIRST = {
  recipients: { where: { position: 0 }, select: { address: true } },
  _count: { select: { recipients: true } },
} satisfies Prisma.MessageInclude

export function outboxPages(db: Db, now: () => Date): Pages {
  return {
    async list({ states, recipient }, { before, rows }) {
      const found = await db.message.findMany({
        where: {
          ...(states && { state: { in: [...states] } }),
          ...(recipient && { recipients: { some: { address: recipient } } }),
          ...(before && { id: { lt: before } }),
        },
        include: WITH_FIRST,
        orderBy: { id: 'desc' },
        take: rows,
      })
      return found.map(rowOf)
    },

    async message(id) {
      const row = await db.message.findUnique({
        where: { id },
        include: {
          recipients: { orderBy: { position: 'asc' } },
          attempts: { orderBy: [{ fence: 'desc' }, { part: 'desc' }] },
          body: { select: { messageId: true } },
          _count: { select: { recipients: true } },
        },
      })
      if (!row) return null
      const { messageId, mailServerId, mailbox, sizeBytes, giveUpAt, body } = row
      return {
        ...rowOf(row),
        ...{ messageId, mailServerId, mailbox, sizeBytes, giveUpAt },
        hasBody: body !== null,
        to: row.recipients.map(({ address, state, code, reply, at }) => ({
          ...{ address, code, reply, at },
          state: state as RecipientState,
        })),
        attempts: row.attempts.map(attemptOf),
      }
    },

    async counts(countedMax) {
      const [row] = await db.$queryRaw<Record<keyof MessageCounts, number>[]>`
        SELECT (SELECT count(*)::int FROM "Message" WHERE "state" = 'queued') AS queued,
          (SELECT count(*)::int FROM "Message" WHERE "state" = 'sending') AS sending,
          (SELECT count(*)::int FROM "Message" WHERE "state" = 'held') AS held,
          (SELECT count(*)::int FROM (SELECT 1 FROM "Message" WHERE "state" = 'failed' LIMIT ${countedMax}) counted) AS failed`
      if (!row) throw new Error('No row from a query without a table')
      return row
    },

    change: (change, audit) =>
      db.$transaction(
        async (tx) => {
          const ids = await changed(tx, change, now())
          if (ids.length > 0) await appendAudit(tx, audit(ids.length), now())
          return ids.length
        },
        { maxWait: QUEUE_MS, timeout: QUEUE_MS },
      ),

    async removeOld({ failedBodiesBefore, messagesBefore, rows }) {
      const bodies = await db.$executeRaw`
        DELETE FROM "MessageBody" WHERE "messageId" IN (
          SELECT m."id" FROM "Message" m JOIN "MessageBody" b ON b."messageId" = m."id"
          WHERE m."endedAt" < ${failedBodiesBefore} ORDER BY m."endedAt" LIMIT ${rows})`
      const messages = await db.$executeRaw`
        DELETE FROM "Message" WHERE "id" IN (
          SELECT "id" FROM "Message" WHERE "endedAt" < ${messagesBefore} ORDER BY "endedAt" LIMIT ${rows})`
      await db.mailboxHour.deleteMany({ where: { hour: { lt: messagesBefore } } })
      return bodies + messages
    },
  }
}

/** A message that a worker has begun is on the wire: nothing takes it back. One that is claimed only is, by its fence. */
async function changed(tx: Tx, { to, which, giveUpAt }: MessageChange, at: Date): Promise<string[]> {
  const from = FROM[to]
  const chosen =
    'ids' in which
      ? await tx.message.findMany({ where: { id: { in: [...which.ids] }, state: { in: from } }, select: { id: true } })
      : await tx.message.findMany({
          where: { state: from.includes(which.state) ? which.state : { in: [] } },
          orderBy: { id: 'asc' },
          take: which.rows,
          select: { id: true },
        })
  const ids = chosen.map(({ id }) => id)
  const rows = await changeRows(tx, to, { ids, from, at, giveUpAt })
  if (to === 'cancelled' || to === 'resent') await changeRecipients(tx, to, rows, at)
  return rows
}

/** From which states each change leads on. */
const FROM: Record<MessageChange['to'], MessageState[]> = {
  held: ['queued', 'sending'],
  released: ['held'],
  cancelled: ['queued', 'sending', 'held', 'failed'],
  resent: ['failed', 'cancelled'],
}

async function changeRows(
  tx: Tx,
  to: MessageChange['to'],
  { ids, from, at, giveUpAt }: { ids: string[]; from: MessageState[]; at: Date; giveUpAt: Date },
): Promise<string[]> {
  const state = to === 'held' || to === 'cancelled' ? to : 'queued'
  const reason = to === 'held' || to === 'cancelled' ? 'by-person' : null
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Message" m SET "state" = ${state}, "reason" = ${reason}, "fence" = m."fence" + 1,
      "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
      "endedAt" = CASE WHEN ${state} = 'cancelled' THEN ${at}::timestamptz END,
      "dueAt" = CASE WHEN ${state} = 'queued' THEN ${at}::timestamptz ELSE m."dueAt" END,
      "giveUpAt" = CASE WHEN ${state} = 'queued' THEN ${giveUpAt}::timestamptz ELSE m."giveUpAt" END,
      "interruptions" = CASE WHEN ${state} = 'queued' THEN 0 ELSE m."interruptions" END
    WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = ANY(${from}::text[]) AND m."begunAt" IS NULL
      AND (${to} <> 'resent' OR EXISTS (SELECT 1 FROM "MessageBody" b WHERE b."messageId" = m."id"))
    RETURNING m."id"`
  return rows.map(({ id }) => id)
}

async function changeRecipients(tx: Tx, to: 'cancelled' | 'resent', ids: string[], at: Date): Promise<void> {
  const messageId = { in: ids }
  if (to === 'cancelled') {
    await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
    await tx.messageBody.deleteMany({ where: { messageId } })
    return
  }
  await tx.recipient.updateMany({
    where: { messageId, state: { in: ['failed', 'declined', 'cancelled'] } },
    data: { state: 'queued' },
  })
}

type Row = Prisma.MessageGetPayload<{ include: typeof WITH_FIRST }>
const rowOf = (row: Row): MessageRow => ({
  id: row.id,
  state: row.state as MessageState,
  reason: row.reason,
  source: row.source,
  originator: row.originator,
  subject: row.subject,
  recipient: row.recipients[0]?.address ?? '',
  recipients: row._count.recipients,
  acceptedAt: row.acceptedAt,
  dueAt: row.dueAt,
  endedAt: row.endedAt,
  tries: row.tries,
  mayBeDuplicate: row.mayBeDuplicate,
  lastCode: row.lastCode,
})

const attemptOf = (row: Prisma.AttemptGetPayload<object>): AttemptRecord => ({
  at: row.at,
  durationMs: row.durationMs,
  version: row.version,
  decision: row.decision as DecisionTrace,
  recipients: row.recipients,
  outcome: row.outcome as AttemptOutcome,
  stage: row.stage as AttemptRecord['stage'],
  code: row.code as AttemptRecord['code'],
  reply: row.reply,
  serverMessageId: row.serverMessageId,
})
