/** Whose limit it is: of one person, of the whole console, or of everything but the page (ten of an hour are reserved for it). */
export type TestLimit = 'operatorMinute' | 'operatorHour' | 'console' | 'consoleButPage'

export interface TestLimitReached {
  limit: TestLimit
  retryAfterMs: number
}

/** From this wait on, minutes are shown instead of seconds. */
const MINUTES_FROM_SECONDS = 90

/** Says which limit is used up, and when to retry. */
export function limitReached({ limit, retryAfterMs }: TestLimitReached) {
  const seconds = Math.ceil(retryAfterMs / 1000)
  const isSoon = seconds < MINUTES_FROM_SECONDS
  const wait = isSoon ? { unit: 'second', count: seconds } : { unit: 'minute', count: Math.ceil(seconds / 60) }
  return { key: 'refused.tooManyTests' as const, params: { limit, ...wait } }
}
