import type { Clock } from '../../kernel'
import type { OutboxStore } from '../store/store'

/** Longer than a running worker needs to reconnect to the database after its session broke. */
const ABSENT_FOR_MS = 3_000
/** How often absent workers are looked for while there are any. */
const LOOK_AGAIN_MS = 500
/** If a worker was last seen absent longer ago, it may have been present in between. */
const FORGOTTEN_AFTER_MS = 2_000
/** A look that comes sooner than this after the last one is left out. */
const LOOKS_APART_MS = 200

/**
 * Frees the connections of workers that have crashed, long before their leases run out. A worker is present while its session at the
 * database is open, which ends with its process. Its messages keep their leases, since they may be on the wire.
 *
 * @returns a function that looks for absent workers, and returns after how many milliseconds to look again; null if none is absent
 */
export function crashedWorkers(deps: {
  store: Pick<OutboxStore, 'absentWorkers' | 'freeConnections'>
  clock: Pick<Clock, 'monotonicMs'>
  worker: number
}): () => Promise<number | null> {
  const { store, clock, worker } = deps
  let absentSince = new Map<number, number>()
  let lookedMs = Number.NEGATIVE_INFINITY
  return async () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - lookedMs < LOOKS_APART_MS) return absentSince.size > 0 ? LOOK_AGAIN_MS : null
    const previous = nowMs - lookedMs < FORGOTTEN_AFTER_MS ? absentSince : new Map<number, number>()
    lookedMs = nowMs
    const absent = (await store.absentWorkers()).filter((each) => each !== worker)
    absentSince = new Map(absent.map((each) => [each, previous.get(each) ?? nowMs]))
    const crashed = absent.filter((each) => nowMs - (absentSince.get(each) ?? nowMs) >= ABSENT_FOR_MS)
    if (crashed.length > 0 && (await store.freeConnections(crashed)) > 0) return 0
    return absentSince.size > 0 ? LOOK_AGAIN_MS : null
  }
}
