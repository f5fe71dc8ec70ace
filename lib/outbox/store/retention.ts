import { appendAudit } from '../../audit/store/log'
import type { Db } from '../../db/client'
import { fail, ok } from '../../kernel/result'
import type { OutboxStore } from '../ports'

type Keeping = Pick<OutboxStore, 'retention' | 'saveRetention' | 'removeOld'>

/** The one row; the migration made it. */
const ROW = { id: 1 } as const

export function outboxRetention(db: Db, now: () => Date): Keeping {
  return {
    async retention() {
      const { id: _, ...row } = await db.retention.findUniqueOrThrow({ where: ROW })
      return row
    },

    saveRetention: (wanted, { after, by, audit }) =>
      db.$transaction(async (tx) => {
        const { count } = await tx.retention.updateMany({
          where: { ...ROW, version: after },
          data: { ...wanted, version: after + 1, updatedBy: by, updatedAt: now() },
        })
        await appendAudit(tx, count === 1 ? audit : { ...audit, result: 'refused' }, now())
        return count === 1 ? ok({ version: after + 1 }) : fail('changed-meanwhile')
      }),

    async removeOld({ failedBodiesBefore, messagesBefore, countersBefore, rows }) {
      const bodies = await db.$executeRaw`
        DELETE FROM "MessageBody" WHERE "messageId" IN (
          SELECT m."id" FROM "Message" m JOIN "MessageBody" b ON b."messageId" = m."id"
          WHERE m."endedAt" < ${failedBodiesBefore} ORDER BY m."endedAt" LIMIT ${rows})`
      const messages = await db.$executeRaw`
        DELETE FROM "Message" WHERE "id" IN (
          SELECT "id" FROM "Message" WHERE "endedAt" < ${messagesBefore} ORDER BY "endedAt" LIMIT ${rows})`
      await db.mailboxHour.deleteMany({ where: { hour: { lt: countersBefore } } })
      return bodies + messages
    },
  }
}
