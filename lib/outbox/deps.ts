import type { DatabaseClock } from '../db/clock'
import type { OutboxStore } from './store/store'

export interface OutboxDeps {
  store: OutboxStore
  clock: DatabaseClock
}
