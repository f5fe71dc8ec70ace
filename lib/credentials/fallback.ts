import type { CredentialModel } from '../db/generated/models'
import { DAY_MS, MINUTE_MS } from '../kernel'

/** Longest life of an access token: another process may hold one of the previous credential until then. */
export const FALLBACK_MIN_MS = 90 * MINUTE_MS
/** Longest life that the portal gives a secret. It bounds a fallback without an expiry date (docs/decisions/0006). */
const LONGEST_LIFE_MS = 730 * DAY_MS

/** What decides which previous credential is the fallback. */
export type PreviousCredential = Pick<CredentialModel, 'acceptedAt' | 'refusedAt' | 'replacedAt' | 'fallbackUntil'>

/**
 * The newest of several previous credentials whose last answer from Entra was an acceptance. One that Entra rejected last is only
 * the last resort, so that a bad secret which was replaced at once does not displace a good older one.
 */
export function pickFallback<Row extends PreviousCredential>(previous: readonly Row[], now: Date): Row | null {
  const usable = previous.filter(({ fallbackUntil }) => fallbackUntil !== null && fallbackUntil > now)
  const rank = ({ acceptedAt, refusedAt }: Row) => (refusedAt ? 2 : Number(acceptedAt === null))
  const replacedMs = ({ replacedAt }: Row) => replacedAt?.getTime() ?? 0
  return usable.sort((a, b) => rank(a) - rank(b) || replacedMs(b) - replacedMs(a))[0] ?? null
}

/** Until when a credential that is replaced at `now` is the fallback: until its own expiry, and for at least 90 minutes. */
export function fallbackUntil(expiresAt: Date | null, now: Date): Date {
  const expiresMs = expiresAt?.getTime() ?? now.getTime() + LONGEST_LIFE_MS
  return new Date(Math.max(expiresMs, now.getTime() + FALLBACK_MIN_MS))
}
