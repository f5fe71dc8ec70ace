import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { createDb, type Db } from './client'

/** In the hour that Europe's clocks leave out. */
const AT = new Date('2027-03-28T01:30:00Z')

let fresh: TestDatabase
let db: Db
beforeAll(async () => {
  fresh = await freshDatabase()
  const name = new URL(fresh.url).pathname.slice(1)
  await fresh.db.$executeRawUnsafe(`ALTER DATABASE "${name}" SET timezone = 'Europe/Berlin'`)
  db = createDb(new Redacted(fresh.url), testChainKeys)
})
afterAll(async () => {
  await db.$disconnect()
  await fresh.drop()
})

test('R-15 an instant is stored as it is, on a server that keeps its own country’s time too', async () => {
  await db.heartbeat.create({ data: { name: 'worker', beatAt: AT } })
  expect(await db.heartbeat.findMany({ where: { beatAt: AT } })).toMatchObject([{ name: 'worker', beatAt: AT }])
  const [row] = await db.$queryRaw<{ seconds: number; same: boolean; beatAt: Date }[]>`
    SELECT extract(epoch FROM "beatAt")::int AS seconds, "beatAt" = ${AT} AS same, "beatAt" FROM "Heartbeat"`
  expect(row).toEqual({ seconds: AT.getTime() / 1000, same: true, beatAt: AT })
})
