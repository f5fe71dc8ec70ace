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
