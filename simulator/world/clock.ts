import type { Faults } from '../faults/faults'

/** Microsoft's clock. */
export interface Clock {
  now(): Date
}

/** Runs as ours does, from wherever it was set to; the fault `clockSkew` (minutes) sets it wrong on top. */
export class MovableClock implements Clock {
  #offsetMs = 0

  constructor(private readonly faults: Faults) {}

  now(): Date {
    return new Date(Date.now() + this.#offsetMs + (this.faults.number('clockSkew') ?? 0) * 60_000)
  }

  /** How far from our own, in milliseconds, the skew left out. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  set(at: Date): void {
    this.#offsetMs = at.getTime() - Date.now()
  }

  advance(ms: number): void {
    this.#offsetMs += ms
  }

  real(): void {
    this.#offsetMs = 0
  }
}
