/** Longest life of an access token: until then another process may still hold one that the former credential bought. */
export const FALLBACK_MIN_MS = 90 * 60 * 1000
/** Longest life that the portal gives a secret. Bounds a fallback whose own end nobody knows (docs/decisions/0006). */
const LONGEST_LIFE_MS = 730 * 24 * 60 * 60 * 1000

/** What decides which previous credential is the fallback. */
export interface PreviousCredential {
  acceptedAt: Date | null
  refusedAt: Date | null
  replacedAt: Date | null
  fallbackUntil: Date | null
}

/**
 * Of several previous credentials the newest one that Entra accepted last. One that Entra rejected last is only the last resort, so
 * that a bad secret which was replaced at once does not push a good older one out.
 */
export function pickFallback<Row extends PreviousCredential>(previous: readonly Row[], now: Date): Row | null {
  const usable = previous.filter(({ fallbackUntil }) => fallbackUntil !== null && fallbackUntil > now)
  const rank = ({ acceptedAt, refusedAt }: Row) => (refusedAt ? 2 : acceptedAt ? 0 : 1)
  const replacedMs = ({ replacedAt }: Row) => replacedAt?.getTime() ?? 0
  return usable.sort((a, b) => rank(a) - rank(b) || replacedMs(b) - replacedMs(a))[0] ?? null
}

/** Until when a credential stands in for the one that takes its place at `now`: until its own end, and at least 90 minutes. */
export function fallbackUntil(expiresAt: Date | null, now: Date): Date {
  const end = expiresAt?.getTime() ?? now.getTime() + LONGEST_LIFE_MS
  return new Date(Math.max(end, now.getTime() + FALLBACK_MIN_MS))
}
