import type { Clock } from '../kernel/clock'
import type { OutboxStore } from './store/store'

export interface OutboxDeps {
  store: OutboxStore
  clock: Clock
}
