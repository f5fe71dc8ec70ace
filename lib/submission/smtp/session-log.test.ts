import { afterEach, expect, test, vi } from 'vitest'
import type { Db } from '../../db'
import { createSessionLog } from './session-log'
import type { SessionRecord } from './session-record'

afterEach(() => void vi.useRealTimers())

test('R-09 sessions that cannot be recorded are logged once in each outage', async () => {
  vi.useFakeTimers()
  const warned: string[] = []
  let isAway = true
  const now = async () => {
    if (isAway) throw new Error('away')
    return new Date()
  }
  const db = { submissionSession: { createMany: async () => ({ count: 1 }) } } as unknown as Db
  const sessions = createSessionLog(db, { warn: (text) => void warned.push(text) }, now)
  const line = 'SMTP sessions cannot be recorded yet'
  for (const lines of [[line], [line], [line, line]]) {
    sessions.add({ clientId: 'c', address: '192.0.2.1', stages: [] } as unknown as SessionRecord)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(warned).toEqual(lines)
    isAway = !isAway
  }
})

test('R-09 while sessions cannot be recorded, the newest 5,000 wait, and how many were dropped is logged', async () => {
  vi.useFakeTimers()
  const [written, warned] = [[] as string[], [] as unknown[]]
  let [isAway, added] = [true, 0]
  const now = async () => {
    if (!isAway) return new Date()
    add(3_000)
    throw new Error('away')
  }
  const createMany = async ({ data }: { data: SessionRecord[] }) => void written.push(...data.map(({ id }) => id))
  const db = { submissionSession: { createMany } } as unknown as Db
  const log = { warn: (_: string, fields = {}) => void warned.push('count' in fields ? fields.count : 'away') }
  const sessions = createSessionLog(db, log, now)
  const add = (count: number) => {
    for (const end = added + count; added < end; added++)
      sessions.add({ id: `${added}`, clientId: 'c', address: '192.0.2.1', stages: [] } as unknown as SessionRecord)
  }
  add(3_000)
  await vi.advanceTimersByTimeAsync(2_000)
  isAway = false
  add(1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  expect([written.length, written[0], written.at(-1)]).toEqual([5_000, '5000', '9999'])
  expect(warned).toEqual(['away', 5_000])
})
