import { type Clock, SECOND_MS } from '../../kernel'

/** How old an answer may be. It bounds the reads of a client that sends many messages. */
const READ_AGAIN_AFTER_MS = SECOND_MS
const KEYS_MAX = 10_000

/** Reads once a second for each key, and returns that answer until then. Callers at the same time share one read. */
export function readRecently<Key extends [key?: string], T>(
  clock: Clock,
  read: (...key: Key) => Promise<T>,
): (...key: Key) => Promise<T> {
  const known = new Map<string | undefined, { readMs: number; value: Promise<T> }>()
  return (...keys) => {
    const [key] = keys
    const now = clock.monotonicMs()
    const cached = known.get(key)
    if (cached && now - cached.readMs < READ_AGAIN_AFTER_MS) return cached.value
    const value = read(...keys)
    if (known.size >= KEYS_MAX) known.clear()
    known.set(key, { readMs: now, value })
    value.catch(() => known.delete(key)) // The next caller reads again.
    return value
  }
}
