import type { Db } from '../db/client'
import type { DatabaseClock } from '../db/clock'
import type { OutboxStore } from './store/store'

export interface OutboxDeps {
  db: Db
  store: OutboxStore
  clock: DatabaseClock
}
