import { type AuditEntry, appendAudits } from '../../audit'
import { type Db, Prisma, type Tx } from '../../db'
import { newId, pick } from '../../kernel'
import { storedChannelOf } from './channel-rows'

/**
 * Takes the messages of reminders that are no longer needed out of the outbox. A digest that contains other reminders is kept, and is
 * written again without these. A mail that a worker has begun to send cannot be withdrawn, so its reminders stay as they are.
 *
 * @returns the ids of the reminders that will not be sent
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
  await tx.otherQueue.deleteMany({ where: { messageId } })
  const left = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Reminder" r SET "messageId" = NULL FROM "Message" m
    WHERE m."id" = r."messageId" AND r."state" = 'queued' AND r."id" = ANY(${ids}::uuid[])
      AND m."state" IN ('queued', 'sending', 'held') AND m."begunAt" IS NULL
    RETURNING r."id"`
  const cancelledRows = await tx.reminder.findMany({
    where: { id: { in: ids }, state: 'queued', messageId },
    select: { id: true },
  })
  return [...left, ...cancelledRows].map(({ id }) => id)
}

/** Ends reminders that are no longer needed. One that is being sent is left alone. */
export async function withdraw(tx: Tx, ids: readonly string[], state: 'covered' | 'cancelled', now: Date) {
  const unclaimed = { state: 'due', OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
  await tx.reminder.updateMany({ where: { id: { in: [...ids] }, ...unclaimed }, data: { state } })
  await tx.reminder.updateMany({ where: { id: { in: await takeOut(tx, ids, now) } }, data: { state } })
}

/** Adds reminders. A row of which there is one already is left out, by its unique key. */
export const insertReminders = (
  tx: Pick<Tx, 'reminder'>,
  rows: readonly Omit<Prisma.ReminderCreateManyInput, 'id' | 'deliveryId'>[],
) =>
  tx.reminder.createMany({
    data: rows.map((row) => ({ ...row, id: newId(), deliveryId: newId() })),
    skipDuplicates: true,
  })

/** Messages of reminders that wait for a retry become due, and mail servers that were paused by a diagnosis are probed. */
export async function makeMailsDue(tx: Tx, at: Date): Promise<number> {
  await tx.mailServer.updateMany({
    where: { pausedBy: 'diagnosis' },
    data: { nextProbeAt: at },
  })
  return tx.$executeRaw`
    UPDATE "Message" m SET "dueAt" = least(m."dueAt", ${at}) FROM "Reminder" r
    WHERE r."messageId" = m."id" AND r."state" = 'queued' AND m."state" = 'queued'`
}

/** Messages that wait in the outbox, each with the reminders that it contains. */
export async function waitingMails(db: Db) {
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

/** Replaces its text, unless a worker has claimed it. It remains the same mail, with its attempts and its deadline. */
export async function rewriteMail(
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

/** A reminder that this worker may send now. */
export type ClaimedReminder = ReturnType<typeof claimedOf>
export const claimedOf = (row: Prisma.ReminderGetPayload<{ include: { channel: true } }>) => ({
  // `attempts` includes the one that is being made.
  ...pick(
    row,
    'id',
    'credentialId',
    'clientId',
    'alertId',
    'week',
    'expiryVersion',
    'thresholdDays',
    'deliveryId',
    'attempts',
  ),
  channel: storedChannelOf(row.channel),
})

/**
 * Stores that the reminders' mail is in the outbox: the rows, the mail and the audit entries in one transaction.
 *
 * @param insertMessage puts the mail into the outbox, within the same transaction
 */
export async function queueReminders(
  db: Db,
  reminderIds: readonly string[],
  {
    messageId,
    insertMessage,
    audits,
    at,
  }: { messageId: string; insertMessage(tx: Tx): Promise<void>; audits: readonly AuditEntry[]; at: Date },
): Promise<void> {
  await db.$transaction(async (tx) => {
    const data = { state: 'queued', messageId, nextAttemptAt: null, leasedUntil: null, fault: Prisma.DbNull }
    const where = { id: { in: [...reminderIds] }, state: 'due' }
    const { count } = await tx.reminder.updateMany({ where, data })
    if (count === 0) return
    await insertMessage(tx)
    await appendAudits(tx, audits, at)
  })
}
