import { type Db, ONLY_ROW, type Prisma } from '../../db'
import { isLocale } from '../../i18n/locale'
import { HOUR_MS, pick } from '../../kernel'

/** Calendars are read every few hours, some every minute; the time of the last read is written at most once an hour. */
const READ_NOTED_MS = HOUR_MS

/** A page of them, newest first; revoked ones come last. */
export async function listFeeds(db: Db, { page, size }: { page: number; size: number }) {
  const [rows, total] = await Promise.all([
    db.calendarFeed.findMany({
      omit: { tokenHash: true },
      orderBy: [{ revokedAt: { sort: 'asc', nulls: 'first' } }, { createdAt: 'desc' }, { id: 'asc' }],
      skip: (page - 1) * size,
      take: size,
    }),
    db.calendarFeed.count(),
  ])
  return { rows: rows.map(feedOf), total }
}

/** How many are not revoked, and when one of them was read last. */
export async function feedsInUse(db: Db) {
  const { _count: count, _max } = await db.calendarFeed.aggregate({
    where: { revokedAt: null },
    _count: true,
    _max: { lastReadAt: true },
  })
  return { count, lastReadAt: _max.lastReadAt }
}

/** The stored end of every UID. If none is stored yet, `initial` is stored for good. */
export async function calendarNamespace(db: Db, initial: string): Promise<string> {
  const stored = await db.calendarNamespace.findUnique({ where: ONLY_ROW })
  if (stored) return stored.name
  // If two processes do this at once, the first one's name is kept.
  await db.calendarNamespace.createMany({ data: { name: initial }, skipDuplicates: true })
  return (await db.calendarNamespace.findUniqueOrThrow({ where: ONLY_ROW })).name
}

/** Also notes when it was read, to the hour. Returns null if there is no such feed, or if it was revoked. */
export async function readFeed(db: Db, tokenHash: string, now: Date): Promise<CalendarFeed | null> {
  const row = await db.calendarFeed.findUnique({ where: { tokenHash } })
  if (!row || row.revokedAt) return null
  const notedBefore = new Date(now.getTime() - READ_NOTED_MS)
  await db.calendarFeed.updateMany({
    where: { id: row.id, OR: [{ lastReadAt: null }, { lastReadAt: { lt: notedBefore } }] },
    data: { lastReadAt: now },
  })
  return feedOf(row)
}

/** A private calendar address as people see it. The address itself is shown once, when it is made. */
export type CalendarFeed = ReturnType<typeof feedOf>
const feedOf = (row: Omit<Prisma.CalendarFeedGetPayload<object>, 'tokenHash'>) => ({
  ...pick(row, 'id', 'name', 'createdBy', 'createdAt', 'lastReadAt', 'revokedAt'),
  locale: isLocale(row.locale) ? row.locale : 'en',
})
