import type { Db } from '../../db/client'
import { DAY_MS } from '../../kernel/time'
import type { SessionRecord } from '../smtp/session-record'

/** Sessions are kept for a week, and no more of them than this. */
export const SESSIONS_KEPT_MS = 7 * DAY_MS
export const SESSIONS_MAX = 200_000
/** Rows that one statement removes. */
const REMOVED_AT_ONCE = 5_000

export async function insertSessions(db: Db, sessions: readonly SessionRecord[]): Promise<void> {
  if (sessions.length === 0) return
  await db.submissionSession.createMany({
    data: sessions.map(({ stages, ...session }) => ({ ...session, stages: JSON.parse(JSON.stringify(stages)) })),
    skipDuplicates: true,
  })
}

/** Removes sessions that are too old or too many. @returns number of sessions removed */
export async function removeOldSessions(db: Db, now: Date): Promise<number> {
  const [over] = await db.submissionSession.findMany({
    orderBy: { startedAt: 'desc' },
    skip: SESSIONS_MAX,
    take: 1,
    select: { startedAt: true },
  })
  const oldest = new Date(now.getTime() - SESSIONS_KEPT_MS)
  const before = over && over.startedAt > oldest ? over.startedAt : oldest
  let removed = 0
  for (;;) {
    const count = await db.$executeRaw`
      DELETE FROM "SubmissionSession" WHERE "id" IN (
        SELECT "id" FROM "SubmissionSession" WHERE "startedAt" < ${before} ORDER BY "startedAt" LIMIT ${REMOVED_AT_ONCE})`
    removed += count
    if (count < REMOVED_AT_ONCE) return removed
  }
}
