import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { createDatabaseClock, SYNC_MS } from './clock'

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

test('R-15 the database is asked again after a minute, and at once after this machine was suspended', async () => {
  let [calendarMs, monotonicMs] = [0, 0]
  const own = {
    now: () => new Date(Date.now() + calendarMs),
    monotonicMs: () => performance.now() + monotonicMs,
  }
  const clock = createDatabaseClock(fresh.db, own)
  const offMs = async () => Math.abs(Date.now() - (await clock.current()).getTime())
  expect(await offMs()).toBeLessThan(1_000)
  // Both clocks of this machine run fast.
  calendarMs = monotonicMs = SYNC_MS - 20_000
  expect(await offMs()).toBeGreaterThan(SYNC_MS - 21_000)
  calendarMs = monotonicMs = SYNC_MS
  expect(await offMs()).toBeLessThan(1_000)
  // An hour in which the monotonic clock did not run.
  monotonicMs -= 3_600_000
  expect(await offMs()).toBeLessThan(1_000)
})
