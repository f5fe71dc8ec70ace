import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { newId } from '../../kernel/ids'
import type { PlannedChannel, ReminderState } from '../reminders/plan'
import type { ReminderStore, SendFaultNote } from '../reminders/send'
import { kindOf } from './channel-rows'
import { claimedOf, hasten, takeOut } from './reminder-mails'
import { credentialOf, watchOf } from './rows'

export function createReminderStore(db: Db): ReminderStore {
  return {
    async facts() {
      const [credentials, channels, watch] = await Promise.all([
        db.credential.findMany({ where: { removedAt: null, slot: { not: 'previous' } } }),
        db.notificationChannel.findMany({
          select: { id: true, kind: true, enabled: true, address: true, ownerOnly: true },
        }),
        db.credentialWatch.findUniqueOrThrow({ where: { id: 1 } }),
      ])
      // After the credentials: a row that is not seen here is refused by its key.
      const stored = await db.reminder.findMany({
        where: {
          OR: [{ state: { in: ['due', 'queued'] } }, { credentialId: { in: credentials.map(({ id }) => id) } }],
        },
      })
      return {
        credentials: credentials.map(credentialOf),
        channels: plannedChannels(channels),
        thresholdsDays: watchOf(watch).thresholdsDays,
        stored: stored.map((row) => ({ ...row, state: row.state as ReminderState })),
      }
    },

    async carryOut({ create, cover, cancel, takeBack }, now) {
      const untouched = { state: 'due', OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
      await db.$transaction(async (tx) => {
        await tx.reminder.deleteMany({ where: { id: { in: takeBack } } })
        for (const [ids, state] of [[cover, 'covered'] as const, [cancel, 'cancelled'] as const]) {
          await tx.reminder.updateMany({ where: { id: { in: ids }, ...untouched }, data: { state } })
          await tx.reminder.updateMany({ where: { id: { in: await takeOut(tx, ids, now) } }, data: { state } })
        }
        await tx.reminder.createMany({
          data: create.map((row) => ({ ...row, id: newId(), deliveryId: newId() })),
          skipDuplicates: true,
        })
      }, QUEUED)
    },

    claim: (now, { leaseMs, pauseMsMax, rowsMax }) =>
      db.$transaction(async (tx) => {
        // A time further ahead than any lease or pause was written by a clock that ran wrong.
        const noLeaseEnds = new Date(now.getTime() + 2 * leaseMs)
        const noPauseEnds = new Date(now.getTime() + 2 * pauseMsMax)
        const isClaimable = Prisma.sql`r."state" = 'due'
          AND (r."nextTryAt" IS NULL OR r."nextTryAt" <= ${now} OR r."nextTryAt" > ${noPauseEnds})
          AND (r."leasedUntil" IS NULL OR r."leasedUntil" <= ${now} OR r."leasedUntil" > ${noLeaseEnds})`
        // The channel's row is locked, so that two workers do not divide what is due for one recipient between them.
        const [first] = await tx.$queryRaw<{ id: string; channelId: string; deliveryId: string; attempts: number }[]>`
          SELECT r."id", r."channelId", r."deliveryId", r."attempts"
          FROM "Reminder" r JOIN "NotificationChannel" c ON c."id" = r."channelId"
          WHERE ${isClaimable} ORDER BY r."dueAt", r."id" LIMIT 1 FOR UPDATE OF c SKIP LOCKED`
        if (!first) return []
        // What failed together is tried again together, under its delivery id. What is new goes together, whatever it is about.
        const isFirstTry = first.attempts === 0
        const isWithIt = isFirstTry ? Prisma.sql`r."attempts" = 0` : Prisma.sql`r."deliveryId" = ${first.deliveryId}`
        const batch = await tx.$queryRaw<{ id: string }[]>`
          SELECT r."id" FROM "Reminder" r WHERE r."channelId" = ${first.channelId}::uuid AND ${isClaimable} AND ${isWithIt}
          ORDER BY r."dueAt", r."id" LIMIT ${rowsMax} FOR UPDATE`
        const where = { id: { in: batch.map(({ id }) => id) } }
        await tx.reminder.updateMany({
          where,
          data: {
            leasedUntil: new Date(now.getTime() + leaseMs),
            attempts: { increment: 1 },
            ...(isFirstTry && batch.length > 1 && { deliveryId: newId() }),
          },
        })
        const rows = await tx.reminder.findMany({ where, include: { channel: true } })
        return rows.map(claimedOf)
      }, QUEUED),

    async sent(ids, at, audits) {
      await db.$transaction(async (tx) => {
        const data = { state: 'sent', sentAt: at, nextTryAt: null, leasedUntil: null, fault: Prisma.DbNull }
        const { count } = await tx.reminder.updateMany({ where: { id: { in: [...ids] }, state: 'due' }, data })
        if (count === 0) return
        await noteOnChannel(tx, ids, { lastSentAt: at, lastFault: Prisma.DbNull })
        for (const audit of audits) await appendAudit(tx, audit, at)
      }, QUEUED)
    },

    async failed(ids, { at, fault: { code, evidence }, nextTryAt }, audits) {
      const fault = { code, evidence, at: at.toISOString() }
      const state = nextTryAt === null ? 'failed' : 'due'
      await db.$transaction(async (tx) => {
        const data = { state, nextTryAt, leasedUntil: null, fault }
        const { count } = await tx.reminder.updateMany({ where: { id: { in: [...ids] }, state: 'due' }, data })
        if (count === 0) return
        await noteOnChannel(tx, ids, { lastFault: fault })
        for (const audit of audits) await appendAudit(tx, audit, at)
      }, QUEUED)
    },

    async drop(ids) {
      const where = { id: { in: [...ids] }, state: 'due' }
      await db.reminder.updateMany({ where, data: { state: 'cancelled', leasedUntil: null } })
    },

    reopen: (audit, at) =>
      db.$transaction(async (tx) => {
        const waiting = { state: 'due', nextTryAt: { not: null } }
        const { count } = await tx.reminder.updateMany({
          where: { OR: [waiting, { state: 'failed' }] },
          data: { state: 'due', attempts: 0, nextTryAt: null, messageId: null },
        })
        const all = count + (await hasten(tx, at))
        if (all > 0) await appendAudit(tx, audit(all), at)
        return all
      }, QUEUED),

    async list(rows) {
      const found = await db.reminder.findMany({ orderBy: [{ dueAt: 'desc' }, { id: 'desc' }], take: rows })
      return found.map((row) => ({
        id: row.id,
        credentialId: row.credentialId,
        channelId: row.channelId,
        thresholdDays: row.thresholdDays,
        state: row.state as ReminderState,
        dueAt: row.dueAt,
        attempts: row.attempts,
        nextTryAt: row.nextTryAt,
        sentAt: row.sentAt,
        fault: row.fault as unknown as SendFaultNote | null,
      }))
    },
  }
}

/** An owner whose address is a channel for everything is told once, by that one. */
function plannedChannels(
  channels: readonly { id: string; kind: string; enabled: boolean; address: string | null; ownerOnly: boolean }[],
): PlannedChannel[] {
  const general = new Set(channels.flatMap((each) => (each.ownerOnly || !each.enabled ? [] : lowered(each.address))))
  return channels.map(({ id, kind, enabled, address, ownerOnly }) => ({
    id,
    kind: kindOf(kind),
    enabled: enabled && !(ownerOnly && lowered(address).some((each) => general.has(each))),
    owner: ownerOnly ? (address ?? '') : null,
  }))
}

const lowered = (address: string | null): string[] => (address === null ? [] : [address.toLowerCase()])

/**
 * The reminders' rows, their mail and the audit entries: all, or none of them (R-14).
 * @param insertMessage puts the mail into the outbox, within the same transaction.
 * @param crash for tests, which throw there.
 */
export async function queueReminder(
  db: Db,
  reminderIds: readonly string[],
  {
    messageId,
    insertMessage,
    audits,
    at,
  }: { messageId: string; insertMessage(tx: Tx): Promise<void>; audits: readonly AuditEntry[]; at: Date },
  crash: (point: 'row' | 'message' | 'audit') => void = () => {},
): Promise<void> {
  await db.$transaction(async (tx) => {
    const data = { state: 'queued', messageId, nextTryAt: null, leasedUntil: null, fault: Prisma.DbNull }
    const { count } = await tx.reminder.updateMany({ where: { id: { in: [...reminderIds] }, state: 'due' }, data })
    if (count === 0) return
    crash('row')
    await insertMessage(tx)
    crash('message')
    for (const audit of audits) await appendAudit(tx, audit, at)
    crash('audit')
  }, QUEUED)
}

/** Whether anything waits to be sent, here or in the outbox: by its index, so the clock may ask each time. */
export const reminderIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: { in: ['due', 'queued'] } } })) > 0

async function noteOnChannel(
  tx: Tx,
  reminderIds: readonly string[],
  data: Prisma.NotificationChannelUpdateManyMutationInput,
) {
  await tx.notificationChannel.updateMany({ where: { reminders: { some: { id: { in: [...reminderIds] } } } }, data })
}
