import { type Db, Prisma } from '../db'
import { MINUTE_MS, SECOND_MS } from '../kernel'

/** The answer of a counter: continue, or wait. */
export type Turn = { ok: true } | { ok: false; waitMs: number }

export const FREE_GUESSES = 5
const FIRST_WAIT_MS = 30 * SECOND_MS
const LONGEST_WAIT_MS = 15 * MINUTE_MS

/** How long to wait after the n-th time (from 1) that the free attempts were used up: it doubles, up to 15 minutes. */
export const waitAfterStrike = (strike: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, strike - 1))

/** Strikes are forgotten after a day without one. */
const STRIKES_KEPT_SECONDS = 24 * 60 * 60
/** The free attempts are available again after this time without a wait. */
const GUESSES_KEPT_SECONDS = 15 * 60

interface Counter {
  key: string
  perSeconds: number
}

interface Count {
  key: string
  points: number
  leftMs: number
}

/** The database's time, because the clocks of two consoles may differ. */
const NOW = Prisma.sql`(statement_timestamp() AT TIME ZONE 'UTC')`
const LEFT_MS = Prisma.sql`(extract(epoch FROM "expire" - ${NOW}) * 1000)::float8 AS "leftMs"`
/** A period that ends later than it could was begun by a clock that has been set back since, and counts as over. */
const SET_BACK_MS = MINUTE_MS

/** Counts points in one statement, in the period of each key or, if it is over, in a new one. */
async function count(db: Db, counters: readonly Counter[], points = 1): Promise<Count[]> {
  // Sorted, so that two concurrent calls cannot deadlock.
  const seconds = new Map(counters.map(({ key, perSeconds }) => [key, perSeconds]))
  const keys = [...seconds.keys()].sort()
  const isOver = Prisma.sql`(stored."expire" <= ${NOW} OR stored."expire" > EXCLUDED."expire" + ${SET_BACK_MS} * interval '1 ms')`
  return db.$queryRaw<Count[]>`
    INSERT INTO "RateLimit" AS stored ("key", "points", "expire")
    SELECT "key", ${points}::int, ${NOW} + "seconds" * interval '1 second'
    FROM unnest(${keys}::text[], ${keys.map((key) => seconds.get(key))}::int[]) AS use("key", "seconds")
    ON CONFLICT ("key") DO UPDATE SET
      "points" = CASE WHEN ${isOver} THEN EXCLUDED."points" ELSE stored."points" + EXCLUDED."points" END,
      "expire" = CASE WHEN ${isOver} THEN EXCLUDED."expire" ELSE stored."expire" END
    RETURNING "key", "points", ${LEFT_MS}`
}

/** The counts so far. Counts nothing. */
const countsOf = (db: Db, keys: readonly string[], lock = Prisma.empty): Promise<Count[]> =>
  db.$queryRaw`SELECT "key", "points", ${LEFT_MS} FROM "RateLimit" WHERE "key" = ANY(${keys}::text[]) ORDER BY "key" ${lock}`

async function giveBack(db: Db, keys: readonly string[]): Promise<void> {
  await db.rateLimit.updateMany({
    where: { key: { in: [...keys] }, points: { gt: 0 } },
    data: { points: { decrement: 1 } },
  })
}

const waitOf = (leftMs: number, perSeconds: number): number =>
  Math.max(SECOND_MS, Math.min(leftMs, perSeconds * SECOND_MS))

export type Limiter = ReturnType<typeof createLimiter>

/** Limits the uses of a key in a period. The counter is in the database, so it holds across restarts and processes. */
export function createLimiter(db: Db, { name, points, perSeconds }: Omit<Use, 'key'>) {
  const nameOf = (key: string) => `${name}:${key}`
  return {
    /** Counts one use atomically: of many concurrent uses no more than the limit succeed. */
    async take(key: string): Promise<Turn> {
      const [used] = await count(db, [{ key: nameOf(key), perSeconds }])
      return used && used.points > points ? { ok: false, waitMs: waitOf(used.leftMs, perSeconds) } : { ok: true }
    },
    /** Takes back one use, e.g. after a success that should not count. */
    giveBack: (key: string): Promise<void> => giveBack(db, [nameOf(key)]),
  }
}

export interface Use extends Counter {
  name: string
  points: number
}

type EachTurn = { ok: true } | { ok: false; waitMs: number; name: string }

/**
 * Counts one use of several limits in one statement: all of them, or none if one is reached, with the longest wait and the name of its
 * limit.
 */
export async function takeEach(db: Db, uses: readonly Use[]): Promise<EachTurn> {
  const limits = uses.map((use) => ({ ...use, key: `${use.name}:${use.key}` }))
  const counts = await count(db, limits)
  const waits = counts.flatMap(({ key, points, leftMs }) => {
    const limit = limits.find((each) => each.key === key)
    return limit && points > limit.points ? [{ name: limit.name, waitMs: waitOf(leftMs, limit.perSeconds) }] : []
  })
  const [longest] = waits.sort((one, other) => other.waitMs - one.waitMs)
  if (!longest) return { ok: true }
  await giveBack(
    db,
    limits.map(({ key }) => key),
  )
  return { ok: false, ...longest }
}

export type GuessGuard = ReturnType<typeof createGuessGuard>

/**
 * Limits guesses: five attempts unless the caller names another number, then a wait that doubles with each further attempt, up to 15
 * minutes. After the first wait one attempt uses the whole allowance, and the attempt that uses the last of it starts the next wait before
 * it is checked.
 */
export function createGuessGuard(db: Db, name: string, freeGuesses = FREE_GUESSES) {
  const guessesOf = (key: string): Counter => ({ key: `${name}-guesses:${key}`, perSeconds: GUESSES_KEPT_SECONDS })
  const strikesOf = (key: string): Counter => ({ key: `${name}-strikes:${key}`, perSeconds: STRIKES_KEPT_SECONDS })
  const waitsAmong = async (keys: readonly string[], lock?: Prisma.Sql) => {
    const counts = await countsOf(
      db,
      keys.map((key) => guessesOf(key).key),
      lock,
    )
    const longestMs = GUESSES_KEPT_SECONDS * SECOND_MS + SET_BACK_MS
    return counts.filter(({ points, leftMs }) => points >= freeGuesses && leftMs > 0 && leftMs <= longestMs)
  }
  return {
    /** Counts the attempt before it is made, so that concurrent attempts cannot bypass the limit. */
    async beforeGuess(key: string): Promise<Turn> {
      const [guesses, strikes] = [guessesOf(key), strikesOf(key)]
      const struck = (await countsOf(db, [strikes.key])).some(({ leftMs }) => leftMs > 0)
      const [used] = await count(db, [guesses], struck ? freeGuesses : 1)
      if (used && used.points > freeGuesses) return { ok: false, waitMs: waitOf(used.leftMs, GUESSES_KEPT_SECONDS) }
      if (used?.points === freeGuesses) {
        const [strike] = await count(db, [strikes])
        await db.$executeRaw`
          UPDATE "RateLimit" SET "expire" = ${NOW} + ${waitAfterStrike(strike?.points ?? 1)} * interval '1 ms'
          WHERE "key" = ${guesses.key}`
      }
      return { ok: true }
    },
    /** Takes back an attempt that was counted and then not compared with anything. */
    async giveBack(key: string): Promise<void> {
      const [guesses, strikes] = [guessesOf(key).key, strikesOf(key).key]
      if ((await waitsAmong([key])).length === 0) return giveBack(db, [guesses])
      // A wait has begun, which is taken back too: of several attempts that were counted together, by one of them.
      const again = { where: { key: strikes, points: { gt: 1 } }, data: { points: { decrement: 1 } } }
      if ((await db.rateLimit.updateMany(again)).count > 0)
        return void (await db.rateLimit.deleteMany({ where: { key: guesses } }))
      const first = await db.rateLimit.deleteMany({ where: { key: strikes, points: 1 } })
      if (first.count === 0) return giveBack(db, [guesses])
      // The attempts that the wait refused do not count.
      await db.$executeRaw`
        UPDATE "RateLimit" SET "points" = least("points", ${freeGuesses}) - 1,
          "expire" = ${NOW} + ${GUESSES_KEPT_SECONDS} * interval '1 second'
        WHERE "key" = ${guesses}`
    },
    /** Whether attempts at one of these keys have to wait. Counts nothing, but waits for an attempt that any process is counting. */
    areBlocked: async (keys: readonly string[]): Promise<boolean> =>
      keys.length > 0 && (await waitsAmong(keys, Prisma.sql`FOR SHARE`)).length > 0,
    /** Milliseconds until the next attempt is checked, 0 if it would be now. */
    waitMs: async (key: string): Promise<number> => (await waitsAmong([key]))[0]?.leftMs ?? 0,
    /** Clears the count after a right answer. */
    async afterSuccess(key: string): Promise<void> {
      await db.rateLimit.deleteMany({ where: { key: { in: [guessesOf(key).key, strikesOf(key).key] } } })
    },
  }
}
