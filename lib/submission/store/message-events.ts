import { type Db, Prisma, type Tx } from '../../db'
import type { MessageEventModel } from '../../db/generated/models'
import type { SendFault } from '../../notifications/notice'
import { noteResult } from '../../notifications/store/channel-rows'

export type EventRow = Omit<MessageEventModel, 'channelId' | 'nextAttemptAt'>

/** Whether an event is to be delivered now. Each webhook is asked for one, so that those that wait for a receiver that takes none are not read. */
export async function messageEventIsDue(db: Db | Tx, now: Date): Promise<boolean> {
  const [due] = await db.$queryRaw<object[]>`
    SELECT 1 FROM "NotificationChannel" c
    CROSS JOIN LATERAL (SELECT 1 FROM "MessageEvent" e WHERE e."channelId" = c."id" AND ${isDue(now)} LIMIT 1) due
    WHERE c."enabled" AND (c."eventsUntil" IS NULL OR c."eventsUntil" < ${now}) LIMIT 1`
  return due !== undefined
}

/** Only the first event of each message that the webhook does not have yet. */
const isDue = (now: Date) => Prisma.sql`e."nextAttemptAt" <= ${now} AND NOT EXISTS (
  SELECT 1 FROM "MessageEvent" before
  WHERE before."channelId" = e."channelId" AND before."messageId" = e."messageId" AND before."id" < e."id")`

/** The webhooks that events may wait for. */
export async function eventWebhooks(db: Db): Promise<string[]> {
  const where = { enabled: true, events: { some: {} } }
  const rows = await db.notificationChannel.findMany({ where, select: { id: true } })
  return rows.map(({ id }) => id)
}

/** @returns false if another worker delivers the events of this webhook */
export async function claimWebhook(db: Db, id: string, now: Date, until: Date): Promise<boolean> {
  const isFree = { OR: [{ eventsUntil: null }, { eventsUntil: { lt: now } }] }
  const { count } = await db.notificationChannel.updateMany({ where: { id, ...isFree }, data: { eventsUntil: until } })
  return count === 1
}

/**
 * Ends a claim, unless another worker has the webhook by now.
 *
 * @param claimedUntil as it was claimed
 * @param until the webhook rests until then, because it takes nothing; null if the next events may follow at once
 */
export async function releaseWebhook(db: Db, id: string, claimedUntil: Date, until: Date | null): Promise<void> {
  await db.notificationChannel.updateMany({ where: { id, eventsUntil: claimedUntil }, data: { eventsUntil: until } })
}

/**
 * The oldest events of a webhook that are due. With the webhook as a range they are in the order of the index that begins with it. With an
 * equal sign PostgreSQL may read all events in the order of their ids, past those that wait for a receiver that takes none.
 */
export const listEvents = (db: Db | Tx, channelId: string, now: Date, rows: number) =>
  db.$queryRaw<EventRow[]>`
    SELECT e."id", e."messageId", e."event", e."at", e."attempts" FROM "MessageEvent" e
    WHERE e."channelId" BETWEEN ${channelId}::uuid AND ${channelId}::uuid AND ${isDue(now)}
    ORDER BY e."channelId", e."id" LIMIT ${rows}`

export async function removeEvent(db: Db, id: bigint): Promise<void> {
  await db.messageEvent.deleteMany({ where: { id } })
}

/** The receiver has taken an event. */
export async function noteDelivered(db: Db, id: bigint, channelId: string, at: Date): Promise<void> {
  await db.$transaction([db.messageEvent.deleteMany({ where: { id } }), noteResult(db, { id: channelId }, at, null)])
}

/** The receiver has not taken an event. The later ones of its message wait with it. */
export async function postponeEvent(
  db: Db,
  id: bigint,
  channelId: string,
  { nextAttemptAt, fault, at }: { nextAttemptAt: Date; fault: SendFault; at: Date },
): Promise<void> {
  await db.$transaction([
    db.messageEvent.updateMany({ where: { id }, data: { nextAttemptAt, attempts: { increment: 1 } } }),
    noteResult(db, { id: channelId }, at, fault),
  ])
}

/** Of each of these webhooks that events wait for, how many, and when the oldest of them happened. */
export async function countEvents(db: Db, channelIds: readonly string[]) {
  const where = { channelId: { in: [...channelIds] } }
  const rows = await db.messageEvent.groupBy({ by: ['channelId'], where, _count: true, _min: { at: true } })
  return rows.flatMap(({ channelId, _count: count, _min: { at } }) => (at ? [{ channelId, count, oldest: at }] : []))
}

/** Drops events that are too old, and the oldest of a webhook for which too many wait. @returns number of dropped events */
export async function dropOldEvents(db: Db | Tx, before: Date, waitingMax: number): Promise<number> {
  const old = await db.messageEvent.deleteMany({ where: { at: { lt: before } } })
  // Materialized: otherwise the events of a webhook are counted again for each of them.
  const over = await db.$executeRaw`
    WITH bound AS MATERIALIZED (
      SELECT c."id", (SELECT n."id" FROM "MessageEvent" n WHERE n."channelId" = c."id" ORDER BY n."id" DESC
        OFFSET ${waitingMax} LIMIT 1) AS "last" FROM "NotificationChannel" c)
    DELETE FROM "MessageEvent" e USING bound
    WHERE e."channelId" = bound."id" AND e."id" <= bound."last"`
  return old.count + over
}
