import type { Db } from '../db'
import { type Clock, MINUTE_MS } from '../kernel'
import { isDatabaseFull } from './store/status'

/** Each look writes to the disk, and anyone who may read the metrics can ask. */
const LOOK_MS = MINUTE_MS

export type DatabaseDisk = ReturnType<typeof createDatabaseDisk>

/** Whether the disk of the database is full, asked at most once a minute for all who want to know it. */
export function createDatabaseDisk(db: Db, clock: Pick<Clock, 'monotonicMs'>) {
  let last: { atMs: number; isFull: Promise<boolean> } | null = null
  return {
    isFull(): Promise<boolean> {
      const atMs = clock.monotonicMs()
      if (last !== null && atMs - last.atMs < LOOK_MS) return last.isFull
      const look = { atMs, isFull: isDatabaseFull(db) }
      last = look
      look.isFull.catch(() => {
        if (last === look) last = null
      })
      return look.isFull
    },
  }
}
