import { addressBucket } from '../../access/client-address'
import { MINUTE_MS } from '../../kernel'
import { type Refusal, refusal } from '../refusal'

/** One TCP connection as the gate sees it. */
export interface Guest {
  readonly address: string
  readonly isKnown: boolean
  /** Ends the connection so that another one gets its place. */
  evict(refused: Refusal): void
}

/**
 * Counts connections of all entrances from the moment they are accepted, so that a TLS handshake that never ends counts too. When all
 * places are taken, a newcomer gets the place of the oldest connection on which no client has been recognised: clients that connect and
 * then do nothing cannot keep the others out.
 */
export class Gate {
  /** The oldest first. */
  readonly #guests = new Set<Guest>()
  readonly #counts = new Map<string, number>()

  constructor(
    private readonly limits: Pick<Limits, 'connections' | 'connectionsPerAddress' | 'connectionsPerNetwork'>,
  ) {}

  /** @returns why it may not come in; null if it is in */
  enter(guest: Guest): Refusal | null {
    const { connections, connectionsPerAddress, connectionsPerNetwork } = this.limits
    const full = placesOf(guest).find(
      (place) => this.#countOf(place) >= (place === guest.address ? connectionsPerAddress : connectionsPerNetwork),
    )
    if (full !== undefined) return refusal('too-many-connections', { address: full })
    if (this.#guests.size >= connections && !this.#freePlace()) return refusal('busy')
    this.#guests.add(guest)
    for (const place of placesOf(guest)) this.#counts.set(place, this.#countOf(place) + 1)
    return null
  }

  leave(guest: Guest): void {
    if (!this.#guests.delete(guest)) return
    for (const place of placesOf(guest)) {
      const left = this.#countOf(place) - 1
      if (left > 0) this.#counts.set(place, left)
      else this.#counts.delete(place)
    }
  }

  #countOf = (place: string): number => this.#counts.get(place) ?? 0

  #freePlace(): boolean {
    for (const guest of this.#guests) {
      if (guest.isKnown) continue
      this.leave(guest)
      guest.evict(refusal('busy'))
      return true
    }
    return false
  }
}

/** Its address and, with IPv6, the /64 around it: one client with a /64 has 2^64 addresses, but a building with printers has one /64. */
const placesOf = ({ address }: Guest): string[] => [...new Set([address, addressBucket(address)])]

/** So that slow clients do not delay the others. */
export const LIMITS = {
  connections: 200,
  connectionsPerAddress: 10,
  /** Connections from all addresses of an IPv6 /64. */
  connectionsPerNetwork: 50,
  /** For one command line, however slowly its characters come; also for a TLS handshake. */
  commandMs: MINUTE_MS,
  /** Between two pieces of a message. */
  dataMs: 5 * MINUTE_MS,
  /** For a connection until its first message is accepted, and then for each further one. */
  sessionMs: 20 * MINUTE_MS,
} as const
export type Limits = { readonly [key in keyof typeof LIMITS]: number }
