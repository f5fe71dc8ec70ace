import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './process'

const MINUTE_MS = 60_000

/** The clock of a console under test (shifted-date.mjs). It can be put ahead and back, not stopped. */
export class Clock {
  readonly environment: Readonly<Record<string, string>>
  #minutes = 0

  constructor(private readonly file: string) {
    this.reset()
    const shifts = pathToFileURL(path.join(ROOT, 'e2e/support/shifted-date.mjs'))
    this.environment = { E2E_CLOCK: file, NODE_OPTIONS: `--import=${shifts.href}` }
  }

  /** Lets this many minutes pass at once; fewer than none put it back. */
  advance(minutes: number): void {
    this.#set(this.#minutes + minutes)
  }

  /** Back to the real time. */
  reset(): void {
    this.#set(0)
  }

  #set(minutes: number): void {
    this.#minutes = minutes
    writeFileSync(this.file, new Float64Array([minutes * MINUTE_MS]))
  }
}
