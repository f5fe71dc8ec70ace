import { fail, ok } from '../kernel/result'
import type { TestLimiter } from '../mail-server/ports'
import type { Db } from './client'
import { createLimiter } from './limits'

/** N-06. Each counts in the database, so a restart forgives nothing. */
const LIMITS = [
  { name: 'test-minute', points: 5, perSeconds: 60, key: (who: string) => who },
  { name: 'test-hour', points: 30, perSeconds: 3600, key: (who: string) => who },
  { name: 'test-hour-all', points: 60, perSeconds: 3600, key: () => 'all' },
] as const

/** Counts each test against all three; a refused one counts nowhere, so waiting the told time suffices. */
export function createTestLimiter(db: Db): TestLimiter {
  const limiters = LIMITS.map(({ key, ...limit }) => ({ key, limiter: createLimiter(db, limit) }))
  return {
    async consume(who) {
      const taken: (() => Promise<void>)[] = []
      for (const { key, limiter } of limiters) {
        const turn = await limiter.take(key(who))
        if (!turn.ok) {
          await Promise.all(taken.map((giveBack) => giveBack()))
          return fail({ retryAfterMs: turn.waitMs })
        }
        taken.push(() => limiter.giveBack(key(who)))
      }
      return ok(undefined)
    },
  }
}
