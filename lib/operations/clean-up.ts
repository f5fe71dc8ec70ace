import type { Db } from '../db'
import { HOUR_MS } from '../kernel'
import { removeIdleRateLimitTokens } from '../outbox/store/rate-limits'
import { removeHeartbeats } from './store/heartbeats'

/** A form left open over a day is answered as new. */
const FORM_TOKEN_MS = 24 * HOUR_MS
/** A process that has not reported for this long is no longer part of the deployment. */
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
    { count: await removeHeartbeats(db, before(HEARTBEAT_MS)) },
    { count: await removeIdleRateLimitTokens(db, now) },
  ]
  return { removed: removals.reduce((sum, { count }) => sum + count, 0) }
}
