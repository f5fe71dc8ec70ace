import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { createDatabaseClock } from './clock'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

test('a question that waits for its connection makes the time no less exact', async () => {
  const FIRST_MS = 60_000
  let readings = 0
  // Read when the clock is made, and before and after each question: the first answer comes after a minute, all others at once.
  const own = { now: () => new Date(0), monotonicMs: () => (readings++ < 2 ? 0 : FIRST_MS) }
  const clock = createDatabaseClock(fresh.db, own)
  await clock.sync()
  expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(FIRST_MS / 4)
})
