import { fail, ok } from '../kernel/result'
import type { TestLimiter } from '../mail-server/ports'
import type { Db } from './client'
import { createLimiter } from './limits'

/** N-06. Each counts in the database, so a restart forgives nothing. */
const LIMITS = [
  { name: 'test-minute', points: 5, perSeconds: 60, each: true },
  { name: 'test-hour', points: 30, perSeconds: 3600, each: true },
  { name: 'test-hour-all', points: 60, perSeconds: 3600, each: false },
] as const

/** Counts each test against all three; a refused one counts nowhere, so waiting the told time suffices. */
export function createTestLimiter(db: Db): TestLimiter {
  const limiters = LIMITS.map(({ each, ...limit }) => ({ each, limiter: createLimiter(db, limit) }))
  return {
    async consume(who) {
      const taken: (() => Promise<void>)[] = []
      for (const { each, limiter } of limiters) {
        const key = each ? who : 'all'
        if (key === null) continue
        const turn = await limiter.take(key)
        if (!turn.ok) {
          await Promise.all(taken.map((giveBack) => giveBack()))
          return fail({ retryAfterMs: turn.waitMs })
        }
        taken.push(() => limiter.giveBack(key))
      }
      return ok(undefined)
    },
  }
}
