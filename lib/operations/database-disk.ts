import type { Db } from '../db'
import { type Clock, MINUTE_MS } from '../kernel'
import { readRecently } from '../kernel/read-recently'
import { isDatabaseFull } from './store/status'

export type DatabaseDisk = ReturnType<typeof createDatabaseDisk>

/** Looks at most once a minute: each look writes to the disk, and anyone who may read the metrics can ask. */
export const createDatabaseDisk = (db: Db, clock: Pick<Clock, 'monotonicMs'>) => ({
  isFull: readRecently(clock, MINUTE_MS, () => isDatabaseFull(db)),
})
