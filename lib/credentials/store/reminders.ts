import { type AuditEntry, appendAudit, appendAudits } from '../../audit'
import { type Db, Prisma, type Tx } from '../../db'
import { newId, pick } from '../../kernel'
import type { ReminderState } from '../reminders/kinds'
import { type PlanFacts, plannedChannels, type ReminderPlan } from '../reminders/plan'
import { listApiKeys } from './api-keys'
import type { SendFaultNote } from './channel-rows'
import { credentialOf } from './credentials'
import { type ClaimedReminder, claimedOf, insertReminders, makeMailsDue, withdraw } from './reminder-mails'
import { readWatch } from './watch-settings'

/** Reminders of credentials and of API keys. */
const OF_CREDENTIALS = { OR: [{ credentialId: { not: null } }, { clientId: { not: null } }] }
const IS_OF_CREDENTIAL = Prisma.sql`num_nonnulls(r."credentialId", r."clientId") = 1`

/** What a plan is made from. */
export async function readPlanFacts(db: Db): Promise<Omit<PlanFacts, 'now'>> {
  const [rows, keys, channels, { thresholdsDays }] = await Promise.all([
    db.credential.findMany({ where: { removedAt: null, slot: { not: 'previous' } } }),
    listApiKeys(db),
    db.notificationChannel.findMany({
      select: { id: true, kind: true, enabled: true, reminders: true, address: true, ownerOnly: true },
    }),
    readWatch(db),
  ])
  const credentials = [...rows.map(credentialOf), ...keys]
  const ids = credentials.map(({ id }) => id)
  // Read after the credentials: a row that is not seen here is refused by its unique key.
  const stored = await db.reminder.findMany({
    where: {
      ...OF_CREDENTIALS,
      AND: { OR: [{ state: { in: ['due', 'queued'] } }, { credentialId: { in: ids } }, { clientId: { in: ids } }] },
    },
  })
  return {
    credentials,
    channels: plannedChannels(channels),
    thresholdsDays,
    stored: stored.map((row) => ({ ...row, state: row.state as ReminderState })),
  }
}

/** Rows that one statement adds. All of a plan at once may take longer than a transaction has. */
const ADDED_AT_ONCE = 1_000

/**
 * Stores what was planned. Rows exist before anything is sent; a row that is being sent is left alone. If it breaks off, the next plan contains
 * what is left: what a reminder covers is stored before it, because the next plan does not know what a stored one was to cover.
 */
export async function applyPlan(db: Db, { create, cover, cancel, takeBack }: ReminderPlan, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.reminder.deleteMany({ where: { id: { in: takeBack } } })
    await withdraw(tx, cover, 'covered', now)
    await withdraw(tx, cancel, 'cancelled', now)
  })
  const rows = [...create.filter(({ state }) => state === 'covered'), ...create.filter(({ state }) => state === 'due')]
  for (let from = 0; from < rows.length; from += ADDED_AT_ONCE)
    await insertReminders(db, rows.slice(from, from + ADDED_AT_ONCE))
}

/**
 * Claims the oldest due reminder for `leaseMs`, together with what is due for the same channel. Only one of several workers gets them,
 * and after a crash they become due again together. They share their delivery id. Empty if nothing is due.
 *
 * @param limits.without ids of channels whose reminders are left for later
 */
export const claimReminders = (
  db: Db,
  now: Date,
  limits: { leaseMs: number; pauseMsMax: number; rowsMax: number; without?: readonly string[] },
): Promise<ClaimedReminder[]> =>
  db.$transaction(async (tx) => {
    const { leaseMs, pauseMsMax, rowsMax, without = [] } = limits
    // A time further ahead than any lease or pause was written by a clock that was wrong.
    const noLeaseEnds = new Date(now.getTime() + 2 * leaseMs)
    const noPauseEnds = new Date(now.getTime() + 2 * pauseMsMax)
    const isClaimable = Prisma.sql`r."state" = 'due'
      AND (r."nextAttemptAt" IS NULL OR r."nextAttemptAt" <= ${now} OR r."nextAttemptAt" > ${noPauseEnds})
      AND (r."leasedUntil" IS NULL OR r."leasedUntil" <= ${now} OR r."leasedUntil" > ${noLeaseEnds})`
    // The channel's row is locked, so that two workers do not split what is due for one recipient.
    const [first] = await tx.$queryRaw<
      { id: string; channelId: string; deliveryId: string; attempts: number; isOfCredential: boolean }[]
    >`
      SELECT r."id", r."channelId", r."deliveryId", r."attempts", ${IS_OF_CREDENTIAL} AS "isOfCredential"
      FROM "Reminder" r JOIN "NotificationChannel" c ON c."id" = r."channelId"
      WHERE ${isClaimable} AND r."channelId" <> ALL(${[...without]}::uuid[])
      ORDER BY r."dueAt", r."id" LIMIT 1 FOR UPDATE OF c SKIP LOCKED`
    if (!first) return []
    // What failed together is retried together, under its delivery id. What is new is sent together, whatever it is about.
    const isFirstAttempt = first.attempts === 0
    // A digest contains reminders of credentials and keys only: an alert is always sent alone.
    const isWithIt = !first.isOfCredential
      ? Prisma.sql`r."id" = ${first.id}::uuid`
      : isFirstAttempt
        ? Prisma.sql`r."attempts" = 0 AND ${IS_OF_CREDENTIAL}`
        : Prisma.sql`r."deliveryId" = ${first.deliveryId}`
    const batch = await tx.$queryRaw<{ id: string }[]>`
      SELECT r."id" FROM "Reminder" r WHERE r."channelId" = ${first.channelId}::uuid AND ${isClaimable} AND ${isWithIt}
      ORDER BY r."dueAt", r."id" LIMIT ${rowsMax} FOR UPDATE`
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

/** Writes the result of an attempt to the reminders and their channel, with the audit entries, unless they are no longer due. */
async function saveResult(
  db: Db,
  ids: readonly string[],
  data: Prisma.ReminderUpdateManyMutationInput,
  channel: Prisma.NotificationChannelUpdateManyMutationInput,
  at: Date,
  audits: readonly AuditEntry[],
): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.reminder.updateMany({ where: { id: { in: [...ids] }, state: 'due' }, data })
    if (count === 0) return
    await tx.notificationChannel.updateMany({
      where: { sent: { some: { id: { in: [...ids] } } } },
      data: channel,
    })
    await appendAudits(tx, audits, at)
  })
}

export const saveSent = (db: Db, ids: readonly string[], at: Date, audits: readonly AuditEntry[]): Promise<void> => {
  const data = { state: 'sent', sentAt: at, nextAttemptAt: null, leasedUntil: null, fault: Prisma.DbNull }
  return saveResult(db, ids, data, { lastSentAt: at, lastFault: Prisma.DbNull }, at, audits)
}

/** @param failure.nextAttemptAt null if no further attempt is made */
export const saveFailure = (
  db: Db,
  ids: readonly string[],
  failure: { at: Date; fault: { code: string; evidence: string }; nextAttemptAt: Date | null },
  audits: readonly AuditEntry[],
): Promise<void> => {
  const { at, nextAttemptAt } = failure
  const fault = { code: failure.fault.code, evidence: failure.fault.evidence, at: at.toISOString() }
  const state = nextAttemptAt === null ? 'failed' : 'due'
  return saveResult(db, ids, { state, nextAttemptAt, leasedUntil: null, fault }, { lastFault: fault }, at, audits)
}

/** Cancels reminders that are no longer needed. */
export async function dropReminders(db: Db, ids: readonly string[]): Promise<void> {
  const where = { id: { in: [...ids] }, state: 'due' }
  await db.reminder.updateMany({ where, data: { state: 'cancelled', leasedUntil: null } })
}

/** Reminders that wait for a retry, and those that have failed, become due at once. @returns how many */
export const reopenReminders = (db: Db, audit: (count: number) => AuditEntry, at: Date): Promise<number> =>
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

/** One reminder, as the page lists it. */
export type Reminder = Awaited<ReturnType<typeof listReminders>>[number]

/** The newest `limit` reminders of credentials and API keys, newest first. */
export async function listReminders(db: Db, limit: number) {
  const rows = await db.reminder.findMany({
    where: OF_CREDENTIALS,
    orderBy: [{ dueAt: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return rows.map((row) => ({
    ...pick(row, 'id', 'credentialId', 'clientId', 'channelId', 'thresholdDays', 'dueAt', 'attempts', 'nextAttemptAt'),
    ...pick(row, 'sentAt'),
    state: row.state as ReminderState,
    fault: row.fault as unknown as SendFaultNote | null,
  }))
}

/** Whether any reminder waits to be sent, here or in the outbox. It uses an index, so the worker may ask often. */
export const reminderIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: { in: ['due', 'queued'] } } })) > 0

/** Whether a notification of an alert, or a weekly report, waits to be sent. */
export const notificationIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: 'due', NOT: OF_CREDENTIALS } })) > 0
