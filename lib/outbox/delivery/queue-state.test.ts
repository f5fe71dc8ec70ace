import { expect, test } from 'vitest'
import type { Diagnosis } from '../../diagnosis'
import { HOUR_MS, SECOND_MS, systemClock } from '../../kernel'
import type { Retry } from '../../kernel/diagnosis-code'
import type { DueQueue } from '../store/due-queues'
import { QueueState } from './queue-state'
import { queuePauseMs } from './retry-plan'

const queue = { dueAt: new Date(0), version: 1, retryNowCount: 0 } as DueQueue

function stateAtZero() {
  let nowMs = 0
  const state = new QueueState({ ...systemClock, now: () => new Date(0), monotonicMs: () => nowMs })
  /** A connection fails now. Returns how long the queue waits then. */
  const fails = (retry: Retry, under = queue): number => {
    state.failed({ retry } as Diagnosis, under, 0.5)
    return state.waitMs(under)
  }
  /** The same when the queue has waited as long as it must. */
  const failsLater = (retry: Retry): number => {
    nowMs += Math.max(state.waitMs(queue), 0)
    return fails(retry)
  }
  return { state, fails, failsLater }
}

const [first, second] = [queuePauseMs(1, 0.5), queuePauseMs(2, 0.5)]

test('a queue waits longer after each failure in a row, and an hour after one that will last', () => {
  const { state, failsLater } = stateAtZero()
  expect(second).toBeGreaterThan(first)
  expect([failsLater('yes'), failsLater('yes')]).toEqual([first, second])
  state.passed()
  expect(failsLater('yes')).toBe(first)
  expect(failsLater('later')).toBe(HOUR_MS)
})

test('connections that fail together count as one failure, so that a short outage is not waited out for minutes', () => {
  const { fails, failsLater } = stateAtZero()
  expect([fails('yes'), fails('yes'), fails('yes')]).toEqual([first, first, first])
  expect([failsLater('yes'), fails('yes'), fails('yes')]).toEqual([second, second, second])
})

test('a shorter pause that another connection reports does not replace a longer one, unless the settings changed or a person retried', () => {
  const { state, fails } = stateAtZero()
  expect([fails('later'), fails('yes')]).toEqual([HOUR_MS, HOUR_MS])
  state.tooManyConnections(0.5)
  state.rateLimitedUntil(new Date(SECOND_MS))
  expect(state.waitMs(queue)).toBe(HOUR_MS)
  expect(fails('yes', { ...queue, version: 2 })).toBe(first)
  expect([fails('later', { ...queue, version: 2 }), fails('yes', { ...queue, version: 2, retryNowCount: 1 })]).toEqual([
    HOUR_MS,
    first,
  ])
})
