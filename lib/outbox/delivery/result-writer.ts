import { setImmediate as immediate } from 'node:timers/promises'
import { coalesce } from '../group-commit'
import { isUnstorable } from '../store/deps'
import type { Recorded, ResultToRecord } from '../store/record-results'
import type { OutboxStore } from '../store/store'

const RESULTS_AT_ONCE_MAX = 100
/** A result waits for the others about as long as a separate commit would take. */
const WAIT_MS_MAX = 5

/**
 * Records the results of all connections of this process, many in one commit. If the mail server is quick, the connections that have
 * a message under way have their results within milliseconds, so one commit waits for them.
 */
export class ResultWriter {
  /** Holders of the connections whose results are about to come. */
  readonly #expected = new Set<string>()
  #whenAllCame: (() => void) | null = null
  #gathering: Promise<void> | null = null
  /** The results came in time when they were last waited for. */
  #isInStep = false
  readonly #write: (result: ResultToRecord) => Promise<Recorded>

  constructor(store: Pick<OutboxStore, 'recordResults' | 'wake'>) {
    this.#write = coalesce<ResultToRecord, Recorded>(
      async (results) => {
        const recorded = await store.recordResults(results)
        // A worker may be waiting for messages of the queue that a message has moved to. It polls as well, so an error does no harm.
        if (results.some(({ result }) => result.nextQueue !== null || result.otherQueues !== null))
          await store.wake().catch(() => {})
        return recorded
      },
      {
        itemsMax: RESULTS_AT_ONCE_MAX,
        weightMax: RESULTS_AT_ONCE_MAX,
        weigh: () => 1,
        gather: () => this.#allExpected(),
        isOfOne: isUnstorable,
      },
    )
  }

  /** An attempt has begun on an open connection: its result is about to come. */
  expect(holder: string): void {
    this.#expected.add(holder)
  }

  /** No result will come from this connection. */
  forget(holder: string): void {
    this.#expected.delete(holder)
    if (this.#expected.size === 0) this.#whenAllCame?.()
  }

  /** Resolves once the result is durable. */
  record(holder: string, result: ResultToRecord): Promise<Recorded> {
    const recorded = this.#write(result)
    this.forget(holder)
    return recorded
  }

  /**
   * Resolves once a result's statement has left, if servers are so quick that the other results come at once and no earlier commit is
   * running. What a connection does before that delays those results, and with them the commit of all.
   */
  async left(): Promise<void> {
    if (!this.#isInStep) return
    await this.#allExpected()
    await immediate()
  }

  /** Until every expected result has come, or for as long as waiting pays. */
  #allExpected(): Promise<void> {
    if (this.#expected.size === 0) return Promise.resolve()
    this.#gathering ??= new Promise<void>((resolve) => {
      const end = (isInStep: boolean) => {
        clearTimeout(timer)
        this.#isInStep = isInStep
        this.#whenAllCame = this.#gathering = null
        resolve()
      }
      const timer = setTimeout(() => {
        // A server that does not answer delays one commit of the others and not each of them.
        this.#expected.clear()
        end(false)
      }, WAIT_MS_MAX)
      this.#whenAllCame = () => end(true)
    })
    return this.#gathering
  }
}
