import type { Db, Tx } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import type { ClaimedReminder } from '../reminders/send'
import { storedChannelOf } from './channel-rows'

/**
 * Takes the mails of reminders that nobody needs any more out of the outbox. A digest that still tells of others stays, and is written
 * again without them. What a worker has begun is on the wire, and nothing takes it back: its reminders stay as they are.
 *
 * @returns the ids of the reminders that will not be told.
 */
export async function takeOut(tx: Tx, reminderIds: readonly string[], at: Date): Promise<string[]> {
  if (reminderIds.length === 0) return []
  const ids = [...reminderIds]
  const cancelled = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Message" m SET "state" = 'cancelled', "reason" = 'not-needed', "fence" = m."fence" + 1, "leasedUntil" = NULL,
      "holder" = NULL, "endedAt" = ${at}
    WHERE m."id" IN (SELECT r."messageId" FROM "Reminder" r WHERE r."state" = 'queued' AND r."id" = ANY(${ids}::uuid[]))
      AND NOT EXISTS (
        SELECT 1 FROM "Reminder" o WHERE o."messageId" = m."id" AND o."state" = 'queued' AND o."id" <> ALL(${ids}::uuid[]))
      AND m."state" IN ('queued', 'sending', 'held') AND m."begunAt" IS NULL
    RETURNING m."id"`
  const messageId = { in: cancelled.map(({ id }) => id) }
  await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
  await tx.messageBody.deleteMany({ where: { messageId } })
  const left = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Reminder" r SET "messageId" = NULL FROM "Message" m
    WHERE m."id" = r."messageId" AND r."state" = 'queued' AND r."id" = ANY(${ids}::uuid[])
      AND m."state" IN ('queued', 'sending', 'held') AND m."begunAt" IS NULL
    RETURNING r."id"`
  const gone = await tx.reminder.findMany({
    where: { id: { in: ids }, state: 'queued', messageId },
    select: { id: true },
  })
  return [...left, ...gone].map(({ id }) => id)
}

/** Mails of reminders that wait for a later try are due at once, and mail servers that are paused by a diagnosis are asked. */
export async function hasten(tx: Tx, at: Date): Promise<number> {
  await tx.mailServer.updateMany({
    where: { pausedBy: 'diagnosis' },
    data: { nextProbeAt: at },
  })
  return tx.$executeRaw`
    UPDATE "Message" m SET "dueAt" = least(m."dueAt", ${at}) FROM "Reminder" r
    WHERE r."messageId" = m."id" AND r."state" = 'queued' AND m."state" = 'queued'`
}

/** A mail that waits in the outbox, what it says, and the reminders that it carries. */
export interface WaitingMail {
  reminders: ClaimedReminder[]
  messageId: string
  subject: string
}

export async function waitingMails(db: Db): Promise<WaitingMail[]> {
  const rows = await db.reminder.findMany({ where: { state: 'queued' }, include: { channel: true } })
  const messages = await db.message.findMany({
    where: { id: { in: rows.flatMap(({ messageId }) => messageId ?? []) }, state: { in: ['queued', 'held'] } },
    select: { id: true, subject: true },
  })
  return messages.map(({ id, subject }) => ({
    reminders: rows.filter(({ messageId }) => messageId === id).map(claimedOf),
    messageId: id,
    subject,
  }))
}

/** Puts other words in its place, unless a worker has taken it: it stays the same mail, with its tries and the end of its time. */
export async function rewrite(
  db: Db,
  messageId: string,
  { subject, bytes, needsUtf8 }: { subject: string; bytes: Buffer; needsUtf8: boolean },
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.message.updateMany({
      where: { id: messageId, state: { in: ['queued', 'held'] } },
      data: { subject, needsUtf8, sizeBytes: bytes.length },
    })
    if (count === 1) await tx.messageBody.update({ where: { messageId }, data: { bytes: new Uint8Array(bytes) } })
    return count === 1
  })
}

export const claimedOf = (row: Prisma.ReminderGetPayload<{ include: { channel: true } }>): ClaimedReminder => ({
  id: row.id,
  credentialId: row.credentialId,
  expiryVersion: row.expiryVersion,
  thresholdDays: row.thresholdDays,
  deliveryId: row.deliveryId,
  attempts: row.attempts,
  channel: storedChannelOf(row.channel),
})
