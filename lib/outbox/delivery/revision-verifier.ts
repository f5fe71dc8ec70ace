import type { AttemptResult, DeliveryQueue } from '../message'
import type { DeliveryDeps } from './deps'

/** Senders that are remembered. Each message may have its own. */
const VERIFIED_MAX = 1_000

/** Stores that a delivery has verified settings and their sender: once for each version and sender, since most messages share them. */
export class RevisionVerifier {
  readonly #verified = new Set<string>()

  constructor(private readonly store: DeliveryDeps['store']) {}

  async verify({ mailServerId, mailbox }: DeliveryQueue, { id: messageId, attempts }: AttemptResult): Promise<void> {
    if (mailbox !== '') return
    for (const { outcome, version, decision, at } of attempts) {
      const { from } = decision
      if (outcome !== 'accepted' || typeof from !== 'string') continue
      const key = `${mailServerId} ${version} ${from}`
      if (this.#verified.has(key)) continue
      if (this.#verified.size >= VERIFIED_MAX) this.#verified.clear()
      this.#verified.add(key)
      await this.store.verify({ mailServerId, version, from, messageId, at }).catch((thrown) => {
        this.#verified.delete(key)
        throw thrown
      })
    }
  }
}
