import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Connection, LIMITS, Visit } from './connection'
import type { Conversation } from './conversation'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A connection, and the reasons for which it was dismissed. */
function visited() {
  const dismissed: string[] = []
  const conversation = { dismissed: ({ code }) => dismissed.push(code) } as Partial<Conversation> as Conversation
  const visit = new Visit('192.0.2.1', conversation, LIMITS, {
    destroy() {},
    hasSent: () => true,
    mayLinger: () => true,
    onEnd() {},
  })
  visit.connection = { isInTransaction: false, dismiss() {} } as Partial<Connection> as Connection
  return { visit, dismissed }
}

test.each(['command', 'data'] as const)(
  'M-10 the deadline of a %s does not pass while the client waits for us',
  (step) => {
    const { visit, dismissed } = visited()
    visit.expect(step)
    visit.work()
    vi.advanceTimersByTime(LIMITS.dataMs)
    expect(dismissed).toEqual([])
    visit.expect(step)
    vi.advanceTimersByTime(LIMITS[`${step}Ms`])
    expect(dismissed).toEqual(['too-long'])
  },
)

test('M-10 the next piece of a message may take longer than a command', () => {
  const { visit, dismissed } = visited()
  visit.expect('data')
  vi.advanceTimersByTime(LIMITS.dataMs - 1)
  expect(dismissed).toEqual([])
  vi.advanceTimersByTime(1)
  expect(dismissed).toEqual(['too-long'])
})

test('M-10 the limit for a whole connection lets our own work end first', () => {
  const { visit, dismissed } = visited()
  visit.work()
  vi.advanceTimersByTime(2 * LIMITS.sessionMs)
  expect(dismissed).toEqual([])
  visit.expect('command')
  vi.advanceTimersByTime(1_000)
  expect(dismissed).toEqual(['too-long'])
})
