import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { createDb, direct, read } from './client'
import { longLived } from './connection'
import { listenForWakeUps } from './notify'
import { askOne } from './server'

const REPORT = `SELECT json_build_object('commit', current_setting('synchronous_commit'), 'zone', current_setting('TimeZone'),
  'memory', current_setting('work_mem'), 'name', current_setting('application_name'),
  'idle', current_setting('idle_in_transaction_session_timeout'), 'locked', current_setting('lock_timeout'))::text AS "report"`

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

test('R-04 R-05 R-15 options of the address apply, but change neither durable commits nor the time zone; a transaction is not idle for long', async () => {
  const settings = { commit: 'on', zone: 'UTC', memory: '5MB' }
  const db = createDb(url, testChainKeys)
  const [row] = await db.$queryRawUnsafe<{ report: string }[]>(REPORT).finally(() => db.$disconnect())
  // A process that is stopped within a transaction must not hold its locks, on which others wait, for as long as it is stopped. A statement
  // that waits for the lock of another program must not wait without end.
  expect(JSON.parse(row?.report ?? '')).toEqual({ ...settings, name: 'postroom', idle: '30s', locked: '20s' })

  const client = longLived(url, 'postroom backup')
  await client.connect()
  const { rows } = await client.query<{ report: string }>(REPORT).finally(() => client.end())
  expect(JSON.parse(rows[0]?.report ?? '')).toEqual({ ...settings, name: 'postroom backup', idle: '0', locked: '0' })

  expect(JSON.parse(String(await askOne(url, REPORT)))).toEqual({
    ...settings,
    name: 'postroom host',
    idle: '0',
    locked: '0',
  })
})

/** The connections of this process to a port, each with the seconds after which the system asks whether the server is still there. */
function keepAliveSeconds(port: string): Map<string, number> {
  const inodes = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
    } catch {
      return [] // It was the list itself.
    }
  })
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , server = '', , , , , , , inode = '']) => inodes.includes(inode) && server.endsWith(hexOf(port)))
  return new Map(
    rows.map(([, , , , , timer = '', , , , inode = '']) => {
      const [kind, ticks = ''] = timer.split(':')
      return [inode, kind === '02' ? Number.parseInt(ticks, 16) / 100 : Number.POSITIVE_INFINITY]
    }),
  )
}
const hexOf = (port: string): string => `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`

test.runIf(process.platform === 'linux')(
  'R-09 a server that vanishes without a word, as in a power cut, is noticed on every connection',
  async () => {
    const { port } = new URL(fresh.url)
    const earlier = keepAliveSeconds(port)
    const own = () => [...keepAliveSeconds(port)].flatMap(([inode, seconds]) => (earlier.has(inode) ? [] : seconds))
    const db = createDb(new Redacted(fresh.url), testChainKeys)
    const wakeUps = listenForWakeUps(new Redacted(fresh.url), 1)
    const client = longLived(new Redacted(fresh.url), 'postroom backup')
    await Promise.all([db.$queryRaw`SELECT 1`, direct(db)`/* prepared: kept */ SELECT 1`, client.connect()])
    await read(db)`/* prepared: kept */ SELECT 1`
    await expect.poll(() => own().filter((seconds) => seconds <= 60)).toHaveLength(5)
    expect(own()).toHaveLength(5)
    await Promise.all([db.$disconnect(), wakeUps.close(), client.end()])
  },
)

test('disconnecting ends the connections of direct statements too, although the client itself has sent none', async () => {
  const db = createDb(new Redacted(fresh.url), testChainKeys)
  await direct(db)`/* prepared: one */ SELECT 1`
  await read(db)`/* prepared: one */ SELECT 1`
  await db.$disconnect()
  await expect(direct(db)`/* prepared: two */ SELECT 1`).rejects.toThrow('after calling end')
  await expect(read(db)`/* prepared: two */ SELECT 1`).rejects.toThrow('after the connection was ended')
})

test('a transaction of any store may wait more than five seconds behind another', async () => {
  const waited = fresh.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT pg_sleep(5.2)::text`
    return tx.operator.count()
  })
  expect(await waited).toBe(0)
})
