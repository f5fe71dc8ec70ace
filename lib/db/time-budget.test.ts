import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { ownMs } from '../../tests/support/own-time'
import { SlowServer } from '../../tests/support/slow-server'
import { Redacted } from '../kernel/redacted'
import { createDb, type Db, read } from './client'
import { isDatabaseReady } from './maintenance/readiness'
import { isDatabaseAway } from './outage'
import { beginBudget } from './time-budget'

let fresh: TestDatabase
let slow: SlowServer
let db: Db
beforeAll(async () => {
  fresh = await freshDatabase()
  const url = new URL(fresh.url)
  slow = await SlowServer.start(Number(url.port))
  url.port = String(slow.port)
  db = createDb(new Redacted(url.href), testChainKeys)
  await db.operator.count()
})
afterAll(async () => {
  await db.$disconnect()
  slow.stop()
  await fresh.drop()
})

/** As a request has one, but a tenth as long. */
async function inRequest<T>(
  work: () => Promise<T>,
  budgetMs = 1_000,
): Promise<{ ms: number; failed: boolean; isAway: boolean }> {
  const began = ownMs()
  const error = await new Promise<unknown>((resolve) => {
    setImmediate(() => {
      beginBudget(budgetMs)
      work().then(
        () => resolve(null),
        (thrown: unknown) => resolve(thrown),
      )
    })
  })
  return { ms: ownMs() - began, failed: error !== null, isAway: isDatabaseAway(error) }
}
async function manyQueries(): Promise<void> {
  for (let query = 0; query < 20; query++) await db.operator.count()
}

test('F-49 a request waits for a slow database no longer than its budget, however often it asks', async () => {
  expect(await inRequest(manyQueries, 10_000)).toMatchObject({ failed: false })
  slow.delayMs = 500
  const [alone, inTransaction, together, everyPage] = await Promise.all([
    inRequest(manyQueries),
    inRequest(() =>
      db.$transaction(
        async (tx) => {
          for (let query = 0; query < 20; query++) await tx.operator.count()
        },
        { timeout: 60_000 },
      ),
    ),
    inRequest(async () => {
      for (let round = 0; round < 4; round++) await Promise.all([db.operator.count(), db.heartbeat.count()])
    }),
    inRequest(async () => {
      for (let query = 0; query < 20; query++) await read(db)`/* prepared: budget */ SELECT 1 AS one`
    }),
  ])
  for (const { ms, isAway } of [alone, inTransaction, together, everyPage]) {
    expect(isAway).toBe(true)
    expect(ms).toBeLessThan(2_500)
  }
  slow.delayMs = 0
  expect(await inRequest(manyQueries, 10_000)).toMatchObject({ failed: false })
})

test('F-49 many requests at once end in time, leave the pool usable, and health says that the database is not ready', async () => {
  slow.delayMs = 2_300
  const [requests, ready] = await Promise.all([
    Promise.all(Array.from({ length: 40 }, () => inRequest(manyQueries))),
    isDatabaseReady(db),
  ])
  expect(ready).toBe(false)
  expect(requests.filter(({ isAway }) => !isAway)).toEqual([])
  expect(Math.max(...requests.map(({ ms }) => ms))).toBeLessThan(2_500)
  slow.delayMs = 0
  await expect.poll(() => isDatabaseReady(db), { timeout: 10_000 }).toBe(true)
  const after = await Promise.all(Array.from({ length: 20 }, () => inRequest(() => db.operator.count(), 10_000)))
  expect(after.filter(({ failed }) => failed)).toEqual([])
})

test('F-49 a statement ends in the database soon after the request that gave up on it', async () => {
  const sleeping = () => fresh.db.$queryRaw<unknown[]>`
    SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%' AND datname = current_database()`
  const answer = inRequest(() => fresh.db.$queryRaw`SELECT pg_sleep(60)::text`)
  await expect.poll(sleeping).toHaveLength(1)
  expect(await answer).toMatchObject({ isAway: true })
  await expect.poll(sleeping, { timeout: 10_000 }).toEqual([])
})

/** As many pages that are rendered at once do. */
function keepBusy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test('W-14 while the process itself is busy, the database is not taken for slow', async () => {
  const busy = async (): Promise<void> => {
    for (let query = 0; query < 6; query++) {
      const answer = db.operator.count()
      await new Promise((resolve) => setImmediate(resolve))
      keepBusy(250)
      await answer
    }
  }
  expect(await inRequest(busy)).toMatchObject({ failed: false })
  const ready = isDatabaseReady(db)
  await new Promise((resolve) => setImmediate(resolve))
  keepBusy(2_100)
  expect(await ready).toBe(true)
})

test('work that a request started and that continues after it has no limit', async () => {
  slow.delayMs = 50
  const later = new Promise<number>((resolve, reject) => {
    setImmediate(() => {
      const end = beginBudget(10)
      setTimeout(() => db.operator.count().then(resolve, reject), 20)
      end()
    })
  })
  expect(await later).toBe(0)
  slow.delayMs = 0
})

test('what is no request has no limit, as the work of the worker', async () => {
  slow.delayMs = 400
  for (let query = 0; query < 4; query++) expect(await db.operator.count()).toBe(0)
  slow.delayMs = 0
})
