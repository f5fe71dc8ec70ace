import { HOUR_MS, SECOND_MS } from '../../kernel/time'

const PAUSE_MIN_MS = 15 * SECOND_MS
const PAUSE_MAX_MS = 6 * HOUR_MS

/** Half the time that has passed: pauses grow without a counter, which would have to survive a crash. */
export function pauseUntil(since: Date, now: Date, retryAfterMs: number | null = null): Date {
  const grown = Math.min(PAUSE_MAX_MS, (now.getTime() - since.getTime()) / 2)
  return new Date(now.getTime() + Math.max(PAUSE_MIN_MS, grown, Math.min(retryAfterMs ?? 0, PAUSE_MAX_MS)))
}
