import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { createDb, direct, read } from './client'
import { longLived } from './connection'
import { askOne } from './server'

const REPORT = `SELECT json_build_object('commit', current_setting('synchronous_commit'), 'zone', current_setting('TimeZone'),
  'memory', current_setting('work_mem'), 'name', current_setting('application_name'))::text AS "report"`

let fresh: TestDatabase
let url: Redacted
beforeAll(async () => {
  fresh = await freshDatabase()
  const address = new URL(fresh.url)
  address.searchParams.set('options', '-c synchronous_commit=off -c TimeZone=Asia/Tokyo -c work_mem=5MB')
  address.searchParams.set('application_name', 'another program')
  url = new Redacted(address.href)
})
afterAll(() => fresh.drop())

test('R-04 R-15 options of the address apply, but change neither durable commits nor the time zone', async () => {
  const settings = { commit: 'on', zone: 'UTC', memory: '5MB' }
  const db = createDb(url, testChainKeys)
  const [row] = await db.$queryRawUnsafe<{ report: string }[]>(REPORT).finally(() => db.$disconnect())
  expect(JSON.parse(row?.report ?? '')).toEqual({ ...settings, name: 'postroom' })

  const client = longLived(url, 'postroom backup')
  await client.connect()
  const { rows } = await client.query<{ report: string }>(REPORT).finally(() => client.end())
  expect(JSON.parse(rows[0]?.report ?? '')).toEqual({ ...settings, name: 'postroom backup' })

  expect(JSON.parse(String(await askOne(url, REPORT)))).toEqual({ ...settings, name: 'postroom host' })
})

test('disconnecting ends the connections of direct statements too, although the client itself has sent none', async () => {
  const db = createDb(new Redacted(fresh.url), testChainKeys)
  await direct(db)`/* prepared: one */ SELECT 1`
  await read(db)`/* prepared: one */ SELECT 1`
  await db.$disconnect()
  await expect(direct(db)`/* prepared: two */ SELECT 1`).rejects.toThrow('after calling end')
  await expect(read(db)`/* prepared: two */ SELECT 1`).rejects.toThrow('after the connection was ended')
})
