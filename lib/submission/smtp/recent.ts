import type { Clock } from '../../kernel/clock'
import { SECOND_MS } from '../../kernel/time'

/** How old a cached client may be. It bounds the reads of a client that sends many messages. */
const CACHED_FOR_MS = SECOND_MS
const KEYS_MAX = 10_000

/** Remembers what was read for a second; callers at the same time share one read. */
export function recently<T>(clock: Clock, read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, { readMs: number; value: Promise<T> }>()
  return (key) => {
    const now = clock.monotonicMs()
    const cached = known.get(key)
    if (cached && now - cached.readMs < CACHED_FOR_MS) return cached.value
    const value = read(key)
    if (known.size >= KEYS_MAX) known.clear()
    known.set(key, { readMs: now, value })
    value.catch(() => known.delete(key)) // The next caller reads again.
    return value
  }
}
