import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible'
import { FREE_TRIES, type GuessGuard, type Limiter, type Turn, waitAfterStrike } from '../access/limits'
import type { Db } from './client'

/** Strikes are forgotten after a day without one. */
const STRIKES_KEPT_SECONDS = 24 * 60 * 60
/** Free tries come back after this long without a wait. */
const TRIES_KEPT_SECONDS = 15 * 60
const NO_LIMIT = 1_000_000

const counter = (db: Db, keyPrefix: string, points: number, duration: number): RateLimiterPrisma =>
  new RateLimiterPrisma({ storeClient: db, tableName: 'rateLimit', keyPrefix, points, duration })

/** The vendor rejects with its result when the allowance is used up, and with an error when the database is away. */
async function take(limiter: RateLimiterPrisma, key: string, points: number): Promise<{ turn: Turn; left: number }> {
  try {
    const { remainingPoints } = await limiter.consume(key, points)
    return { turn: { ok: true }, left: remainingPoints }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return { turn: { ok: false, waitMs: Math.max(refused.msBeforeNext, 1000) }, left: 0 }
  }
}

/** So many uses of a key in a time, counted by an atomic increment in the database. */
export function createLimiter(db: Db, limit: { name: string; points: number; perSeconds: number }): Limiter {
  const limiter = counter(db, limit.name, limit.points, limit.perSeconds)
  return {
    take: async (key) => (await take(limiter, key, 1)).turn,
    giveBack: async (key) => {
      await limiter.reward(key, 1)
    },
  }
}

/**
 * Five tries, then a wait that doubles with each further try, up to 15 minutes. After the first wait one try takes the whole
 * allowance, and whichever try takes the last of it starts the next wait, before anything is checked.
 */
export function createGuessGuard(db: Db, name: string): GuessGuard {
  const tries = counter(db, `${name}-tries`, FREE_TRIES, TRIES_KEPT_SECONDS)
  const strikes = counter(db, `${name}-strikes`, NO_LIMIT, STRIKES_KEPT_SECONDS)
  return {
    async beforeTry(key) {
      const struck = (await strikes.get(key)) !== null
      const { turn, left } = await take(tries, key, struck ? FREE_TRIES : 1)
      if (turn.ok && left === 0) {
        const { consumedPoints } = await strikes.consume(key, 1)
        await tries.block(key, Math.ceil(waitAfterStrike(consumedPoints) / 1000))
      }
      return turn
    },
    async afterSuccess(key) {
      await Promise.all([tries.delete(key), strikes.delete(key)])
    },
  }
}
