import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { type Db, direct, isOfData, type Tx } from './client'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const thrownBy = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => null,
    (thrown: unknown) => thrown,
  )

test('R-07 what the database refuses for its value is told from all else, within a transaction and without', async () => {
  const { db } = fresh
  const badValue = (at: Db | Tx) => direct(at)`/* prepared: bad-value */ SELECT ${'no number'}::text::int`
  const badTable = (at: Db | Tx) => direct(at)`/* prepared: bad-table */ SELECT * FROM "NoSuchTable"`
  for (const [asked, ofData] of [
    [badValue, true],
    [badTable, false],
  ] as const) {
    expect(isOfData(await thrownBy(asked(db)))).toBe(ofData)
    expect(isOfData(await thrownBy(db.$transaction((tx) => asked(tx))))).toBe(ofData)
  }
  await fresh.allow(false)
  expect(isOfData(await thrownBy(badValue(db)))).toBe(false)
  await fresh.allow(true)
})
