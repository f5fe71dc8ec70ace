import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { Redacted } from '../kernel/redacted'
import { connectionOf } from './connection'
import { createPipeline, type Pipeline } from './pipeline'

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
