import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { canMount, fill, onSmallVolume } from '../../tests/support/small-volume'
import { createDb, type Db } from '../db'
import { MINUTE_MS } from '../kernel'
import { Redacted } from '../kernel/redacted'
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

test('R-16 a role that may write no temporary file of that size does not stop what asks whether the disk is full', async () => {
  const name = new URL(database.url).pathname.slice(1)
  await database.db.$executeRawUnsafe(`ALTER DATABASE "${name}" SET temp_file_limit = '512kB'`)
  const limited = createDb(new Redacted(database.url), null)
  onTestFinished(() => limited.$disconnect())
  expect(await createDatabaseDisk(limited, { monotonicMs: () => 0 }).isFull()).toBe(false)
})

test.skipIf(!canMount())(
  'R-16 the full disk of the database is seen where temporary files have another place',
  async () => {
    const name = new URL(database.url).pathname.slice(1)
    const volume = await onSmallVolume(database)
    await database.db.$executeRawUnsafe(`ALTER DATABASE "${name}" SET temp_tablespaces = pg_default`)
    const db = createDb(new Redacted(database.url), null)
    onTestFinished(() => db.$disconnect())
    const disk = createDatabaseDisk(db, { monotonicMs: () => performance.now() * MINUTE_MS })
    expect(await disk.isFull()).toBe(false)
    fill(path.join(volume, 'filler'))
    expect(await disk.isFull()).toBe(true)
  },
)
