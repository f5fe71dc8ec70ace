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

test('an attempt that begins after the end has come is over at once', () => {
  expect(startDeadline({ toDotMs: 300, afterDotMs: 600 }, AbortSignal.abort()).signal.aborted).toBe(true)
})

test('a wait that is no part of the attempt does not count, but what came before it does', async () => {
  const deadline = startDeadline({ toDotMs: 300, afterDotMs: 600 }, never)
  for (const ms of [150, 50]) {
    await vi.advanceTimersByTimeAsync(ms)
    const waited = deadline.outside(() => new Promise<void>((end) => setTimeout(end, 1_000)))
    await vi.advanceTimersByTimeAsync(1_000)
    await waited
  }
  await vi.advanceTimersByTimeAsync(99)
  expect(deadline.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(deadline.signal.aborted).toBe(true)
})
