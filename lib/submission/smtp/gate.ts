import { type Refusal, refusal } from '../refusal'

/** One TCP connection as the gate sees it. */
export interface Guest {
  readonly address: string
  /** A client has been recognised on it. */
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

  constructor(private readonly limits: { connections: number; connectionsPerAddress: number }) {}

  /** @returns why it may not come in; null if it is in */
  enter(guest: Guest): Refusal | null {
    const { connections, connectionsPerAddress } = this.limits
    const { address } = guest
    const count = this.#counts.get(address) ?? 0
    if (count >= connectionsPerAddress) return refusal('too-many-connections', { address, max: connectionsPerAddress })
    if (this.#guests.size >= connections && !this.#freePlace()) return refusal('busy')
    this.#guests.add(guest)
    this.#counts.set(address, count + 1)
    return null
  }

  leave(guest: Guest): void {
    if (!this.#guests.delete(guest)) return
    const left = (this.#counts.get(guest.address) ?? 1) - 1
    if (left > 0) this.#counts.set(guest.address, left)
    else this.#counts.delete(guest.address)
  }

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
