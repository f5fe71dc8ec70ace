import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { createTestLimiter } from './test-limits'

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
      expect(turn.error.limit).toBe('operatorMinute')
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

test('N-06 sixty an hour are all; the command line leaves the last ten to the page, and each is told which limit it met', async () => {
  const limiter = createTestLimiter(fresh.db)
  const expire = new Date(Date.now() + 1_800_000)
  await fresh.db.rateLimit.create({ data: { key: 'test-hour-all:all', points: 49, expire } })
  const turn = async (who: string | null) => {
    const taken = await limiter.consume(who)
    if (taken.ok) return 'taken'
    expect(taken.error.retryAfterMs / 1000).toBeCloseTo(1_800, -2)
    return taken.error.limit
  }
  expect(await turn(null)).toBe('taken')
  expect(await turn(null)).toBe('consoleButPage')
  for (let n = 0; n < 10; n++) expect(await turn(`op-${n}`)).toBe('taken')
  expect(await turn('op-10')).toBe('console')
  expect(await counted()).toMatchObject({ 'test-hour-all:all': 60 })
  await fresh.db.rateLimit.deleteMany()
  await fresh.db.rateLimit.create({ data: { key: 'test-hour:op-1', points: 30, expire } })
  expect(await turn('op-1')).toBe('operatorHour')
})
