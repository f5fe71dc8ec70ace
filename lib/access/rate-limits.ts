import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible'
import type { Db } from '../db/client'
import { FREE_TRIES, type GuessGuard, type Limiter, type Turn, waitAfterStrike } from './limits'

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

export interface Use {
  name: string
  key: string
  points: number
  perSeconds: number
}

type EachTurn = { ok: true } | { ok: false; waitMs: number; name: string }

/**
 * One use of several limits, counted by one statement: all of them, or none when one is used up; then the longest wait is
 * told, and whose it is. In the order of their keys, so that two at once do not lock each other out. Rows are the vendor's own kind.
 */
export async function takeEach(db: Db, uses: readonly Use[]): Promise<EachTurn> {
  const now = Date.now()
  const limits = new Map(uses.map((use) => [`${use.name}:${use.key}`, use]))
  const keys = [...limits.keys()].sort()
  const expiries = keys.map((key) => new Date(now + (limits.get(key)?.perSeconds ?? 0) * 1000).toISOString())
  const rows = await db.$queryRaw<{ key: string; points: number; expire: Date }[]>`
    INSERT INTO "RateLimit" AS kept ("key", "points", "expire")
    SELECT "key", 1, "expire" FROM unnest(${keys}::text[], ${expiries}::timestamp[]) AS use("key", "expire")
    ON CONFLICT ("key") DO UPDATE SET
      "points" = CASE WHEN kept."expire" <= ${new Date(now)}::timestamp THEN 1 ELSE kept."points" + 1 END,
      "expire" = CASE WHEN kept."expire" <= ${new Date(now)}::timestamp THEN EXCLUDED."expire" ELSE kept."expire" END
    RETURNING "key", "points", "expire"`
  const full = rows.filter(({ key, points }) => points > (limits.get(key)?.points ?? 0))
  if (full.length === 0) return { ok: true }
  await db.rateLimit.updateMany({ where: { key: { in: keys } }, data: { points: { decrement: 1 } } })
  // Another's window may have begun by a clock that is some milliseconds ahead of what this one read.
  const waits = full.map(({ key, expire }) => ({
    name: limits.get(key)?.name ?? '',
    waitMs: Math.max(1000, Math.min(expire.getTime() - now, (limits.get(key)?.perSeconds ?? 0) * 1000)),
  }))
  const longest = waits.reduce((one, other) => (other.waitMs > one.waitMs ? other : one))
  return { ok: false, ...longest }
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
