import { appendAudit } from '../../audit/store/log'
import type { Db } from '../../db/client'
import { named } from '../../db/one-row'
import { isLocale } from '../../i18n/locale'
import type { CalendarFeed, FeedStore } from '../calendar'

/** Calendars ask every few hours, some every minute: when they did is worth one write an hour. */
const READ_NOTED_MS = 60 * 60 * 1000

export function createFeedStore(db: Db): FeedStore {
  return {
    async list() {
      const rows = await db.calendarFeed.findMany({
        omit: { tokenHash: true },
        orderBy: [{ revokedAt: { sort: 'asc', nulls: 'first' } }, { createdAt: 'desc' }],
      })
      return rows.map(feedOf)
    },

    async create(feed, audit) {
      await db.$transaction(async (tx) => {
        await tx.calendarFeed.create({ data: feed })
        await appendAudit(tx, audit, feed.createdAt)
      })
    },

    async revoke(id, at, audit) {
      return db.$transaction(async (tx) => {
        const { count } = await tx.calendarFeed.updateMany({
          where: { id: named(id), revokedAt: null },
          data: { revokedAt: at },
        })
        if (count === 1) await appendAudit(tx, audit, at)
        return count === 1
      })
    },

    async namespace(otherwise) {
      const stored = await db.calendarNamespace.findUnique({ where: { id: 1 } })
      if (stored) return stored.name
      // Of two at once the first one's stays.
      await db.calendarNamespace.createMany({ data: { name: otherwise }, skipDuplicates: true })
      return (await db.calendarNamespace.findUniqueOrThrow({ where: { id: 1 } })).name
    },

    async byTokenHash(tokenHash, now) {
      const row = await db.calendarFeed.findUnique({ where: { tokenHash } })
      if (!row || row.revokedAt) return null
      const notedBefore = new Date(now.getTime() - READ_NOTED_MS)
      await db.calendarFeed.updateMany({
        where: { id: row.id, OR: [{ lastReadAt: null }, { lastReadAt: { lt: notedBefore } }] },
        data: { lastReadAt: now },
      })
      return feedOf(row)
    },
  }
}

type FeedRow = Omit<CalendarFeed, 'locale'> & { locale: string }

const feedOf = ({ id, name, locale, createdBy, createdAt, lastReadAt, revokedAt }: FeedRow): CalendarFeed => ({
  id,
  name,
  locale: isLocale(locale) ? locale : 'en',
  createdBy,
  createdAt,
  lastReadAt,
  revokedAt,
})
