import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestLimiter } from './mail-server-limits'
import { freshDatabase, type TestDatabase } from './test-db'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())
beforeEach(async () => {
  await fresh.db.rateLimit.deleteMany()
})

const counted = async () =>
  Object.fromEntries((await fresh.db.rateLimit.findMany()).map(({ key, points }) => [key, points]))

test('N-06 of 20 tests at once 5 get through, the others wait a minute at most and count nowhere', async () => {
  const limiter = createTestLimiter(fresh.db)
  const turns = await Promise.all(Array.from({ length: 20 }, () => limiter.consume('op-1')))
  expect(turns.filter(({ ok }) => ok)).toHaveLength(5)
  for (const turn of turns)
    if (!turn.ok) {
      expect(turn.error.retryAfterMs).toBeGreaterThan(50_000)
      expect(turn.error.retryAfterMs).toBeLessThanOrEqual(60_000)
    }
  expect(await counted()).toEqual({ 'test-minute:op-1': 5, 'test-hour:op-1': 5, 'test-hour-all:all': 5 })
})

test('N-06 a window that has ended begins anew, the longer ones go on', async () => {
  const limiter = createTestLimiter(fresh.db)
  for (let n = 0; n < 5; n++) expect((await limiter.consume('op-1')).ok).toBe(true)
  await fresh.db.rateLimit.update({ where: { key: 'test-minute:op-1' }, data: { expire: new Date(Date.now() - 1) } })
  expect((await limiter.consume('op-1')).ok).toBe(true)
  expect(await counted()).toEqual({ 'test-minute:op-1': 1, 'test-hour:op-1': 6, 'test-hour-all:all': 6 })
})

test('N-06 sixty an hour are all, whoever asks, the command line too', async () => {
  const limiter = createTestLimiter(fresh.db)
  const expire = new Date(Date.now() + 1_800_000)
  await fresh.db.rateLimit.create({ data: { key: 'test-hour-all:all', points: 59, expire } })
  expect((await limiter.consume(null)).ok).toBe(true)
  for (const who of [null, 'op-2']) {
    const turn = await limiter.consume(who)
    expect(turn.ok).toBe(false)
    if (!turn.ok) expect(turn.error.retryAfterMs / 1000).toBeCloseTo(1_800, -2)
  }
  expect(await counted()).toMatchObject({ 'test-hour-all:all': 60 })
})
