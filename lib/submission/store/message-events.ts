import { type SendFaultNote, type StoredChannel, storedChannelOf } from '../../credentials/store/channel-rows'
import type { Db } from '../../db/client'
import { Prisma } from '../../db/generated/client'

export interface EventRow {
  id: bigint
  messageId: string
  event: string
  at: Date
  attempts: number
  nextTryAt: Date
}

/** Whether an event is to be delivered now. */
export async function messageEventIsDue(db: Db, now: Date): Promise<boolean> {
  const row = await db.messageEvent.findFirst({
    where: { nextTryAt: { lte: now }, channel: { enabled: true } },
    select: { id: true },
  })
  return row !== null
}

/** The webhooks that events may wait for. */
export async function eventWebhooks(db: Db): Promise<StoredChannel[]> {
  const rows = await db.notificationChannel.findMany({ where: { enabled: true, events: { some: {} } } })
  return rows.map(storedChannelOf)
}

/** @returns false if another worker delivers the events of this webhook */
export async function claimWebhook(db: Db, id: string, now: Date, until: Date): Promise<boolean> {
  const isFree = { OR: [{ eventsUntil: null }, { eventsUntil: { lt: now } }] }
  const { count } = await db.notificationChannel.updateMany({ where: { id, ...isFree }, data: { eventsUntil: until } })
  return count === 1
}

export async function releaseWebhook(db: Db, id: string): Promise<void> {
  await db.notificationChannel.updateMany({ where: { id }, data: { eventsUntil: null } })
}

/** The oldest events of a webhook, in order. */
export const listEvents = (db: Db, channelId: string, rows: number): Promise<EventRow[]> =>
  db.messageEvent.findMany({ where: { channelId }, orderBy: { id: 'asc' }, take: rows })

export async function removeEvent(db: Db, id: bigint): Promise<void> {
  await db.messageEvent.deleteMany({ where: { id } })
}

/** The receiver has taken an event. */
export async function noteDelivered(db: Db, id: bigint, channelId: string, at: Date): Promise<void> {
  await db.$transaction([
    db.messageEvent.deleteMany({ where: { id } }),
    db.notificationChannel.updateMany({
      where: { id: channelId },
      data: { lastSentAt: at, lastFault: Prisma.DbNull },
    }),
  ])
}

/** The receiver did not take an event. */
export async function postponeEvents(
  db: Db,
  id: bigint,
  channelId: string,
  { nextTryAt, fault }: { nextTryAt: Date; fault: SendFaultNote },
): Promise<void> {
  await db.$transaction([
    db.messageEvent.updateMany({ where: { id }, data: { nextTryAt, attempts: { increment: 1 } } }),
    db.notificationChannel.updateMany({ where: { id: channelId }, data: { lastFault: { ...fault } } }),
  ])
}

/** Drops events that are too old, and the oldest of a webhook for which too many wait. @returns number of dropped events */
export async function dropOldEvents(db: Db, before: Date, waitingMax: number): Promise<number> {
  const old = await db.messageEvent.deleteMany({ where: { at: { lt: before } } })
  const over = await db.$executeRaw`
    DELETE FROM "MessageEvent" e USING (
      SELECT c."id", (SELECT n."id" FROM "MessageEvent" n WHERE n."channelId" = c."id" ORDER BY n."id" DESC
        OFFSET ${waitingMax} LIMIT 1) AS "last" FROM "NotificationChannel" c) bound
    WHERE e."channelId" = bound."id" AND e."id" <= bound."last"`
  return old.count + over
}
