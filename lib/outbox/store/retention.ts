import { ONLY_ROW } from '../../db'
import type { StoreDeps } from './deps'

/** How long things are kept after a message ended. The text of a delivered, declined or cancelled message is removed at once. */
export interface Retention {
  messageDays: number
  /** The text of a failed message, without which it cannot be sent again. */
  failedBodyDays: number
}

/** A save names the version that it is based on. */
export async function readRetention({ db }: StoreDeps) {
  const { id: _, ...row } = await db.retention.findUniqueOrThrow({ where: ONLY_ROW })
  return row
}

/**
 * Removes what ended before the given times, at most `rows` at a time: old messages, and once there is none, counters and texts. Returns how
 * many it removed. Call it until that is 0.
 */
export async function removeOld(
  { db }: StoreDeps,
  limits: { failedBodiesBefore: Date; messagesBefore: Date; countersBefore: Date; rows: number },
): Promise<number> {
  const { failedBodiesBefore, messagesBefore, countersBefore, rows } = limits
  const messages = await db.$executeRaw`
    DELETE FROM "Message" WHERE "id" IN (
      SELECT "id" FROM "Message" WHERE "endedAt" < ${messagesBefore} ORDER BY "endedAt" LIMIT ${rows})`
  // The texts of old messages go with them, and to look for others is to read every message that ended.
  if (messages > 0) return messages
  await db.mailboxHour.deleteMany({ where: { hour: { lt: countersBefore } } })
  return db.$executeRaw`
    DELETE FROM "MessageBody" WHERE "messageId" IN (
      SELECT m."id" FROM "Message" m JOIN "MessageBody" b ON b."messageId" = m."id"
      WHERE m."endedAt" < ${failedBodiesBefore} ORDER BY m."endedAt" LIMIT ${rows})`
}
