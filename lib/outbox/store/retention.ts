import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import { fail, ok, type Result } from '../../kernel'
import type { StoreDeps } from './deps'

/** How long things are kept after a message ended. The text of a delivered, declined or cancelled message is removed at once. */
export interface Retention {
  messageDays: number
  /** The text of a failed message, without which it cannot be sent again. */
  failedBodyDays: number
}

/** The only row; a migration inserted it. */
const ROW = { id: 1 } as const

/** A save names the version that it is based on. */
export async function readRetention({ db }: StoreDeps) {
  const { id: _, ...row } = await db.retention.findUniqueOrThrow({ where: ROW })
  return row
}

/** Saves the periods unless they were changed since version `basedOn`. Both outcomes leave an audit entry. */
export const writeRetention = (
  { db, now }: StoreDeps,
  retention: Retention,
  { basedOn, by, audit }: { basedOn: number; by: string; audit: AuditEntry },
): Promise<Result<{ version: number }, 'changed'>> =>
  db.$transaction(async (tx) => {
    const { count } = await tx.retention.updateMany({
      where: { ...ROW, version: basedOn },
      data: { ...retention, version: basedOn + 1, updatedBy: by, updatedAt: now() },
    })
    await appendAudit(tx, count === 1 ? audit : { ...audit, result: 'refused' }, now())
    return count === 1 ? ok({ version: basedOn + 1 }) : fail('changed')
  })

/**
 * Removes what ended before the given times.
 *
 * @param limits.rows most messages, and most texts, that one call removes
 * @returns number of messages and texts removed
 */
export async function removeOld(
  { db }: StoreDeps,
  limits: { failedBodiesBefore: Date; messagesBefore: Date; countersBefore: Date; rows: number },
): Promise<number> {
  const { failedBodiesBefore, messagesBefore, countersBefore, rows } = limits
  const bodies = await db.$executeRaw`
    DELETE FROM "MessageBody" WHERE "messageId" IN (
      SELECT m."id" FROM "Message" m JOIN "MessageBody" b ON b."messageId" = m."id"
      WHERE m."endedAt" < ${failedBodiesBefore} ORDER BY m."endedAt" LIMIT ${rows})`
  const messages = await db.$executeRaw`
    DELETE FROM "Message" WHERE "id" IN (
      SELECT "id" FROM "Message" WHERE "endedAt" < ${messagesBefore} ORDER BY "endedAt" LIMIT ${rows})`
  await db.mailboxHour.deleteMany({ where: { hour: { lt: countersBefore } } })
  return bodies + messages
}
