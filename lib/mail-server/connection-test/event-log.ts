/**
 * Events of something that runs whether or not anyone reads them. They are stored, and every reader gets all of them from the
 * beginning. A person may close the browser during a test; the test still ends and is stored.
 */
export class EventLog<T> {
  readonly #events: T[] = []
  #ended = false
  #fault: { thrown: unknown } | null = null
  #wake: () => void = () => {}
  #more = this.#next()

  push(event: T): void {
    this.#events.push(event)
    this.#signal()
  }

  end(): void {
    this.#ended = true
    this.#signal()
  }

  /** A bug in the writer reaches every reader. */
  break(thrown: unknown): void {
    this.#fault = { thrown }
    this.end()
  }

  async *read(): AsyncGenerator<T, void, void> {
    for (let at = 0; ; ) {
      const more = this.#more
      for (; at < this.#events.length; at++) yield this.#events[at] as T
      if (this.#fault) throw this.#fault.thrown
      if (this.#ended) return
      await more
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #signal(): void {
    const wake = this.#wake
    this.#more = this.#next()
    wake()
  }
}
