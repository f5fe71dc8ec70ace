/** How a running or starting tree is asked to end. */
export interface Halt {
  /** End in order: a start is broken off, work in progress is finished, everything that is up is stopped. */
  stop: AbortSignal
  /** Do not wait for work in progress. It can only come after `stop`. */
  force: AbortSignal
}
