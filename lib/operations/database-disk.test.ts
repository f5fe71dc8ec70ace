import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import type { Db } from '../db'
import { MINUTE_MS } from '../kernel'
import { createDatabaseDisk } from './database-disk'

const database = databaseOfEach()

test('R-16 the disk of the database is written to at most once a minute, however many want to know whether it is full', async () => {
  let looks = 0
  const db = database.db.$extends({
    query: {
      $executeRaw({ args, query }) {
        if (String(args.strings ?? args).includes('generate_series')) looks++
        return query(args)
      },
    },
  }) as unknown as Db
  let nowMs = 0
  const disk = createDatabaseDisk(db, { monotonicMs: () => nowMs })
  expect(await Promise.all([disk.isFull(), disk.isFull()])).toEqual([false, false])
  nowMs = MINUTE_MS - 1
  await disk.isFull()
  expect(looks).toBe(1)
  nowMs = MINUTE_MS
  await database.allow(false)
  await expect(disk.isFull()).rejects.toThrow()
  await database.allow(true)
  // What could not be answered is asked again at once.
  expect(await disk.isFull()).toBe(false)
})
