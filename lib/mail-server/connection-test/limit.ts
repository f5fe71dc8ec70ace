import type { ValidationError } from '../../validation/validation-error'

/** The tests of one person, of the whole console, or of everything but the page, which the last ten of an hour are left to. */
export type TestLimit = 'operatorMinute' | 'operatorHour' | 'console' | 'consoleButPage'

export interface TestLimitReached {
  limit: TestLimit
  retryAfterMs: number
}

/** From here on minutes say more than seconds. */
const MINUTES_FROM_SECONDS = 90

/** Which limit is used up, and when to try again. */
export function limitReached({
  limit,
  retryAfterMs,
}: TestLimitReached): ValidationError & { params: Record<string, string | number> } {
  const seconds = Math.ceil(retryAfterMs / 1000)
  const [unit, count] = seconds < MINUTES_FROM_SECONDS ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)]
  return { key: 'refused.tooManyTests', params: { limit, unit: unit as string, count: count as number } }
}
