import { type Clock, systemClock } from '../kernel/clock'
import type { Db } from './client'

/** How often one look asks: the sooner an answer comes, the more exact it is, and the first question may have to open a connection. */
const QUESTIONS = 3

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
    },
  }
}
