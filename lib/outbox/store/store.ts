import { type Db, isOfData } from '../../db/client'
import { wakeOthers } from '../../db/notify'
import type { Clock } from '../../kernel/clock'
import { outboxPauses } from '../../mail-server/store/pauses'
import { type OutboxStore, Unstorable } from '../ports'
import { outboxClaims } from './claim'
import { outboxBackups } from './failover'
import { insertMessages, readWaiting } from './insert'
import { outboxPages } from './pages'
import { outboxPermits } from './rate-limits'
import { settleMessages } from './record-results'
import { outboxRetention } from './retention'
import { outboxTraffic } from './traffic'

/** @param clock the database's, since leases and permits of several machines are compared. */
export function createOutboxStore(db: Db, clock: Pick<Clock, 'now'>): OutboxStore {
  const now = () => clock.now()
  return {
    insert: (messages) => storing(insertMessages(db, messages)),
    waiting: () => readWaiting(db),
    wake: () => wakeOthers(db),
    settle: (results) => storing(settleMessages(db, results, now())),
    ...outboxClaims(db, now),
    ...outboxPermits(db, now),
    ...outboxPauses(db, now),
    ...outboxBackups(db, now),
    ...outboxPages(db, now),
    ...outboxRetention(db, now),
    ...outboxTraffic(db, now),
  }
}

async function storing<T>(written: Promise<T>): Promise<T> {
  try {
    return await written
  } catch (thrown) {
    throw isOfData(thrown) ? new Unstorable('Not all of a group can be stored', { cause: thrown }) : thrown
  }
}

/** Whether there is anything to deliver: by partial indexes, so it may be asked each second. */
export async function outboxIsDue(db: Db): Promise<boolean> {
  const [row] = await db.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM "Message" WHERE "state" = 'queued') OR EXISTS (SELECT 1 FROM "Message" WHERE "state" = 'sending') AS due`
  return row?.due ?? false
}
