import { fail, ok, type Result } from '../kernel'
import type { FailedAttempt } from './contracts'

type FaultOf = () => FailedAttempt

/** Waits for an answer of nodemailer, the end of the connection, or the deadline, whichever is first. Only one wait runs at a time. */
export class Wait {
  /** Ends the current wait, or null if there is none. */
  #interrupt: ((faultOf: FaultOf) => void) | null = null

  constructor(
    private readonly rules: {
      /** Translates an error into a fault, or throws it. */
      faultOf(thrown: unknown): FailedAttempt
      late: FaultOf
      destroy(): void
    },
  ) {}

  /** A fault outside nodemailer's callbacks, or from its error event. */
  interrupt(faultOf: FaultOf): void {
    this.#interrupt?.(faultOf)
  }

  for<T>(
    signal: AbortSignal,
    start: (done: (thrown: unknown, value?: T) => void) => void,
  ): Promise<Result<T, FailedAttempt>> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        if (this.#interrupt !== interrupt) return
        this.#interrupt = null
        signal.removeEventListener('abort', onAbort)
        end()
      }
      const failed = (faultOf: FaultOf): void => {
        try {
          resolve(fail(faultOf()))
        } catch (bug) {
          this.rules.destroy()
          reject(bug)
        }
      }
      const interrupt = (faultOf: FaultOf) =>
        finish(() => {
          failed(faultOf)
          this.rules.destroy()
        })
      const onAbort = () => interrupt(this.rules.late)
      this.#interrupt = interrupt
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) return onAbort()
      start((thrown, value) =>
        finish(() => (thrown ? failed(() => this.rules.faultOf(thrown)) : resolve(ok(value as T)))),
      )
    })
  }
}
