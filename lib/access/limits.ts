/** The answer of a counter: go on, or wait. */
export type Turn = { ok: true } | { ok: false; waitMs: number }

/**
 * A counter in the database, so that it holds across restarts and processes. `take` counts one use atomically: of many
 * at once no more than the allowance get through.
 */
export interface Limiter {
  take(key: string): Promise<Turn>
  /** Gives one use back, e.g. after a success that should not count. */
  giveBack(key: string): Promise<void>
}

/** Guessing at one thing: a few tries at once, then one after each ever longer wait. */
export interface GuessGuard {
  /** Counts the try before it is made, so that parallel tries cannot overtake the count. */
  beforeTry(key: string): Promise<Turn>
  /** The right answer clears the count. */
  afterSuccess(key: string): Promise<void>
}

/** Tries that are free, before the first wait. */
export const FREE_TRIES = 5
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 15 * 60_000

/** How long to wait after the n-th time the tries were used up (from 1): doubling, 15 minutes at most. */
export const waitAfterStrike = (strike: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, Math.min(strike, 10) - 1))
