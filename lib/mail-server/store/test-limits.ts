import { takeEach } from '../../access/rate-limits'
import type { Db } from '../../db/client'
import { fail, ok } from '../../kernel/result'
import type { TestLimiter } from '../ports'

/** N-06. Each counts in the database, so a restart forgives nothing. */
const OF_OPERATOR = [
  { name: 'test-minute', points: 5, perSeconds: 60, limit: 'operatorMinute' },
  { name: 'test-hour', points: 30, perSeconds: 3600, limit: 'operatorHour' },
] as const
const OF_ALL = { name: 'test-hour-all', key: 'all', perSeconds: 3600 } as const
const ALL_POINTS = 60
/** A script must not be able to keep the people out who look for a fault. */
const LEFT_TO_PAGE = 10

/** Counts each test against all its limits at once; a refused one counts nowhere, so waiting the told time suffices. */
export function createTestLimiter(db: Db): TestLimiter {
  return {
    async consume(who) {
      const uses =
        who === null
          ? [{ ...OF_ALL, points: ALL_POINTS - LEFT_TO_PAGE, limit: 'consoleButPage' as const }]
          : [
              ...OF_OPERATOR.map((use) => ({ ...use, key: who })),
              { ...OF_ALL, points: ALL_POINTS, limit: 'console' as const },
            ]
      const turn = await takeEach(db, uses)
      if (turn.ok) return ok(undefined)
      const limit = uses.find(({ name }) => name === turn.name)?.limit ?? 'console'
      return fail({ limit, retryAfterMs: turn.waitMs })
    },
  }
}
