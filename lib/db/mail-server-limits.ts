import { fail, ok } from '../kernel/result'
import type { TestLimiter } from '../mail-server/ports'
import type { Db } from './client'
import { takeEach } from './limits'

/** N-06. Each counts in the database, so a restart forgives nothing. */
const LIMITS = [
  { name: 'test-minute', points: 5, perSeconds: 60, each: true },
  { name: 'test-hour', points: 30, perSeconds: 3600, each: true },
  { name: 'test-hour-all', points: 60, perSeconds: 3600, each: false },
] as const

/** Counts each test against all three at once; a refused one counts nowhere, so waiting the told time suffices. */
export function createTestLimiter(db: Db): TestLimiter {
  return {
    async consume(who) {
      const uses = LIMITS.flatMap(({ each, ...limit }) => {
        const key = each ? who : 'all'
        return key === null ? [] : [{ ...limit, key }]
      })
      const turn = await takeEach(db, uses)
      return turn.ok ? ok(undefined) : fail({ retryAfterMs: turn.waitMs })
    },
  }
}
