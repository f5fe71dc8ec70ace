/** Longest life of an access token: until then another process may still hold one that the former credential bought. */
export const FALLBACK_MIN_MS = 90 * 60 * 1000
/** Longest life that the portal gives a secret. Bounds a fallback whose own end nobody knows (docs/decisions/0006). */
const LONGEST_LIFE_MS = 730 * 24 * 60 * 60 * 1000

/** Until when a credential stands in for the one that takes its place at `now`: until its own end, and at least 90 minutes. */
export function fallbackUntil(expiresAt: Date | null, now: Date): Date {
  const end = expiresAt?.getTime() ?? now.getTime() + LONGEST_LIFE_MS
  return new Date(Math.max(end, now.getTime() + FALLBACK_MIN_MS))
}
