import type { ClaimedReminder } from '../credentials/remind'
import type { NewMessage } from '../outbox/message'
import { heldChannelOf } from './channels-rows'
import type { Db, Tx } from './client'
import type { Prisma } from './generated/client'

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

/** A reminder whose mail waits in the outbox, and what that mail says. */
export interface WaitingMail {
  reminder: ClaimedReminder
  messageId: string
  subject: string
}

export async function waitingMails(db: Db): Promise<WaitingMail[]> {
  const rows = await db.reminder.findMany({ where: { state: 'queued' }, include: { channel: true } })
  const messages = await db.message.findMany({
    where: { id: { in: rows.flatMap(({ messageId }) => messageId ?? []) }, state: { in: ['queued', 'held'] } },
    select: { id: true, subject: true },
  })
  const subjects = new Map(messages.map(({ id, subject }) => [id, subject]))
  return rows.flatMap((row) => {
    const { messageId } = row
    const subject = messageId === null ? undefined : subjects.get(messageId)
    return messageId === null || subject === undefined ? [] : [{ reminder: claimedOf(row), messageId, subject }]
  })
}

/** Puts other words in its place, unless a worker has taken it: it stays the same mail, with its tries and the end of its time. */
export async function rewrite(
  db: Db,
  messageId: string,
  { subject, bytes, needsUtf8 }: Pick<NewMessage, 'subject' | 'bytes' | 'needsUtf8'>,
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
  channel: heldChannelOf(row.channel),
})
