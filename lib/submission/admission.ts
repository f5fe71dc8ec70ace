import { type Client, isInNetworks, matchedLength } from './client'
import { type Refusal, refusal } from './refusal'

// Who is let in: pure functions, which the listener, the check of passwords and the simulator share.

const isOver = ({ learningUntil }: Client, now: Date): boolean => learningUntil !== null && learningUntil <= now

/**
 * The client that an address without a login is, among those that are recognised by their networks. A client that was added comes before
 * learning mode, which is about every device of its networks. If several fit, the one with the smallest network is about this device.
 */
export function clientAt(address: string, clients: readonly Client[], now: Date): Client | null {
  const there = clients
    .filter((client) => !isOver(client, now))
    .map((client) => ({ client, length: matchedLength(address, client.networks) }))
    .filter(({ length }) => length >= 0)
    .sort((a, b) => b.length - a.length)
    .map(({ client }) => client)
  return there.find(({ learningUntil }) => learningUntil === null) ?? there[0] ?? null
}

/** The learning mode in which a device at this address may leave its login out; null if there is none. */
export function learningAt(address: string, clients: readonly Client[], now: Date): Client | null {
  const learning = clients.filter(({ learningUntil }) => learningUntil !== null)
  return clientAt(address, learning, now)
}

/**
 * `login-wrong`: no client has this secret. `too-many-guesses`: too many wrong ones came from there, or for this user name; nothing was
 * compared. Only a caller who has the right secret gets one of the others.
 */
export type LoginRefusal =
  | 'login-wrong'
  | 'too-many-guesses'
  | 'client-disabled'
  | 'key-expired'
  | 'network-not-allowed'

/** Why a client with the right secret is not let in from an address; null if it is. */
export function loginRefusal(client: Client, address: string, now: Date): LoginRefusal | null {
  if (client.disabledAt) return 'client-disabled'
  if (client.expiresAt && client.expiresAt <= now) return 'key-expired'
  return client.networks.length > 0 && !isInNetworks(address, client.networks) ? 'network-not-allowed' : null
}

export function refusalOfLogin(why: LoginRefusal, { login, address }: { login: string; address: string }): Refusal {
  if (why === 'client-disabled') return refusal(why, { client: login })
  return refusal(why, why === 'network-not-allowed' ? { address } : {})
}

/** Why a client that was let in as `known` may no longer submit; null if it may. `current` is null if the client was removed. */
export function refusalNow(
  known: Pick<Client, 'name' | 'secretAt' | 'version' | 'learningUntil'>,
  current: Client | null,
  { address, now }: { address: string; now: Date },
): Refusal | null {
  if (known.learningUntil && (!current || isOver(current, now))) return refusal('learning-over')
  if (!current) return refusal('client-removed', { client: known.name })
  // It came with a password that has been replaced since. What is read now may be older than the login, but then its version is too.
  const isOld = Number(current.secretAt) !== Number(known.secretAt) && current.version > known.version
  if (isOld) return refusal('password-reset')
  const why = loginRefusal(current, address, now)
  return why === null ? null : refusalOfLogin(why, { login: known.name, address })
}
