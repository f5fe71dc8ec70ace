import type { ChannelStore } from '../credentials/remind-channels'
import { appendAudit } from './audit'
import { channelOf, heldChannelOf } from './channels-rows'
import type { Db } from './client'
import { Prisma } from './generated/client'
import { takeEach } from './limits'
import { named } from './one-row'
import { takeOut } from './reminder-mails'

/** As connection tests (N-06): a channel is no way to knock at doors. */
const TRIALS = [
  { name: 'channel-minute', points: 5, perSeconds: 60 },
  { name: 'channel-hour', points: 30, perSeconds: 3600 },
] as const

export const trialLimit =
  (db: Db) =>
  async (key: string): Promise<boolean> =>
    (
      await takeEach(
        db,
        TRIALS.map((limit) => ({ ...limit, key })),
      )
    ).ok

export function createChannelStore(db: Db): ChannelStore {
  return {
    async list() {
      return (await db.notificationChannel.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(channelOf)
    },

    async byId(id) {
      const row = await db.notificationChannel.findUnique({ where: { id } })
      return row && heldChannelOf(row)
    },

    async create(channel, at, audit) {
      await db.$transaction(async (tx) => {
        await tx.notificationChannel.create({ data: { ...channel, createdAt: at, updatedAt: at } })
        await appendAudit(tx, audit, at)
      })
    },

    change: (id, { after, ...data }, at, audit) =>
      db.$transaction(async (tx) => {
        const where = { id: named(id), updatedAt: after }
        const { count } = await tx.notificationChannel.updateMany({ where, data: { ...data, updatedAt: at } })
        if (count === 1) await appendAudit(tx, audit, at)
        return count === 1
      }),

    reseal: (id, { before, ...data }, at, audit) =>
      db.$transaction(async (tx) => {
        const where = { id: named(id), sealed: before }
        const { count } = await tx.notificationChannel.updateMany({ where, data: { ...data, updatedAt: at } })
        if (count === 1) await appendAudit(tx, audit, at)
        return count === 1
      }),

    setEnabled: (id, enabled, at, audit) =>
      db.$transaction(async (tx) => {
        const where = { id: named(id), enabled: !enabled }
        const { count } = await tx.notificationChannel.updateMany({ where, data: { enabled, updatedAt: at } })
        if (count === 1) await appendAudit(tx, audit, at)
        return count === 1
      }),

    remove: (id, at, audit) =>
      db.$transaction(async (tx) => {
        const queued = await tx.reminder.findMany({
          where: { channelId: named(id), state: 'queued' },
          select: { id: true },
        })
        await takeOut(
          tx,
          queued.map((row) => row.id),
          at,
        )
        const { count } = await tx.notificationChannel.deleteMany({ where: { id: named(id) } })
        if (count === 1) await appendAudit(tx, audit, at)
        return count === 1
      }),

    async noteTrial(id, at, fault, audit) {
      const note = fault && { code: fault.code, evidence: fault.evidence, at: at.toISOString() }
      await db.$transaction(async (tx) => {
        await tx.notificationChannel.updateMany({
          where: { id: named(id) },
          data: { lastFault: note ?? Prisma.DbNull, ...(fault === null && { lastSentAt: at }) },
        })
        await appendAudit(tx, audit, at)
      })
    },
  }
}
