import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { createDb } from './client'
import { longLived } from './long-lived'
import { askOne } from './server'

const ASKED = `SELECT json_build_object('commit', current_setting('synchronous_commit'), 'zone', current_setting('TimeZone'),
  'memory', current_setting('work_mem'), 'name', current_setting('application_name'))::text AS "told"`

let fresh: TestDatabase
let url: Redacted
beforeAll(async () => {
  fresh = await freshDatabase()
  const given = new URL(fresh.url)
  given.searchParams.set('options', '-c synchronous_commit=off -c TimeZone=Asia/Tokyo -c work_mem=5MB')
  given.searchParams.set('application_name', 'somebody else')
  url = new Redacted(given.href)
})
afterAll(() => fresh.drop())

test('R-04 R-15 an address with options of its own has them, but neither gives up durable commits nor moves the clock', async () => {
  const settings = { commit: 'on', zone: 'UTC', memory: '5MB' }
  const db = createDb(url, testChainKeys)
  const [row] = await db.$queryRawUnsafe<{ told: string }[]>(ASKED).finally(() => db.$disconnect())
  expect(JSON.parse(row?.told ?? '')).toEqual({ ...settings, name: 'postroom' })

  const client = longLived(url, 'postroom backup')
  await client.connect()
  const { rows } = await client.query<{ told: string }>(ASKED).finally(() => client.end())
  expect(JSON.parse(rows[0]?.told ?? '')).toEqual({ ...settings, name: 'postroom backup' })

  expect(JSON.parse(String(await askOne(url, ASKED)))).toEqual({ ...settings, name: 'postroom host' })
})
