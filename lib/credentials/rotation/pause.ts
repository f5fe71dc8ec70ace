const PAUSE_MIN_MS = 15 * 1000
const PAUSE_MAX_MS = 6 * 60 * 60 * 1000

/** Half as long again as it has lasted: pauses grow by themselves, with nothing to count, also over a crash. */
export function pauseUntil(since: Date, now: Date, retryAfterMs: number | null = null): Date {
  const grown = Math.min(PAUSE_MAX_MS, (now.getTime() - since.getTime()) / 2)
  return new Date(now.getTime() + Math.max(PAUSE_MIN_MS, grown, Math.min(retryAfterMs ?? 0, PAUSE_MAX_MS)))
}
