import { expect, test } from 'vitest'
import type { Diagnosis } from '../../diagnosis'
import { HOUR_MS, systemClock } from '../../kernel'
import type { Retry } from '../../kernel/diagnosis-code'
import type { DueQueue } from '../store/due-queues'
import { QueueState } from './queue-state'
import { queuePauseMs } from './retry-plan'

test('a queue waits longer after each failure in a row, and an hour after one that will last', () => {
  const state = new QueueState({ ...systemClock, now: () => new Date(0), monotonicMs: () => 0 })
  const queue = { dueAt: new Date(0), version: 1, retryNowCount: 0 } as DueQueue
  const waitMs = (retry: Retry) => {
    state.failed({ retry } as Diagnosis, queue, 0.5)
    return state.waitMs(queue)
  }
  const [first, second] = [queuePauseMs(1, 0.5), queuePauseMs(2, 0.5)]
  expect(second).toBeGreaterThan(first)
  expect([waitMs('yes'), waitMs('yes')]).toEqual([first, second])
  state.passed()
  expect(waitMs('yes')).toBe(first)
  expect(waitMs('later')).toBe(HOUR_MS)
})
