import { expect } from 'vitest'
import type { Db } from '../../lib/db'

/** Thousands may wait after the last kill, and a busy machine sends a few dozen a second. */
export const EMPTIED_MS = process.env.SOAK ? 900_000 : 120_000
const SOON_MS = 10_000

/**
 * Until no message waits for its delivery. A message whose outcome is unknown waits a minute for its next attempt, which a test that
 * kills processes need not wait out: it becomes due at once. Every other pause is waited for, since a kill must not cause a longer one.
 */
export const emptied = (db: Db): Promise<void> =>
  expect.poll(() => waiting(db).catch(() => 'the database is away'), { timeout: EMPTIED_MS, interval: 200 }).toBe(0)

async function waiting(db: Db): Promise<number> {
  const isLater = { state: 'queued' as const, mayBeDuplicate: true, dueAt: { gt: new Date(Date.now() + SOON_MS) } }
  await db.message.updateMany({ where: isLater, data: { dueAt: new Date() } })
  return db.message.count({ where: { state: { in: ['queued', 'sending'] } } })
}
