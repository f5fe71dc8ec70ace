import { type Bound, bind, type Clock, MINUTE_MS, SECOND_MS, systemClock } from '../kernel'
import type { Db } from './client'

/** How often one look asks: the sooner an answer comes, the more exact it is, and the first question may have to open a connection. */
const QUESTIONS = 3
/** How often the clock is compared with the database's. */
export const SYNC_MS = MINUTE_MS
/** A step of this machine's calendar by this much: it may have been suspended, when the monotonic clock does not run. */
const STEP_MS = SECOND_MS

export type DatabaseClock = ReturnType<typeof createDatabaseClock>
/** A clock that is the same for all machines. */
export type SharedClock = Omit<DatabaseClock, 'sync'>

/**
 * The database's time: one for all processes, on any number of machines. Between two looks it runs by the monotonic clock, so a
 * step of this machine's calendar moves neither a lease nor a rate-limit token.
 */
export function createDatabaseClock(db: Db, own: Clock = systemClock) {
  const ownAheadMs = (): number => own.now().getTime() - own.monotonicMs()
  let aheadMs = ownAheadMs()
  let synced = { atMs: Number.NEGATIVE_INFINITY, ownAheadMs: aheadMs }
  let syncing: Promise<void> | null = null
  const now = (): Date => new Date(aheadMs + own.monotonicMs())

  /** Asks the database for its time. Until the first answer it is this machine's. */
  async function sync(): Promise<void> {
    let [soonestMs, soonestAheadMs] = [Number.POSITIVE_INFINITY, aheadMs]
    for (let question = 0; question < QUESTIONS; question++) {
      const askedMs = own.monotonicMs()
      const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
      const tookMs = own.monotonicMs() - askedMs
      if (!row || tookMs >= soonestMs) continue
      soonestMs = tookMs
      soonestAheadMs = row.now.getTime() - (askedMs + tookMs / 2)
    }
    aheadMs = soonestAheadMs
    synced = { atMs: own.monotonicMs(), ownAheadMs: ownAheadMs() }
  }

  /** The time, for which the database is asked if the last answer is too old. */
  async function current(): Promise<Date> {
    const hasStepped = Math.abs(ownAheadMs() - synced.ownAheadMs) >= STEP_MS
    if (hasStepped || own.monotonicMs() - synced.atMs >= SYNC_MS) {
      syncing ??= sync().finally(() => {
        syncing = null
      })
      await syncing
    }
    return now()
  }

  return { now, monotonicMs: () => own.monotonicMs(), sync, current }
}

/**
 * For processes that answer requests: its `now` need not be preceded by a look at the database's time. If the last answer is too old, the
 * database is asked in the background. While it does not answer, the time runs on from the last answer.
 */
export function createSharedClock(db: Db): DatabaseClock {
  const clock = createDatabaseClock(db, systemClock)
  const ask = () => void clock.current().catch(() => {})
  ask()
  const now = (): Date => {
    ask()
    return clock.now()
  }
  return { ...clock, now }
}

/** Binds operations as `bind` does. Each begins with a look at the shared time, so that `clock.now` is right while it runs. */
export function bindCurrent<
  D extends { clock: SharedClock },
  T extends Record<string, (deps: D, ...args: never[]) => Promise<unknown>>,
>(deps: D, operations: T): { [K in keyof T]: Bound<T[K]> } {
  const current = Object.entries(operations).map(([name, operation]) => [
    name,
    async (...all: Parameters<typeof operation>) => {
      await deps.clock.current()
      return operation(...all)
    },
  ])
  return bind(deps, Object.fromEntries(current) as T)
}
