import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startDeadline } from './deadline'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = new AbortController().signal

test('F-36 N-12 the final dot ends one time limit and begins the next', () => {
  const deadline = startDeadline({ toDotMs: 300, afterDotMs: 600 }, never)
  vi.advanceTimersByTime(299)
  deadline.finalDotSent()
  vi.advanceTimersByTime(599)
  expect(deadline.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(deadline.signal.aborted).toBe(true)
})

test('F-36 without the final dot the first limit ends the attempt', () => {
  const deadline = startDeadline({ toDotMs: 300, afterDotMs: 600 }, never)
  vi.advanceTimersByTime(300)
  expect(deadline.signal.aborted).toBe(true)
})
