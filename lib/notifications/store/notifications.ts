import { type AuditEntry, appendAudit, appendAudits } from '../../audit'
import { type Db, Prisma, type Tx } from '../../db'
import { newId, pick } from '../../kernel'
import { faultNote, noteResult, storedChannelOf } from './channel-rows'

/** Reminders of credentials and of API keys. */
export const OF_CREDENTIALS = { OR: [{ credentialId: { not: null } }, { clientId: { not: null } }] }
/** Notifications of one value may share a notice: reminders, or alerts of one kind that begin, go on, or are over. A report is sent alone. */
const GROUP = Prisma.sql`CASE WHEN r."alertId" IS NOT NULL
  THEN (SELECT a."kind" FROM "Alert" a WHERE a."id" = r."alertId") || sign(r."thresholdDays")
  ELSE coalesce(r."week"::text, 'expiry') END`

/**
 * Takes the messages of reminders that are no longer needed out of the outbox. A digest that contains other reminders is kept, and is
 * written again without these. A mail that a worker has begun to send cannot be withdrawn, so its reminders stay as they are.
 *
 * @returns the ids of the reminders that will not be sent
 */
export async function takeOut(tx: Tx, reminderIds: readonly string[], at: Date): Promise<string[]> {
  if (reminderIds.length === 0) return []
  const ids = [...reminderIds]
  // In the order in which `changeMessages` locks them.
  const unsent = await tx.$queryRaw<{ id: string }[]>`
    SELECT m."id" FROM "Message" m
    WHERE m."id" IN (SELECT r."messageId" FROM "Reminder" r WHERE r."state" = 'queued' AND r."id" = ANY(${ids}::uuid[]))
      AND m."state" IN ('queued', 'sending', 'held') AND m."begunAt" IS NULL
    ORDER BY m."id" FOR NO KEY UPDATE`
  const unsentIds = unsent.map(({ id }) => id)
  const cancelled = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Message" m SET "state" = 'cancelled', "reason" = 'not-needed', "fence" = m."fence" + 1, "leasedUntil" = NULL,
      "holder" = NULL, "endedAt" = ${at}
    WHERE m."id" = ANY(${unsentIds}::uuid[]) AND NOT EXISTS (
      SELECT 1 FROM "Reminder" o WHERE o."messageId" = m."id" AND o."id" <> ALL(${ids}::uuid[]))
    RETURNING m."id"`
  const messageId = { in: cancelled.map(({ id }) => id) }
  await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
  await tx.messageBody.deleteMany({ where: { messageId } })
  await tx.otherQueue.deleteMany({ where: { messageId } })
  const where = { id: { in: ids }, state: 'queued', messageId: { in: unsentIds } }
  const withdrawn = await tx.reminder.findMany({ where, select: { id: true } })
  await tx.reminder.updateMany({ where, data: { messageId: null } })
  return withdrawn.map(({ id }) => id)
}

/** Ends reminders that are no longer needed. One that is being sent is left alone. */
export async function withdraw(tx: Tx, ids: readonly string[], state: 'covered' | 'cancelled', now: Date) {
  const unclaimed = { state: 'due', OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
  await tx.reminder.updateMany({ where: { id: { in: [...ids] }, ...unclaimed }, data: { state } })
  await tx.reminder.updateMany({ where: { id: { in: await takeOut(tx, ids, now) } }, data: { state } })
}

/** Adds notifications. A row of which there is one already is left out, by its unique key. */
export const insertNotifications = (
  tx: Pick<Tx, '$executeRaw'>,
  rows: readonly Omit<Prisma.ReminderCreateManyInput, 'id' | 'deliveryId'>[],
) => tx.$executeRaw`
  INSERT INTO "Reminder" ("id", "deliveryId", "credentialId", "clientId", "alertId", "week", "channelId", "expiryVersion",
    "thresholdDays", "state", "dueAt")
  SELECT gen_random_uuid(), gen_random_uuid()::text, each.* FROM json_to_recordset(${JSON.stringify(rows)}::json) AS each(
    "credentialId" uuid, "clientId" uuid, "alertId" uuid, "week" date, "channelId" uuid, "expiryVersion" int,
    "thresholdDays" int, "state" text, "dueAt" timestamptz)
  ON CONFLICT DO NOTHING`

/** Messages of reminders that wait for a retry become due, and mail servers that were paused by a diagnosis are probed. */
export async function makeMailsDue(tx: Tx, at: Date): Promise<number> {
  // First messages, then mail servers, as people who change messages lock them.
  const due = await tx.$executeRaw`
    UPDATE "Message" m SET "dueAt" = least(m."dueAt", ${at}) FROM "Reminder" r
    WHERE r."messageId" = m."id" AND r."state" = 'queued' AND m."state" = 'queued'`
  await tx.mailServer.updateMany({
    where: { pausedBy: 'diagnosis' },
    data: { nextProbeAt: at },
  })
  return due
}

/** Messages of reminders and alerts that wait in the outbox, each with what it is about. */
export async function waitingMails(db: Db) {
  const rows = await db.reminder.findMany({ where: { state: 'queued', week: null }, include: { channel: true } })
  const messages = await db.message.findMany({
    where: { id: { in: rows.flatMap(({ messageId }) => messageId ?? []) }, state: { in: ['queued', 'held'] } },
    select: { id: true, subject: true },
  })
  return messages.map(({ id, subject }) => ({
    notifications: rows.filter(({ messageId }) => messageId === id).map(claimedOf),
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

/** A person gets one notice of whatever is due, which lists the first lines and counts all. The ids fit into one statement. */
const PERSON_ROWS_MAX = 30_000

/**
 * Claims the oldest due reminder for `leaseMs`, together with what is due for the same channel. Only one of several workers gets them,
 * and after a crash they become due again together. They share their delivery id. Empty if nothing is due.
 *
 * @param limits.rowsMax of a webhook, whose body names each
 * @param limits.without ids of channels whose reminders are left for later
 */
export const claimNotifications = (
  db: Db,
  now: Date,
  limits: { leaseMs: number; pauseMsMax: number; rowsMax: number; without?: readonly string[] },
): Promise<ClaimedNotification[]> =>
  db.$transaction(async (tx) => {
    const { leaseMs, pauseMsMax, rowsMax, without = [] } = limits
    // A time further ahead than any lease or pause was written by a clock that was wrong.
    const noLeaseEnds = new Date(now.getTime() + 2 * leaseMs)
    const noPauseEnds = new Date(now.getTime() + 2 * pauseMsMax)
    const isClaimable = Prisma.sql`r."state" = 'due' AND (r."dueAt" <= ${now} OR r."dueAt" > ${noPauseEnds})
      AND (r."nextAttemptAt" IS NULL OR r."nextAttemptAt" <= ${now} OR r."nextAttemptAt" > ${noPauseEnds})
      AND (r."leasedUntil" IS NULL OR r."leasedUntil" <= ${now} OR r."leasedUntil" > ${noLeaseEnds})`
    // The channel's row is locked, so that two workers do not split what is due for one recipient.
    const [first] = await tx.$queryRaw<
      { id: string; channelId: string; kind: string; deliveryId: string; attempts: number; group: string }[]
    >`
      SELECT r."id", r."channelId", c."kind", r."deliveryId", r."attempts", ${GROUP} AS "group"
      FROM "Reminder" r JOIN "NotificationChannel" c ON c."id" = r."channelId"
      WHERE ${isClaimable} AND r."channelId" <> ALL(${[...without]}::uuid[])
      ORDER BY r."dueAt", r."id" LIMIT 1 FOR UPDATE OF c SKIP LOCKED`
    if (!first) return []
    // What failed together is retried together, under its delivery id. What is new is sent together.
    const isFirstAttempt = first.attempts === 0
    const isWithIt = isFirstAttempt
      ? Prisma.sql`r."attempts" = 0 AND ${GROUP} = ${first.group}`
      : Prisma.sql`r."deliveryId" = ${first.deliveryId}`
    const batch = await tx.$queryRaw<{ id: string }[]>`
      SELECT r."id" FROM "Reminder" r WHERE r."channelId" = ${first.channelId}::uuid AND ${isClaimable} AND ${isWithIt}
      ORDER BY r."dueAt", r."id" LIMIT ${first.kind === 'webhook' ? rowsMax : PERSON_ROWS_MAX} FOR UPDATE`
    const where = { id: { in: batch.map(({ id }) => id) } }
    await tx.reminder.updateMany({
      where,
      data: {
        leasedUntil: new Date(now.getTime() + leaseMs),
        attempts: { increment: 1 },
        ...(isFirstAttempt && batch.length > 1 && { deliveryId: newId() }),
      },
    })
    const rows = await tx.reminder.findMany({ where, include: { channel: true } })
    return rows.map(claimedOf)
  })

/** Notifications that were claimed together. */
type Claim = readonly Pick<ClaimedNotification, 'id' | 'leasedUntil'>[]

const idsOf = (claim: Claim) => ({ in: claim.map(({ id }) => id) })
/** What is left of a claim. A worker that was suspended beyond its lease may find that another one has claimed the same. */
const heldBy = (claim: Claim) => ({ id: idsOf(claim), state: 'due', leasedUntil: claim[0]?.leasedUntil ?? null })

/**
 * Writes the result of an attempt to the reminders and their channel, with the audit entries, unless they are no longer due. If another
 * worker has claimed them since, only that they were sent is written.
 *
 * @param result.fault null if they were sent. `nextAttemptAt` is null if no further attempt is made
 */
export async function saveResult(
  db: Db,
  claim: Claim,
  { at, fault, nextAttemptAt }: { at: Date; fault: Parameters<typeof noteResult>[3]; nextAttemptAt: Date | null },
  audits: readonly AuditEntry[],
): Promise<void> {
  const id = idsOf(claim)
  const failed = fault && { state: nextAttemptAt ? 'due' : 'failed', fault: faultNote(fault, at) }
  const result = failed ?? { state: 'sent', sentAt: at, fault: Prisma.DbNull }
  await db.$transaction(async (tx) => {
    const data = { ...result, nextAttemptAt, leasedUntil: null }
    const where = fault ? heldBy(claim) : { id, state: 'due' }
    if ((await tx.reminder.updateMany({ where, data })).count === 0) return
    await noteResult(tx, { sent: { some: { id } } }, at, fault)
    await appendAudits(tx, audits, at)
  })
}

export async function dropNotifications(db: Db, claim: Claim): Promise<void> {
  await db.reminder.updateMany({ where: heldBy(claim), data: { state: 'cancelled', leasedUntil: null } })
}

/** Reminders that wait for a retry, and those that have failed, become due at once. Returns how many. */
export const reopenNotifications = (db: Db, audit: (count: number) => AuditEntry, at: Date): Promise<number> =>
  db.$transaction(async (tx: Tx) => {
    const waiting = { state: 'due', nextAttemptAt: { not: null } }
    const { count } = await tx.reminder.updateMany({
      where: { OR: [waiting, { state: 'failed' }] },
      data: { state: 'due', attempts: 0, nextAttemptAt: null, messageId: null },
    })
    const all = count + (await makeMailsDue(tx, at))
    if (all > 0) await appendAudit(tx, audit(all), at)
    return all
  })

/** A notification that this worker may send now. */
export type ClaimedNotification = ReturnType<typeof claimedOf>
export const claimedOf = (row: Prisma.ReminderGetPayload<{ include: { channel: true } }>) => ({
  // `attempts` includes the one that is being made.
  ...pick(row, 'id', 'credentialId', 'clientId', 'alertId', 'week'),
  ...pick(row, 'expiryVersion', 'thresholdDays', 'deliveryId', 'attempts', 'leasedUntil'),
  channel: storedChannelOf(row.channel),
})

/**
 * Stores that the reminders' mail is in the outbox: the rows, the mail and the audit entries in one transaction.
 *
 * @param mail.insertMessage puts the mail into the outbox, within the same transaction
 */
export async function queueNotifications(
  db: Db,
  claim: Claim,
  mail: { messageId: string; insertMessage(tx: Tx): Promise<void>; audits: readonly AuditEntry[]; at: Date },
): Promise<void> {
  const { messageId, insertMessage, audits, at } = mail
  await db.$transaction(async (tx) => {
    const data = { state: 'queued', messageId, nextAttemptAt: null, leasedUntil: null, fault: Prisma.DbNull }
    const { count } = await tx.reminder.updateMany({ where: heldBy(claim), data })
    if (count === 0) return
    await insertMessage(tx)
    await appendAudits(tx, audits, at)
  })
}

/** Whether any notification waits to be sent, here or in the outbox. It uses an index, so the worker may ask often. */
export const notificationIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: { in: ['due', 'queued'] } } })) > 0

/** Whether a notification of an alert, or a weekly report, waits to be sent. */
export const alertOrReportIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: 'due', NOT: OF_CREDENTIALS } })) > 0

/** By channel, when what waits for it after a failed attempt is attempted again. */
export async function nextAttempts(db: Db, channelIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.reminder.groupBy({
    by: 'channelId',
    where: { channelId: { in: [...channelIds] }, state: 'due', attempts: { gt: 0 }, nextAttemptAt: { not: null } },
    _min: { nextAttemptAt: true },
  })
  return new Map(rows.map(({ channelId, _min }) => [channelId, _min.nextAttemptAt as Date]))
}
