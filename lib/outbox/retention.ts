import { auditEntry, audited } from '../audit'
import { ONLY_ROW, type Tx } from '../db'
import { actorName, type Caller, DAY_MS, fail, ok, type Result } from '../kernel'
import type { Retention } from './store/retention'
import type { OutboxDeps } from './store/store'

export const RETENTION_FIELDS = ['messageDays', 'failedBodyDays'] as const
/** Ten years; nothing is kept for ever. */
export const MESSAGE_DAYS_MAX = 3650
/** The Overview page shows 30 days of counters, and a mailbox's recipients of the day are counted by them. */
const COUNTER_DAYS_MIN = 31
const REMOVED_AT_ONCE = 2_000
/** In each hourly run: more than any hour brings. */
const REMOVALS_MAX = 2_000

/** The fields without a possible number of days; a text cannot be kept longer than its message. */
export type RetentionFault = readonly (keyof Retention)[] | 'changed'

/** @param input.version the version that the change is based on: if another person saved in between, the save is refused */
export async function saveRetention(
  deps: OutboxDeps,
  caller: Caller,
  { messageDays, failedBodyDays, version }: Retention & { version: number },
): Promise<Result<void, RetentionFault>> {
  const retention = { messageDays, failedBodyDays }
  const wrong = wrongIn(retention)
  if (wrong.length > 0) return fail(wrong)
  const before = await deps.store.retention()
  const audit = auditEntry('retention.change', caller, 'retention:messages', {
    ...retention,
    messageDaysBefore: before.messageDays,
    failedBodyDaysBefore: before.failedBodyDays,
  })
  const data = { ...retention, version: version + 1, updatedBy: actorName(caller.actor) }
  const save = (tx: Tx, updatedAt: Date) =>
    tx.retention.updateMany({ where: { ...ONLY_ROW, version }, data: { ...data, updatedAt } })
  const wanted = { read: (tx: Tx) => tx.retention.findUnique({ where: ONLY_ROW }), values: retention }
  return (await audited(deps, audit, save, wanted)) ? ok(undefined) : fail('changed')
}

function wrongIn({ messageDays, failedBodyDays }: Retention): (keyof Retention)[] {
  const isPossible = Number.isInteger(messageDays) && messageDays >= 1 && messageDays <= MESSAGE_DAYS_MAX
  const max = isPossible ? messageDays : MESSAGE_DAYS_MAX
  const isTextPossible = Number.isInteger(failedBodyDays) && failedBodyDays >= 0 && failedBodyDays <= max
  return RETENTION_FIELDS.filter((name) => !(name === 'messageDays' ? isPossible : isTextPossible))
}

/** Removes what has been kept long enough; run by the scheduler. Returns how many messages and texts it removed. */
export async function removeOld({ store, clock }: OutboxDeps): Promise<number> {
  const { messageDays, failedBodyDays } = await store.retention()
  const before = (days: number) => new Date(clock.now().getTime() - days * DAY_MS)
  const limits = {
    failedBodiesBefore: before(failedBodyDays),
    messagesBefore: before(messageDays),
    countersBefore: before(Math.max(messageDays, COUNTER_DAYS_MIN)),
    rows: REMOVED_AT_ONCE,
  }
  let removed = 0
  for (let turn = 0; turn < REMOVALS_MAX; turn++) {
    const count = await store.removeOld(limits)
    removed += count
    if (count === 0) break
  }
  return removed
}
