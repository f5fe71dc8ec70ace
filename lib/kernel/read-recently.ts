import type { Clock } from '.'

const KEYS_MAX = 10_000

/** Reads for each key only when the answer is older than `ageMs`. Callers at the same time share one read. */
export function readRecently<Key extends [key?: string], T>(
  clock: Pick<Clock, 'monotonicMs'>,
  ageMs: number,
  read: (...key: Key) => Promise<T>,
): (...key: Key) => Promise<T> {
  const known = new Map<string | undefined, { readMs: number; value: Promise<T> }>()
  return (...keys) => {
    const [key] = keys
    const now = clock.monotonicMs()
    const cached = known.get(key)
    if (cached && now - cached.readMs < ageMs) return cached.value
    const value = read(...keys)
    if (known.size >= KEYS_MAX) known.clear()
    known.set(key, { readMs: now, value })
    value.catch(() => known.delete(key)) // The next caller reads again.
    return value
  }
}
