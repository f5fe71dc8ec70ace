import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { connectionOf } from './connection'
import { isDatabaseAway } from './outage'
import { createPipeline, IDLE_MS, type Pipeline } from './pipeline'

let fresh: TestDatabase
let pipeline: Pipeline
beforeAll(async () => {
  fresh = await freshDatabase()
  pipeline = createPipeline(connectionOf(new Redacted(fresh.url), 'pipeline'))
})
afterAll(async () => {
  await pipeline.end()
  await fresh.drop()
})

const backend = async (): Promise<number | undefined> => {
  const { rows } = await pipeline.query<{ pid: number }>({
    name: 'pid',
    text: 'SELECT pg_backend_pid() AS pid',
    values: [],
  })
  return rows[0]?.pid
}
const divide = async (by: number): Promise<number | undefined> => {
  const { rows } = await pipeline.query<{ n: number }>({
    name: 'divide',
    text: 'SELECT 12 / $1::int AS n',
    values: [by],
  })
  return rows[0]?.n
}

test('statements that are sent at once share a connection, and each gets its answer, also behind one that failed', async () => {
  const answers = await Promise.allSettled([divide(3), backend(), divide(0), divide(2), backend()])
  const values = answers.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code))
  expect(values).toEqual([4, values[1], '22012', 6, values[1]])
})

test('a page reads over the connection of the client although the build gives it another copy of the module', async () => {
  const read = async (from: typeof import('./client')) => {
    const [row] = await from.read(fresh.db)<{ pid: number }>`/* prepared: pid-of-read */ SELECT pg_backend_pid() AS pid`
    return row?.pid
  }
  const own = await read(await import('./client'))
  vi.resetModules()
  expect(await read(await import('./client'))).toBe(own)
})

test('after its connection broke, it opens another one', async () => {
  const before = await backend()
  await fresh.db.$queryRaw`SELECT pg_terminate_backend(${before}::int)`
  await expect.poll(() => divide(4).catch(() => null)).toBe(3)
  expect(await backend()).not.toBe(before)
})

test('a database that cannot be reached fails each statement, none of which is remembered', async () => {
  const nowhere = createPipeline({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' })
  const ask = () => nowhere.query({ name: 'x', text: 'SELECT 1', values: [] })
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  await nowhere.end()
})

test('a port that is silent counts as a database that is away', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const nowhere = createPipeline({ host: '127.0.0.1', port, user: 'x', database: 'x', connectionTimeoutMillis: 50 })
  const error = await nowhere.query({ name: 'x', text: 'SELECT 1', values: [] }).catch((thrown: unknown) => thrown)
  expect(isDatabaseAway(error)).toBe(true)
  silent.close()
})

test('a connection that nothing is sent over is closed, and the next statement opens another one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const first = await backend()
  vi.advanceTimersByTime(IDLE_MS - 1)
  expect(await backend()).toBe(first)
  vi.advanceTimersByTime(IDLE_MS - 1)
  expect(await backend()).toBe(first)
  vi.advanceTimersByTime(IDLE_MS)
  vi.useRealTimers()
  const isOpen = () => fresh.db.$queryRaw`SELECT FROM pg_stat_activity WHERE pid = ${first}::int`
  await expect.poll(isOpen).toHaveLength(0)
  expect(await backend()).toEqual(expect.any(Number))
})

test('once it is ended, it refuses statements instead of connecting again', async () => {
  const ended = createPipeline(connectionOf(new Redacted(fresh.url), 'pipeline'))
  const ask = () => ended.query({ name: 'one', text: 'SELECT 1', values: [] })
  await ask()
  await ended.end()
  await expect(ask()).rejects.toThrow('ended')
})
