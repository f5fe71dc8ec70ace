import type { Db } from '../db/client'
import { HOUR_MS } from '../kernel/time'
import { removeIdleRateLimitTokens } from '../outbox/store/rate-limits'
import { aheadSeconds } from './store/status'

/** A form left open over a day is answered as new. */
const FORM_TOKEN_MS = 24 * HOUR_MS
/** A process that has been silent for so long is no part of the deployment any more. */
const HEARTBEAT_MS = 24 * HOUR_MS

/** A program that repeats a request does so within hours. */
const IDEMPOTENCY_KEY_MS = 7 * 24 * HOUR_MS

/** Removes what has ended. Each line is small and safe to repeat. */
export async function removeExpired(db: Db, now: Date): Promise<{ removed: number }> {
  const before = (ms: number): Date => new Date(now.getTime() - ms)
  const removals = [
    await db.session.deleteMany({ where: { expiresAt: { lt: now } } }),
    await db.setupToken.deleteMany({ where: { expiresAt: { lt: now } } }),
    await db.verification.deleteMany({ where: { expiresAt: { lt: now } } }),
    await db.formToken.deleteMany({ where: { createdAt: { lt: before(FORM_TOKEN_MS) } } }),
    await db.rateLimit.deleteMany({ where: { expire: { lt: now } } }),
    await db.idempotencyKey.deleteMany({ where: { at: { lt: before(IDEMPOTENCY_KEY_MS) } } }),
    await db.heartbeat.deleteMany({ where: { beatAt: { lt: before(HEARTBEAT_MS) } } }),
    { count: await removeIdleRateLimitTokens(db, now) },
  ]
  return { removed: removals.reduce((sum, { count }) => sum + count, 0) }
}

/** @param host name of the machine, because several may run a process of this name */
export async function beat(db: Db, name: string, now: Date, host = ''): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Heartbeat" ("name", "host", "beatAt", "aheadSeconds") VALUES (${name}, ${host}, ${now}, ${aheadSeconds(now)})
    ON CONFLICT ("name", "host") DO UPDATE SET "beatAt" = excluded."beatAt", "aheadSeconds" = excluded."aheadSeconds"`
}

/** Of a process that ends in order. It counts as silent only if no other process has its name. */
export async function endBeat(db: Db, name: string, host: string): Promise<void> {
  await db.$executeRaw`
    WITH ended AS (DELETE FROM "Heartbeat" WHERE "name" = ${name} AND "host" = ${host} RETURNING "beatAt", "aheadSeconds")
    INSERT INTO "Heartbeat" ("name", "beatAt", "aheadSeconds") SELECT ${name}, "beatAt", "aheadSeconds" FROM ended
    ON CONFLICT ("name", "host") DO UPDATE SET "beatAt" = excluded."beatAt", "aheadSeconds" = excluded."aheadSeconds"`
}
