import type { Actor, Origin } from '../kernel/actor'

/** Who acts, and from where. */
export interface OutboxCaller {
  actor: Actor
  origin: Origin
}

/** What the worker does by itself. */
export const THE_CLOCK: OutboxCaller = {
  actor: { kind: 'system', name: 'worker' },
  origin: { address: null, requestId: 'clock' },
}
