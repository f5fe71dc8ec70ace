import { takeEach } from '../../access/rate-limits'
import type { Db } from '../../db'
import { fail, ok, type Result } from '../../kernel'
import type { TestLimitReached } from '../connection-test/limit'

const OF_OPERATOR = [
  { name: 'test-minute', points: 5, perSeconds: 60, limit: 'operatorMinute' },
  { name: 'test-hour', points: 30, perSeconds: 3600, limit: 'operatorHour' },
] as const
const OF_ALL = { name: 'test-hour-all', key: 'all', perSeconds: 3600 } as const
const ALL_POINTS = 60
/** Tests of an hour that are reserved for people at the page: a script must not lock them out while they search for a fault. */
const LEFT_TO_PAGE = 10

/**
 * Counts a test against all its limits at once. The counters are in the database, so that a restart resets none of them. A
 * refused test counts against no limit, so the returned wait suffices.
 *
 * @param operatorId null for the command line and the worker, which count only against the limit of the whole console
 */
export async function countTest(db: Db, operatorId: string | null): Promise<Result<void, TestLimitReached>> {
  const uses =
    operatorId === null
      ? [{ ...OF_ALL, points: ALL_POINTS - LEFT_TO_PAGE, limit: 'consoleButPage' as const }]
      : [
          ...OF_OPERATOR.map((use) => ({ ...use, key: operatorId })),
          { ...OF_ALL, points: ALL_POINTS, limit: 'console' as const },
        ]
  const turn = await takeEach(db, uses)
  if (turn.ok) return ok(undefined)
  const limit = uses.find(({ name }) => name === turn.name)?.limit ?? 'console'
  return fail({ limit, retryAfterMs: turn.waitMs })
}
