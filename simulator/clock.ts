import type { Faults } from './faults'

/** Microsoft's clock: ours, unless the fault `clockSkew` (minutes) sets it wrong. */
export interface Clock {
  now(): Date
}

export function microsoftClock(faults: Faults): Clock {
  return { now: () => new Date(Date.now() + (faults.number('clockSkew') ?? 0) * 60_000) }
}
