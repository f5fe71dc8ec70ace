import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { countTest } from './test-limits'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())
beforeEach(async () => {
  await fresh.db.rateLimit.deleteMany()
})

const counters = async () =>
  Object.fromEntries((await fresh.db.rateLimit.findMany()).map(({ key, points }) => [key, points]))

test('N-06 five of 20 tests at once are allowed; the refused ones wait at most a minute and count against no limit', async () => {
  const turns = await Promise.all(Array.from({ length: 20 }, () => countTest(fresh.db, 'op-1')))
  expect(turns.filter(({ ok }) => ok)).toHaveLength(5)
  for (const turn of turns)
    if (!turn.ok) {
      expect(turn.error.retryAfterMs).toBeGreaterThan(50_000)
      expect(turn.error.retryAfterMs).toBeLessThanOrEqual(60_000)
      expect(turn.error.limit).toBe('operatorMinute')
    }
  expect(await counters()).toEqual({ 'test-minute:op-1': 5, 'test-hour:op-1': 5, 'test-hour-all:all': 5 })
})

test('N-06 a limit counts from zero again after its period, while the longer limits continue to count', async () => {
  for (let n = 0; n < 5; n++) expect((await countTest(fresh.db, 'op-1')).ok).toBe(true)
  await fresh.db.rateLimit.update({ where: { key: 'test-minute:op-1' }, data: { expire: new Date(Date.now() - 1) } })
  expect((await countTest(fresh.db, 'op-1')).ok).toBe(true)
  expect(await counters()).toEqual({ 'test-minute:op-1': 1, 'test-hour:op-1': 6, 'test-hour-all:all': 6 })
})

test('N-06 R-15 a period that was begun by a clock that was ahead is over, and not a day longer', async () => {
  const expire = new Date(Date.now() + 86_400_000)
  const keys = ['test-minute:op-1', 'test-hour:op-1', 'test-hour-all:all']
  await fresh.db.rateLimit.createMany({ data: keys.map((key) => ({ key, points: 60, expire })) })
  expect((await countTest(fresh.db, 'op-1')).ok).toBe(true)
  expect(await counters()).toEqual({ 'test-minute:op-1': 1, 'test-hour:op-1': 1, 'test-hour-all:all': 1 })
})

test('N-06 the console has sixty tests an hour, of which the last ten are reserved for the page, and a refusal names the limit', async () => {
  const expire = new Date(Date.now() + 1_800_000)
  await fresh.db.rateLimit.create({ data: { key: 'test-hour-all:all', points: 49, expire } })
  const use = async (operatorId: string | null) => {
    const result = await countTest(fresh.db, operatorId)
    if (result.ok) return 'counted'
    expect(result.error.retryAfterMs / 1000).toBeCloseTo(1_800, -2)
    return result.error.limit
  }
  expect(await use(null)).toBe('counted')
  expect(await use(null)).toBe('consoleButPage')
  for (let n = 0; n < 10; n++) expect(await use(`op-${n}`)).toBe('counted')
  expect(await use('op-10')).toBe('console')
  expect(await counters()).toMatchObject({ 'test-hour-all:all': 60 })
  await fresh.db.rateLimit.deleteMany()
  await fresh.db.rateLimit.create({ data: { key: 'test-hour:op-1', points: 30, expire } })
  // Of two limits that are used up, the one with the longer wait is named.
  const soon = new Date(Date.now() + 30_000)
  await fresh.db.rateLimit.create({ data: { key: 'test-minute:op-1', points: 5, expire: soon } })
  expect(await use('op-1')).toBe('operatorHour')
})

test.each([
  [90_000, 60_000],
  [300, 1_000],
])(
  'N-06 a period that ends in %i ms by the clock of another process is waited for at most its length, and at least a second',
  async (leftMs, retryAfterMs) => {
    const expire = new Date(Date.now() + leftMs)
    await fresh.db.rateLimit.create({ data: { key: 'test-minute:op-1', points: 5, expire } })
    expect(await countTest(fresh.db, 'op-1')).toMatchObject({ ok: false, error: { retryAfterMs } })
  },
)
