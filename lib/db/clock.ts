import { type Clock, systemClock } from '../kernel/clock'
import type { Db } from './client'

export interface DatabaseClock extends Clock {
  /** Asks the database for its time. Until the first answer it is this machine's. */
  sync(): Promise<void>
}

/**
 * The database's time: one for all processes, on any number of machines. Between two looks it runs by the monotonic clock, so a
 * step of this machine's calendar moves neither a lease nor a rate-limit token.
 */
export function createDatabaseClock(db: Db, own: Clock = systemClock): DatabaseClock {
  let aheadMs = own.now().getTime() - own.monotonicMs()
  return {
    now: () => new Date(aheadMs + own.monotonicMs()),
    monotonicMs: () => own.monotonicMs(),
    async sync() {
      const askedMs = own.monotonicMs()
      const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
      const answeredMs = own.monotonicMs()
      if (row) aheadMs = row.now.getTime() - (askedMs + answeredMs) / 2
    },
  }
}
