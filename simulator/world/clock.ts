import type { Faults } from '../faults/faults'

/** Microsoft's clock. */
export interface Clock {
  now(): Date
}

/** Runs at normal speed from the time it was set to. The fault `clockSkew` (minutes) is added to it. */
export class MovableClock implements Clock {
  #offsetMs = 0

  constructor(private readonly faults: Faults) {}

  now(): Date {
    return new Date(Date.now() + this.#offsetMs + (this.faults.number('clockSkew') ?? 0) * 60_000)
  }

  /** Offset from the real time in milliseconds, without the skew. */
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
