import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../kernel'
import { planRetry, probePauseMs, queuePauseMs } from './retry-plan'

const now = new Date('2027-03-01T12:00:00Z')
const expiresAt = new Date(now.getTime() + 5 * 24 * HOUR_MS)
const before = (ms: number) => new Date(now.getTime() - ms)
const facts = { attempts: 1, now, expiresAt, changedAt: null, random: 0.5 }

test.each([
  ['the first pause is one minute', { retry: 'yes', attempts: 1 }, MINUTE_MS],
  ['each further pause is twice as long', { retry: 'yes', attempts: 4 }, 8 * MINUTE_MS],
  ['no pause is longer than four hours', { retry: 'yes', attempts: 60 }, 4 * HOUR_MS],
  ['jitter makes a pause up to a fifth shorter', { retry: 'yes', attempts: 1, random: 0 }, 0.8 * MINUTE_MS],
  ['jitter makes a pause up to a fifth longer', { retry: 'yes', attempts: 1, random: 1 }, 1.2 * MINUTE_MS],
  ['after a quota was used up the pause is two hours', { retry: 'later', attempts: 1 }, 2 * HOUR_MS],
  [
    'a change that is propagating: a retry after five minutes',
    { retry: 'settling', changedAt: before(HOUR_MS) },
    5 * MINUTE_MS,
  ],
  ['a change made two hours ago: no retry', { retry: 'settling', changedAt: before(2 * HOUR_MS) }, null],
  ['a change at an unknown time: no retry', { retry: 'settling' }, null],
  ['a fault that a person must fix: no retry', { retry: 'no' }, null],
  [
    'a retry at the last permitted time is the last',
    { retry: 'yes', attempts: 1, expiresAt: new Date(now.getTime() + MINUTE_MS) },
    MINUTE_MS,
  ],
  [
    'a retry after the last permitted time: no retry',
    { retry: 'yes', attempts: 20, expiresAt: new Date(now.getTime() + HOUR_MS) },
    null,
  ],
] as const)('R-06 %s', (_, more, pauseMs) => {
  const dueAt = planRetry({ ...facts, ...more })
  expect(dueAt && dueAt.getTime() - now.getTime()).toBe(pauseMs)
})

test('R-06 five days allow between 20 and 60 attempts', () => {
  let attempts = 0
  let at: Date | null = now
  while (at) at = planRetry({ ...facts, retry: 'yes', attempts: ++attempts, now: at })
  expect(attempts).toBeGreaterThan(20)
  expect(attempts).toBeLessThan(60)
})

test('F-10 a paused server is probed every 15 minutes, and more often only while a change propagates', () => {
  const first = { isPropagating: false, pausedForMs: 0 }
  expect(probePauseMs('no', { ...first, isPropagating: true })).toBe(15 * MINUTE_MS)
  expect(probePauseMs('settling', first)).toBe(15 * MINUTE_MS)
  expect(probePauseMs('settling', { ...first, isPropagating: true })).toBe(5 * MINUTE_MS)
})

test('F-06 after a fault that may pass, the pause until a probe is as long as the server was paused, from 15 seconds to 15 minutes', () => {
  const after = (pausedForMs: number) => probePauseMs('yes', { isPropagating: false, pausedForMs })
  expect([0, 15_000, MINUTE_MS, HOUR_MS].map(after)).toEqual([15_000, 15_000, MINUTE_MS, 15 * MINUTE_MS])
})

test('F-06 a delivery queue that fails repeatedly pauses longer each time, up to 15 minutes', () => {
  const pauses = Array.from({ length: 12 }, (_, at) => queuePauseMs(at + 1, 0.5))
  expect(pauses[0]).toBe(15_000)
  expect(pauses[1]).toBe(30_000)
  expect(pauses.at(-1)).toBe(15 * MINUTE_MS)
})
