import { fail, ok, type Result } from '../kernel'
import type { FailedAttempt } from './contracts'

type Judge = () => FailedAttempt

/** Waits for an answer of nodemailer, the end of the connection, or the deadline, whichever is first. Only one wait runs at a time. */
export class Wait {
  /** Ends the current wait, or null if there is none. */
  #interrupt: ((judge: Judge) => void) | null = null

  constructor(
    private readonly rules: {
      /** Translates an error into a fault, or throws it. */
      judge(thrown: unknown): FailedAttempt
      late: Judge
      destroy(): void
    },
  ) {}

  /** A fault outside nodemailer's callbacks, or from its error event. */
  interrupt(judge: Judge): void {
    this.#interrupt?.(judge)
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
      const judged = (judge: Judge): void => {
        try {
          resolve(fail(judge()))
        } catch (bug) {
          this.rules.destroy()
          reject(bug)
        }
      }
      const interrupt = (judge: Judge) =>
        finish(() => {
          judged(judge)
          this.rules.destroy()
        })
      const onAbort = () => interrupt(this.rules.late)
      this.#interrupt = interrupt
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) return onAbort()
      start((thrown, value) =>
        finish(() => (thrown ? judged(() => this.rules.judge(thrown)) : resolve(ok(value as T)))),
      )
    })
  }
}
