/** `now` is the calendar time (UTC). `monotonicMs` only measures spans and never steps back. */
export interface Clock {
  now(): Date
  monotonicMs(): number
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }
