import { takeEach } from '../../access/rate-limits'
import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { named } from '../../db/one-row'
import type { Locale } from '../../i18n/locale'
import { newId } from '../../kernel/ids'
import type { ChannelStore } from '../reminders/channels'
import { channelOf, storedChannelOf } from './channel-rows'
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
      return row && storedChannelOf(row)
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
        const isGone = await removeChannel(tx, id, at)
        if (isGone) await appendAudit(tx, audit, at)
        return isGone
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

/** With its reminders, and with their mails that have not left. */
async function removeChannel(tx: Tx, id: string, at: Date): Promise<boolean> {
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
  return count === 1
}

/** Makes a mail channel for each of these owners who has none, and removes those of owners whom no credential names any more. */
export async function keepOwnerChannels(
  tx: Tx,
  { owners, locale, by }: { owners: readonly string[]; locale: Locale; by: string },
  at: Date,
): Promise<void> {
  const known = await tx.notificationChannel.findMany({
    where: { ownerOnly: true },
    select: { id: true, address: true },
  })
  const isKnown = (address: string) => known.some((channel) => channel.address === address)
  await tx.notificationChannel.createMany({
    data: owners
      .filter((address) => !isKnown(address))
      .map((address) => ({
        id: newId(),
        kind: 'mail',
        name: address,
        address,
        locale,
        ownerOnly: true,
        createdBy: by,
        createdAt: at,
        updatedAt: at,
      })),
  })
  const named = new Set(
    (await tx.credential.findMany({ where: { removedAt: null }, select: { owners: true } })).flatMap(
      (row) => row.owners,
    ),
  )
  for (const { id, address } of known) if (!named.has(address ?? '')) await removeChannel(tx, id, at)
}
