import { addressBucket } from '../../access/client-address'
import { type Refusal, refusal } from '../refusal'
import type { Limits, Visit } from './connection'

/**
 * Counts connections of all entrances from the moment they are accepted, so that a TLS handshake that never ends counts too. When all
 * places are taken, a newcomer gets the place of the oldest connection on which no client has been recognised: clients that connect and
 * then do nothing cannot keep the others out.
 */
export class Gate {
  /** The oldest first. */
  readonly #visits = new Set<Visit>()
  readonly #counts = new Map<string, number>()

  constructor(
    private readonly limits: Pick<Limits, 'connections' | 'connectionsPerAddress' | 'connectionsPerNetwork'>,
  ) {}

  /** @returns why it may not come in; null if it is in */
  enter(visit: Visit): Refusal | null {
    const { connections, connectionsPerAddress, connectionsPerNetwork } = this.limits
    const full = bucketsOf(visit).find(
      (bucket) => this.#countOf(bucket) >= (bucket === visit.address ? connectionsPerAddress : connectionsPerNetwork),
    )
    if (full !== undefined) return refusal('too-many-connections', { address: full })
    if (this.#visits.size >= connections && !this.#freePlace()) return refusal('busy')
    this.#visits.add(visit)
    for (const bucket of bucketsOf(visit)) this.#counts.set(bucket, this.#countOf(bucket) + 1)
    return null
  }

  leave(visit: Visit): void {
    if (!this.#visits.delete(visit)) return
    for (const bucket of bucketsOf(visit)) {
      const left = this.#countOf(bucket) - 1
      if (left > 0) this.#counts.set(bucket, left)
      else this.#counts.delete(bucket)
    }
  }

  #countOf = (bucket: string): number => this.#counts.get(bucket) ?? 0

  #freePlace(): boolean {
    for (const visit of this.#visits) {
      if (visit.isKnown) continue
      this.leave(visit)
      visit.evict(refusal('busy'))
      return true
    }
    return false
  }
}

/** Its address and, with IPv6, the /64 around it: one client with a /64 has 2^64 addresses, but a building with printers has one /64. */
const bucketsOf = ({ address }: Visit): string[] => [...new Set([address, addressBucket(address)])]
