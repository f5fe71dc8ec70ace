import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../kernel'
import { pauseUntil } from './turn'

const now = new Date('2026-12-01T12:00:00Z')

test.each([
  ['is 15 seconds at first', 0, null, 15 * SECOND_MS],
  ['is half of the time that has passed', 10 * MINUTE_MS, null, 5 * MINUTE_MS],
  ['is six hours at most', 48 * HOUR_MS, null, 6 * HOUR_MS],
  ['is as long as Microsoft asks', 10 * MINUTE_MS, HOUR_MS, HOUR_MS],
  ['is six hours at most, whatever Microsoft asks', 0, 48 * HOUR_MS, 6 * HOUR_MS],
])('the pause of a replacement %s', (_, passedMs, retryAfterMs, pauseMs) => {
  const since = new Date(now.getTime() - passedMs)
  expect(pauseUntil(since, now, retryAfterMs).getTime() - now.getTime()).toBe(pauseMs)
})
