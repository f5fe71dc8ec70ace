import type { DatabaseClock, Db } from '../../db'
import { wakeOthersNow } from '../../db/notify'
import { bind, type Clock } from '../../kernel'
import { outboxPauses } from '../../mail-server/store/pauses'
import { claim, giveBack, reap } from './claim'
import type { StoreDeps } from './deps'
import { dueQueues, isBeingSent } from './due-queues'
import { failoverServerOf, moveMessages } from './failover'
import { failures, filterChoices, waitingFaults } from './failures'
import { insertAccepted } from './insert'
import { countsOf, failedBefore } from './list'
import { aheadOf, counts, list, message, nextAttemptAt, pulse, subjects, unconfirmed, waitingAt } from './messages'
import {
  absentWorkers,
  closeConnections,
  countWorkers,
  freeConnections,
  rateLimitTokenFreeAt,
  recipientsToday,
  releaseRateLimitTokens,
  renewLeases,
  takeRateLimitToken,
} from './rate-limits'
import { recordResults } from './record-results'
import { readRetention, removeOld } from './retention'
import { mailboxUse, traffic } from './traffic'
import { countsOfClients, readWaiting, waitingOf } from './waiting'

/** @param clock the database's time, since leases and rate-limit tokens of several machines are compared */
export function createOutboxStore(db: Db, clock: Pick<Clock, 'now'>) {
  const deps: StoreDeps = { db, now: () => clock.now(), ensuredTokens: new Map() }
  return {
    ...outboxPauses(db, deps.now),
    ...bind(db, { wake: wakeOthersNow }),
    ...bind(deps, { insert: insertAccepted, waiting: readWaiting }),
    ...bind(deps, { dueQueues, isBeingSent, claim, giveBack, reap, recordResults }),
    ...bind(deps, { takeRateLimitToken, releaseRateLimitTokens, rateLimitTokenFreeAt, renewLeases }),
    ...bind(deps, { absentWorkers, freeConnections, countWorkers, closeConnections, recipientsToday }),
    ...bind(deps, { failoverServerOf, moveMessages }),
    ...bind(deps, { list, message, counts, countsOf, failures, waitingFaults, filterChoices }),
    ...bind(deps, { pulse, waitingAt, nextAttemptAt, unconfirmed, aheadOf, failedBefore, subjects }),
    ...bind(deps, { retention: readRetention, removeOld }),
    ...bind(deps, { traffic, mailboxUse }),
    ...bind(deps, { countsOfClients, waitingOf }),
  }
}

export type OutboxStore = ReturnType<typeof createOutboxStore>

export interface OutboxDeps {
  db: Db
  store: OutboxStore
  clock: DatabaseClock
}

/** Whether there is anything to deliver. It reads partial indexes only, so it may be called every second. */
export async function outboxIsDue(db: Db): Promise<boolean> {
  const [row] = await db.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM "Message" WHERE "state" = 'queued') OR EXISTS (SELECT 1 FROM "Message" WHERE "state" = 'sending') AS due`
  return row?.due ?? false
}
