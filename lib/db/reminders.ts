import type { AuditEntry } from '../audit/entry'
import type { ReminderStore, SendFaultNote } from '../credentials/remind'
import type { ReminderState } from '../credentials/remind-plan'
import { newId } from '../kernel/ids'
import type { AcceptedMessage } from '../outbox/message'
import { appendAudit } from './audit'
import { kindOf } from './channels-rows'
import type { Db, Tx } from './client'
import { credentialOf, watchOf } from './credentials-rows'
import { Prisma } from './generated/client'
import { insertMessages } from './outbox-accept'
import { claimedOf, hasten, takeOut } from './reminder-mails'

const QUEUE_MS = 10_000
const TURN = { maxWait: QUEUE_MS, timeout: QUEUE_MS }

export function createReminderStore(db: Db): ReminderStore {
  return {
    async facts() {
      const [credentials, channels, watch] = await Promise.all([
        db.credential.findMany({ where: { removedAt: null, slot: { not: 'retired' } } }),
        db.notificationChannel.findMany({ select: { id: true, kind: true, enabled: true } }),
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
        channels: channels.map(({ kind, ...channel }) => ({ ...channel, kind: kindOf(kind) })),
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
      }, TURN)
    },

    async claim(now, { leaseMs, pauseMsMax }) {
      const leasedUntil = new Date(now.getTime() + leaseMs)
      // A time further ahead than any lease or pause was written by a clock that ran wrong.
      const noLeaseEnds = new Date(now.getTime() + 2 * leaseMs)
      const noPauseEnds = new Date(now.getTime() + 2 * pauseMsMax)
      const [taken] = await db.$queryRaw<{ id: string }[]>`
        UPDATE "Reminder" SET "leasedUntil" = ${leasedUntil}, "attempts" = "attempts" + 1
        WHERE "id" = (
          SELECT "id" FROM "Reminder" WHERE "state" = 'due'
          AND ("nextTryAt" IS NULL OR "nextTryAt" <= ${now} OR "nextTryAt" > ${noPauseEnds})
          AND ("leasedUntil" IS NULL OR "leasedUntil" <= ${now} OR "leasedUntil" > ${noLeaseEnds})
          ORDER BY "dueAt", "id" LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING "id"`
      if (!taken) return null
      const row = await db.reminder.findUnique({ where: { id: taken.id }, include: { channel: true } })
      return row && claimedOf(row)
    },

    async sent(id, at, audit) {
      await db.$transaction(async (tx) => {
        const data = { state: 'sent', sentAt: at, nextTryAt: null, leasedUntil: null, fault: Prisma.DbNull }
        const { count } = await tx.reminder.updateMany({ where: { id, state: 'due' }, data })
        if (count !== 1) return
        await noteOnChannel(tx, id, { lastSentAt: at, lastFault: Prisma.DbNull })
        await appendAudit(tx, audit, at)
      }, TURN)
    },

    async failed(id, { at, fault: { code, evidence }, nextTryAt }, audit) {
      const fault = { code, evidence, at: at.toISOString() }
      const state = nextTryAt === null ? 'failed' : 'due'
      await db.$transaction(async (tx) => {
        const data = { state, nextTryAt, leasedUntil: null, fault }
        const { count } = await tx.reminder.updateMany({ where: { id, state: 'due' }, data })
        if (count !== 1) return
        await noteOnChannel(tx, id, { lastFault: fault })
        if (audit) await appendAudit(tx, audit, at)
      }, TURN)
    },

    async drop(id) {
      await db.reminder.updateMany({ where: { id, state: 'due' }, data: { state: 'cancelled', leasedUntil: null } })
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
      }, TURN),

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

/**
 * The reminder's row, its mail and the audit entry: all, or none of them.
 * @param crash for tests, which throw there.
 */
export async function queueReminder(
  db: Db,
  reminderId: string,
  { message, audit, at }: { message: AcceptedMessage; audit: AuditEntry; at: Date },
  crash: (point: 'row' | 'message' | 'audit') => void = () => {},
): Promise<void> {
  await db.$transaction(async (tx) => {
    const data = { state: 'queued', messageId: message.id, nextTryAt: null, leasedUntil: null, fault: Prisma.DbNull }
    const { count } = await tx.reminder.updateMany({ where: { id: reminderId, state: 'due' }, data })
    if (count !== 1) return
    crash('row')
    await insertMessages(tx, [message])
    crash('message')
    await appendAudit(tx, audit, at)
    crash('audit')
  }, TURN)
}

/** Whether anything waits to be sent, here or in the outbox: by its index, so the clock may ask each time. */
export const reminderIsDue = async (db: Db): Promise<boolean> =>
  (await db.reminder.count({ where: { state: { in: ['due', 'queued'] } } })) > 0

async function noteOnChannel(tx: Tx, reminderId: string, data: Prisma.NotificationChannelUpdateManyMutationInput) {
  await tx.notificationChannel.updateMany({ where: { reminders: { some: { id: reminderId } } }, data })
}
