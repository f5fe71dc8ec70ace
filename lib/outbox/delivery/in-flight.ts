/** A result waits for others at most about as long as a commit of their own would take. */
const WAIT_MS_MAX = 5

/** Connections with a mail on the way: where the server is quick their results are about to come, and one commit writes them all. */
export class UnderWay {
  readonly #connections = new Set<object>()
  #allIn: (() => void) | null = null

  add(connection: object): void {
    this.#connections.add(connection)
  }

  delete(connection: object): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#allIn?.()
  }

  /** Until none is left, or as long as pays. */
  async end(): Promise<void> {
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS_MAX)
      this.#allIn = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#allIn = null
  }
}
