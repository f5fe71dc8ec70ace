import type { Clock } from '../kernel/clock'
import type { OutboxStore } from './ports'

/** Longer than a living worker needs to be back at the database after its connection broke. */
const AWAY_MS = 3_000
/** While a worker is away. */
const LOOK_AGAIN_MS = 500
/** A worker that was last seen away longer ago may have been back since. */
const FORGOTTEN_AFTER_MS = 2_000
const LOOKS_APART_MS = 200

/**
 * Frees the connections of workers that have ended, long before their leases run out. A worker is present as long as its session at
 * the database is open, which ends with its process. Its messages keep their leases: they may be on the wire.
 *
 * @param own the number of the worker that asks.
 * @returns looks for them, and resolves with the milliseconds after which to look for work again; null if nobody is away.
 */
export function endedWorkers({
  store,
  clock,
  own,
}: {
  store: Pick<OutboxStore, 'absentWorkers' | 'freeConnections'>
  clock: Pick<Clock, 'monotonicMs'>
  own: number
}): () => Promise<number | null> {
  let away = new Map<number, number>()
  let lookedMs = Number.NEGATIVE_INFINITY
  return async () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - lookedMs < LOOKS_APART_MS) return away.size > 0 ? LOOK_AGAIN_MS : null
    const known = nowMs - lookedMs < FORGOTTEN_AFTER_MS ? away : new Map<number, number>()
    lookedMs = nowMs
    const absent = (await store.absentWorkers()).filter((worker) => worker !== own)
    away = new Map(absent.map((worker) => [worker, known.get(worker) ?? nowMs]))
    const ended = absent.filter((worker) => nowMs - (away.get(worker) ?? nowMs) >= AWAY_MS)
    if (ended.length > 0 && (await store.freeConnections(ended)) > 0) return 0
    return away.size > 0 ? LOOK_AGAIN_MS : null
  }
}
