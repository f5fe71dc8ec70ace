import { MINUTE_MS, NEVER } from '../../kernel'
import type { Db } from '../client'

/** Longer than any lease, and than what follows the use of a rate-limit token. */
const LEASE = '5 minutes'
/** Longer than any pause between two attempts. */
const PAUSE = '6 hours'
/** The longest learning mode. */
const LEARNING = '2 hours'
/** A weekly report that is due later than this was sent by a clock that was wrong. It is sent again when its time comes. */
const REPORT = '2 days'
/** A clock that was set by less only makes the next look sooner or later. */
const STEP_MS = MINUTE_MS

/**
 * Ends leases, waits and a learning mode that a clock has written which was ahead and was set back since: they would last until the time
 * that it showed. An alert would be neither repeated nor over until then, and no later answer of Entra would be kept on its credential.
 * An answer from before a credential came into use is not taken for one in use. A refused one that was added ahead would count as not yet
 * known, and one that was replaced ahead would not be removed; of several, the one that was replaced last stays the newest. What waits no
 * longer than it may is left as it is, so that any worker can do it at any time.
 */
export async function endWaitsOfFastClock(db: Db): Promise<void> {
  await db.$executeRaw`
    WITH "time" AS (
      SELECT "now", "now" + ${LEASE}::interval AS "lease", "now" + ${PAUSE}::interval AS "pause" FROM clock_timestamp() AS "now"),
    tokens AS (
      UPDATE "RateLimitToken" SET "freeAt" = "now", "closedUntil" = NULL FROM "time"
      WHERE greatest("freeAt", "closedUntil") > "lease"),
    claimed AS (
      UPDATE "Message" SET "leasedUntil" = "now", "dueAt" = least("dueAt", "now") FROM "time"
      WHERE "state" = 'sending' AND "leasedUntil" > "lease"),
    waiting AS (
      UPDATE "Message" SET "dueAt" = "now" FROM "time"
      WHERE "state" = 'queued' AND ("dueAt" > "pause" OR ("dueAt" > "now" AND "acceptedAt" > "now"))),
    further AS (
      UPDATE "OtherQueue" q SET "dueAt" = "now" FROM "time", "Message" m WHERE m."id" = q."messageId"
        AND (q."dueAt" > "pause" OR (q."dueAt" > "now" AND m."acceptedAt" > "now")) AND q."dueAt" < ${NEVER}),
    events AS (UPDATE "MessageEvent" SET "nextAttemptAt" = "now" FROM "time" WHERE "nextAttemptAt" > "pause"),
    webhooks AS (UPDATE "NotificationChannel" SET "eventsUntil" = NULL FROM "time" WHERE "eventsUntil" > "lease"),
    rotations AS (
      UPDATE "Rotation" SET "nextAttemptAt" = "now" FROM "time" WHERE "endedAt" IS NULL AND "nextAttemptAt" > "pause"),
    retries AS (UPDATE "PropagationRetry" SET "nextAt" = "now" FROM "time" WHERE "endedAt" IS NULL AND "nextAt" > "pause"),
    readings AS (
      UPDATE "InventoryRun" SET "leasedUntil" = NULL, "waitsUntil" = NULL, "startedAt" = least("startedAt", "now") FROM "time"
      WHERE greatest("leasedUntil", "startedAt") > "lease" OR "waitsUntil" > "pause"),
    answers AS (
      UPDATE "Credential" c SET "acceptedAt" = CASE WHEN "acceptedAt" > "now" THEN "now" - interval '1 ms' ELSE "acceptedAt" END,
        "refusedAt" = CASE WHEN "refusedAt" > "now" THEN "now" ELSE "refusedAt" END,
        "currentSince" = CASE WHEN "currentSince" > "now" THEN "now" ELSE "currentSince" END,
        "replacedAt" = CASE WHEN "replacedAt" > "now" THEN "now" - interval '1 ms' * (
          SELECT count(*) FROM "Credential" n WHERE n."mailServerId" = c."mailServerId" AND n."replacedAt" > c."replacedAt")
          ELSE "replacedAt" END,
        "foundAt" = CASE WHEN "foundAt" > "now" THEN "now" ELSE "foundAt" END, "createdAt" = least("createdAt", "now") FROM "time"
      WHERE greatest("acceptedAt", "refusedAt", "currentSince", "replacedAt", "foundAt", "createdAt") > "lease"),
    alerts AS (UPDATE "Alert" SET "heldAt" = "now" FROM "time" WHERE "closedAt" IS NULL AND "heldAt" > "lease"),
    notifications AS (UPDATE "Reminder" SET "dueAt" = "now" FROM "time" WHERE "alertId" IS NOT NULL AND "dueAt" > "lease"),
    reports AS (
      DELETE FROM "Reminder" USING "time" WHERE "week" IS NOT NULL AND "dueAt" > "now" + ${REPORT}::interval),
    learning AS (
      UPDATE "Client" SET "learningUntil" = "now" FROM "time" WHERE "learningUntil" > "now" + ${LEARNING}::interval)
    UPDATE "MailServer" SET "nextProbeAt" = "now" FROM "time" WHERE "nextProbeAt" > "pause"`
  const [queue] = await db.$queryRaw<{ exists: boolean }[]>`SELECT to_regclass('pgboss.job') IS NOT NULL AS "exists"`
  if (queue?.exists) await endWaitsOfScheduler(db)
}

/** pg-boss begins no job until as much time has passed since the latest one as is between two of them. */
const endWaitsOfScheduler = (db: Db): Promise<number> =>
  db.$executeRaw`
    WITH "time" AS (SELECT clock_timestamp() AS "now"),
    jobs AS (
      UPDATE pgboss.job SET "start_after" = least("start_after", "now"), "started_on" = least("started_on", "now"),
        "heartbeat_on" = least("heartbeat_on", "now") FROM "time"
      WHERE "state" < 'completed' AND greatest("start_after", "started_on", "heartbeat_on") > "now" + ${LEASE}::interval),
    passes AS (
      UPDATE pgboss.queue SET "monitor_claim_on" = NULL, "monitor_on" = NULL, "maintain_on" = NULL FROM "time"
      WHERE greatest("monitor_claim_on", "monitor_on", "maintain_on") > "now")
    UPDATE pgboss.version SET "cron_on" = NULL, "flow_on" = NULL, "bam_on" = NULL, "reindex_on" = NULL FROM "time"
    WHERE greatest("cron_on", "flow_on", "bam_on", "reindex_on") > "now"`

/**
 * Looks at the calendars of this machine and of the database. Returns whether one was set back since the look before, or set ahead, as that
 * of a machine that was suspended.
 */
export function watchCalendars(db: Db): () => Promise<'back' | 'ahead' | null> {
  let latest: readonly number[] = []
  return async () => {
    const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
    const before = latest
    latest = [Date.now(), Number(row?.now)].map((ms) => ms - performance.now())
    const steps = latest.map((aheadMs, index) => aheadMs - (before[index] ?? aheadMs))
    if (steps.some((ms) => ms < -STEP_MS)) return 'back'
    return steps.some((ms) => ms > STEP_MS) ? 'ahead' : null
  }
}
