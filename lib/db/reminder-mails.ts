import type { Tx } from './client'
import { DEFAULT_MAIL_SERVER_ID } from './mail-server-id'

/**
 * Takes the mails of reminders that nobody needs any more out of the outbox. What a worker has begun is on the wire, and nothing
 * takes it back: its reminder stays as it is.
 *
 * @returns the ids of the reminders whose mail will not leave.
 */
export async function takeOut(tx: Tx, reminderIds: readonly string[], at: Date): Promise<string[]> {
  if (reminderIds.length === 0) return []
  const rows = await tx.$queryRaw<{ id: string; messageId: string }[]>`
    UPDATE "Message" m SET "state" = 'cancelled', "reason" = 'not-needed', "fence" = m."fence" + 1, "leasedUntil" = NULL,
      "holder" = NULL, "endedAt" = ${at}
    FROM "Reminder" r
    WHERE r."messageId" = m."id" AND r."state" = 'queued' AND r."id" = ANY(${[...reminderIds]}::uuid[])
      AND m."state" IN ('queued', 'sending', 'held') AND m."begunAt" IS NULL
    RETURNING r."id", m."id" AS "messageId"`
  const messageId = { in: rows.map((row) => row.messageId) }
  await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
  await tx.messageBody.deleteMany({ where: { messageId } })
  return rows.map(({ id }) => id)
}

/** Mails of reminders that wait for a later try are due at once, and a mail server that is paused by a diagnosis is asked. */
export async function hasten(tx: Tx, at: Date): Promise<number> {
  await tx.mailServer.updateMany({
    where: { id: DEFAULT_MAIL_SERVER_ID, pausedBy: 'diagnosis' },
    data: { nextProbeAt: at },
  })
  return tx.$executeRaw`
    UPDATE "Message" m SET "dueAt" = least(m."dueAt", ${at}) FROM "Reminder" r
    WHERE r."messageId" = m."id" AND r."state" = 'queued' AND m."state" = 'queued'`
}
