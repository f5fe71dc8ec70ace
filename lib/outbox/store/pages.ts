import { appendAudit } from '../../audit/store/log'
import type { Db } from '../../db/client'
import { QUEUED } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import type { AttemptOutcome, AttemptRecord, DecisionTrace, MessageState, RecipientState } from '../message'
import type { KeptAttempt, MessageCounts, MessageRow, OutboxStore } from '../ports'
import { changeMessages } from './change'
import { newest } from './list'
import { idsWithTerms } from './search'

type Pages = Pick<OutboxStore, 'list' | 'message' | 'counts' | 'unconfirmed' | 'change'>

export function outboxPages(db: Db, now: () => Date): Pages {
  return {
    async list({ terms, ...filter }, { before, rows }) {
      const ids = terms
        ? Prisma.sql`${await idsWithTerms(db, { filter, terms, before, rows })}::uuid[]`
        : Prisma.sql`ARRAY(${newest({ filter, before }, rows)})`
      return await db.$queryRaw<MessageRow[]>`
        SELECT m."id", m."state", m."reason", m."source", m."originator", m."subject", m."acceptedAt", m."dueAt", m."endedAt",
          m."begunAt", m."attemptCount", m."mayBeDuplicate", m."lastCode",
          coalesce((SELECT r."address" FROM "Recipient" r WHERE r."messageId" = m."id" AND r."position" = 0), '') AS "recipient",
          (SELECT count(*)::int FROM "Recipient" r WHERE r."messageId" = m."id") AS "recipients"
        FROM "Message" m WHERE m."id" = ANY(${ids}) ORDER BY m."id" DESC`
    },

    async message(id) {
      const row = await db.message.findUnique({
        where: { id },
        include: {
          recipients: { orderBy: { position: 'asc' } },
          attempts: { orderBy: [{ fence: 'desc' }, { part: 'desc' }] },
          body: { select: { messageId: true } },
        },
      })
      if (!row) return null
      const { messageId, mailServerId, mailbox, movedFromId, sizeBytes, expiresAt, body } = row
      return {
        ...rowOf(row),
        ...{ messageId, mailServerId, mailbox, movedFromId, sizeBytes, expiresAt },
        hasBody: body !== null,
        to: row.recipients.map(({ address, state, code, reply, at }) => ({
          ...{ address, code, reply, at },
          state: state as RecipientState,
        })),
        attempts: row.attempts.map((attempt) => attemptOf(attempt, row.recipients)),
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

    async unconfirmed(at) {
      const { _count, _min } = await db.message.aggregate({
        where: { state: 'sending', begunAt: { lt: at } },
        _count: true,
        _min: { begunAt: true },
      })
      return { count: _count, since: _min.begunAt }
    },

    change: (change, audit) =>
      db.$transaction(async (tx) => {
        const ids = await changeMessages(tx, change, now())
        if (ids.length > 0) await appendAudit(tx, audit(ids.length), now())
        return ids.length
      }, QUEUED),
  }
}

type Row = Prisma.MessageGetPayload<{ include: { recipients: true } }>
const rowOf = (row: Row): MessageRow => ({
  id: row.id,
  state: row.state as MessageState,
  reason: row.reason,
  source: row.source,
  originator: row.originator,
  subject: row.subject,
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

const attemptOf = (row: Prisma.AttemptGetPayload<object>, recipients: Row['recipients']): KeptAttempt => ({
  mailServerId: row.mailServerId,
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
