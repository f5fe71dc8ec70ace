import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { type Db, direct, type Tx } from './client'
import { isOfData } from './sql-state'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const thrownBy = (query: Promise<unknown>): Promise<unknown> =>
  query.then(
    () => null,
    (thrown: unknown) => thrown,
  )

test('R-07 a value that the database rejects is distinguished from other faults, in a transaction and outside', async () => {
  const { db } = fresh
  const badValue = (at: Db | Tx) => direct(at)`/* prepared: bad-value */ SELECT ${'no number'}::text::int`
  const badTable = (at: Db | Tx) => direct(at)`/* prepared: bad-table */ SELECT * FROM "NoSuchTable"`
  for (const [query, ofData] of [
    [badValue, true],
    [badTable, false],
  ] as const) {
    expect(isOfData(await thrownBy(query(db)))).toBe(ofData)
    expect(isOfData(await thrownBy(db.$transaction((tx) => query(tx))))).toBe(ofData)
  }
  await fresh.allow(false)
  expect(isOfData(await thrownBy(badValue(db)))).toBe(false)
  await fresh.allow(true)
})
