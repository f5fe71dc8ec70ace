import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible'
import { type Db, Prisma } from '../db'
import { MINUTE_MS, SECOND_MS } from '../kernel'

/** The answer of a counter: continue, or wait. */
export type Turn = { ok: true } | { ok: false; waitMs: number }

export const FREE_GUESSES = 5
const FIRST_WAIT_MS = 30 * SECOND_MS
const LONGEST_WAIT_MS = 15 * MINUTE_MS

/** How long to wait after the n-th time (from 1) that the free attempts were used up: it doubles, up to 15 minutes. */
export const waitAfterStrike = (strike: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, Math.min(strike, 10) - 1))

/** Strikes are forgotten after a day without one. */
const STRIKES_KEPT_SECONDS = 24 * 60 * 60
/** The free attempts are available again after this time without a wait. */
const GUESSES_KEPT_SECONDS = 15 * 60
const NO_LIMIT = 1_000_000

const counter = (db: Db, keyPrefix: string, points: number, duration: number): RateLimiterPrisma =>
  new RateLimiterPrisma({ storeClient: db, tableName: 'rateLimit', keyPrefix, points, duration })

/** What is left of a period. One that ends later than it could was begun by a clock that has been set back since, and counts as over. */
const leftMs = (untilEndMs: number, periodSeconds: number): number =>
  untilEndMs > periodSeconds * SECOND_MS + MINUTE_MS ? 0 : Math.max(untilEndMs, 0)

/** The library rejects with its result if the limit is reached, and with an error if the database is not available. */
async function take(limiter: RateLimiterPrisma, key: string, points: number): Promise<{ turn: Turn; left: number }> {
  try {
    const { remainingPoints } = await limiter.consume(key, points)
    return { turn: { ok: true }, left: remainingPoints }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    if (leftMs(refused.msBeforeNext, limiter.duration) === 0) {
      await limiter.delete(key)
      return take(limiter, key, points)
    }
    return { turn: { ok: false, waitMs: Math.max(refused.msBeforeNext, 1000) }, left: 0 }
  }
}

export type Limiter = ReturnType<typeof createLimiter>

/** Limits the uses of a key in a period. The counter is in the database, so it holds across restarts and processes. */
export function createLimiter(db: Db, limit: { name: string; points: number; perSeconds: number }) {
  const limiter = counter(db, limit.name, limit.points, limit.perSeconds)
  return {
    /** Counts one use atomically: of many concurrent uses no more than the limit succeed. */
    take: async (key: string): Promise<Turn> => (await take(limiter, key, 1)).turn,
    /** Takes back one use, e.g. after a success that should not count. */
    giveBack: async (key: string): Promise<void> => {
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
 * Counts one use of several limits in one statement: all of them, or none if one is reached, with the longest wait and the name of its
 * limit. The keys are sorted, so that two concurrent calls cannot deadlock. The rows have the format of the library.
 */
export async function takeEach(db: Db, uses: readonly Use[]): Promise<EachTurn> {
  const now = Date.now()
  const limits = new Map(uses.map((use) => [`${use.name}:${use.key}`, use]))
  const keys = [...limits.keys()].sort()
  const expiries = keys.map((key) => new Date(now + (limits.get(key)?.perSeconds ?? 0) * 1000).toISOString())
  // As in `leftMs`.
  const isOver = Prisma.sql`stored."expire" <= ${new Date(now)}::timestamp OR stored."expire" > EXCLUDED."expire" + interval '1 minute'`
  const rows = await db.$queryRaw<{ key: string; points: number; expire: Date }[]>`
    INSERT INTO "RateLimit" AS stored ("key", "points", "expire")
    SELECT "key", 1, "expire" FROM unnest(${keys}::text[], ${expiries}::timestamp[]) AS use("key", "expire")
    ON CONFLICT ("key") DO UPDATE SET
      "points" = CASE WHEN ${isOver} THEN 1 ELSE stored."points" + 1 END,
      "expire" = CASE WHEN ${isOver} THEN EXCLUDED."expire" ELSE stored."expire" END
    RETURNING "key", "points", "expire"`
  const full = rows.filter(({ key, points }) => points > (limits.get(key)?.points ?? 0))
  if (full.length === 0) return { ok: true }
  await db.rateLimit.updateMany({ where: { key: { in: keys } }, data: { points: { decrement: 1 } } })
  // The clock of another process may be some milliseconds ahead when it begins a period.
  const waits = full.map(({ key, expire }) => ({
    name: limits.get(key)?.name ?? '',
    waitMs: Math.max(1000, Math.min(expire.getTime() - now, (limits.get(key)?.perSeconds ?? 0) * 1000)),
  }))
  const longest = waits.reduce((one, other) => (other.waitMs > one.waitMs ? other : one))
  return { ok: false, ...longest }
}

export type GuessGuard = ReturnType<typeof createGuessGuard>

/**
 * Limits guesses: five attempts unless the caller names another number, then a wait that doubles with each further attempt, up to 15
 * minutes. After the first wait one attempt uses the whole allowance, and the attempt that uses the last of it starts the next wait before
 * it is checked.
 */
export function createGuessGuard(db: Db, name: string, freeGuesses = FREE_GUESSES) {
  const guesses = counter(db, `${name}-guesses`, freeGuesses, GUESSES_KEPT_SECONDS)
  const strikes = counter(db, `${name}-strikes`, NO_LIMIT, STRIKES_KEPT_SECONDS)
  return {
    /** Counts the attempt before it is made, so that concurrent attempts cannot bypass the limit. */
    async beforeGuess(key: string): Promise<Turn> {
      const struck = (await strikes.get(key)) !== null
      const { turn, left } = await take(guesses, key, struck ? freeGuesses : 1)
      if (turn.ok && left === 0) {
        const { consumedPoints } = await strikes.consume(key, 1)
        await guesses.block(key, Math.ceil(waitAfterStrike(consumedPoints) / 1000))
      }
      return turn
    },
    /** Takes back an attempt that was counted and then not compared with anything. */
    async giveBack(key: string): Promise<void> {
      const used = await guesses.get(key)
      if (!used) return
      if (used.consumedPoints < freeGuesses) return void (await guesses.reward(key, 1))
      // A wait has begun, which is taken back too: of several attempts that were counted together, by one of them.
      const strike = { key: strikes.getKey(key) }
      const again = { where: { ...strike, points: { gt: 1 } }, data: { points: { decrement: 1 } } }
      if ((await db.rateLimit.updateMany(again)).count > 0) return void (await guesses.delete(key))
      const first = await db.rateLimit.deleteMany({ where: { ...strike, points: 1 } })
      if (first.count === 0) return void (await guesses.reward(key, 1))
      // The wait had counted one more attempt, and those that it refused.
      await db.$executeRaw`
        UPDATE "RateLimit" SET "points" = least("points" - 2, ${freeGuesses - 1}),
          "expire" = ${new Date(Date.now() + GUESSES_KEPT_SECONDS * SECOND_MS).toISOString()}::timestamp
        WHERE "key" = ${guesses.getKey(key)}`
    },
    /** Whether attempts at one of these keys have to wait. Counts nothing, but waits for an attempt that any process is counting. */
    async areBlocked(keys: readonly string[]): Promise<boolean> {
      if (keys.length === 0) return false
      const rows = await db.$queryRaw<{ points: number; expire: Date | null }[]>`
        SELECT "points", "expire" FROM "RateLimit" WHERE "key" = ANY(${keys.map((key) => guesses.getKey(key))}::text[])
        ORDER BY "key" FOR SHARE`
      const now = Date.now()
      return rows.some(
        ({ points, expire }) =>
          points >= freeGuesses && expire !== null && leftMs(expire.getTime() - now, GUESSES_KEPT_SECONDS) > 0,
      )
    },
    /** Milliseconds until the next attempt is checked, 0 if it would be now. */
    async waitMs(key: string): Promise<number> {
      const used = await guesses.get(key)
      return used && used.consumedPoints >= freeGuesses ? leftMs(used.msBeforeNext, GUESSES_KEPT_SECONDS) : 0
    },
    /** Clears the count after a right answer. */
    async afterSuccess(key: string): Promise<void> {
      await Promise.all([guesses.delete(key), strikes.delete(key)])
    },
  }
}
