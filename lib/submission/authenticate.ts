import { timingSafeEqual } from 'node:crypto'
import { addressBucket } from '../access/client-address'
import { isApiKey, secretHashOf } from '../access/client-secrets'
import { createGuessGuard, FREE_GUESSES, type GuessGuard, waitAfterStrike } from '../access/rate-limits'
import type { DbDeps } from '../db'
import { type Clock, fail, ok, type Redacted, type Result } from '../kernel'
import { type LoginRefusal, loginRefusal } from './admission'
import { type Client, isInNetworks } from './client'
import { readByKey, readByLogin } from './store/clients'

const ABSENT = Buffer.alloc(32)

/** Why a login was refused, and the client whose secret was right or that was let in from there before; null for a stranger. */
export interface RefusedLogin {
  why: LoginRefusal
  client: Client | null
}

/**
 * Wrong secrets from all addresses of an IPv6 /64. It may be a whole local network, where one printer with an old password must not keep
 * the others out. It may also be every address of one attacker, who gains little by 25 guesses at generated secrets.
 */
const NETWORK_GUESSES = 25

/**
 * Checks passwords and keys of clients. A right secret costs one query and no digest that is slow by design, because generated secrets
 * cannot be guessed. Wrong ones are counted per user name and per address before the next is compared. Guessing does not lock a client
 * out: from its listed networks, and from an address where it was let in before, it still gets in.
 */
export function createAuthentication({ db, clock }: DbDeps) {
  const counts = createCounts(createGuessGuard(db, 'client'), clock, FREE_GUESSES)
  const networks = createCounts(createGuessGuard(db, 'client-network', NETWORK_GUESSES), clock, NETWORK_GUESSES)

  async function check(
    match: { client: Client; isRight: boolean } | null,
    keys: { known: readonly string[]; unknown: readonly string[] },
    address: string,
  ): Promise<Result<Client, RefusedLogin>> {
    const isKnownThere = match !== null && isKnownAt(match.client, address)
    const counted = isKnownThere ? keys.known : keys.unknown
    const network = isKnownThere ? [] : networkKey(address)
    const refuse = (why: LoginRefusal) => fail({ why, client: isKnownThere ? match.client : null })
    if (counts.areBlocked(counted) || networks.areBlocked(network)) return refuse('too-many-guesses')
    if (!match?.isRight) {
      const added = await Promise.all([counts.add(counted), networks.add(network)])
      return refuse(added.every(Boolean) ? 'login-wrong' : 'too-many-guesses')
    }
    // Right ones are not counted: a client may open many connections at once after a stranger has guessed.
    if ((await counts.areBlockedAnywhere(counted)) || (await networks.areBlockedAnywhere(network)))
      return refuse('too-many-guesses')
    await Promise.all([counts.clear(counted), networks.clear(network)])
    const { client } = match
    const why = loginRefusal(client, address, clock.now())
    return why === null ? ok(client) : fail({ why, client })
  }

  return {
    /** User names are made in lower case, and the panels of many devices begin in upper case. */
    async byPassword(typed: string, password: Redacted, address: string): Promise<Result<Client, RefusedLogin>> {
      const login = typed.toLowerCase()
      const stored = await readByLogin(db, login)
      const digest = Buffer.from(secretHashOf(password.reveal()), 'hex')
      const isRight = timingSafeEqual(digest, stored ? Buffer.from(stored.secretHash, 'hex') : ABSENT)
      const match = stored && { client: stored.client, isRight }
      const name = login.slice(0, 100)
      const known = [`known:${name}:${addressBucket(address)}`]
      return check(match, { known, unknown: [`login:${name}`, addressKey(address)] }, address)
    },
    /** @param key the text after `Bearer` */
    async byKey(key: Redacted, address: string): Promise<Result<Client, RefusedLogin>> {
      const client = isApiKey(key.reveal()) ? await readByKey(db, secretHashOf(key.reveal())) : null
      // A wrong key is of no client, so that nothing is counted for one that is known.
      return check(client && { client, isRight: true }, { known: [], unknown: [addressKey(address)] }, address)
    },
  }
}
export type Authentication = ReturnType<typeof createAuthentication>

/** It used this address last, or an administrator has listed the address. */
const isKnownAt = ({ lastSeenAt, lastAddress, networks }: Client, address: string): boolean =>
  isInNetworks(address, networks) || (lastSeenAt !== null && addressBucket(lastAddress) === addressBucket(address))

const NETWORK = /\/64$/
const addressKey = (address: string): string =>
  `address:${NETWORK.test(addressBucket(address)) ? address : addressBucket(address)}`
const networkKey = (address: string): string[] => [addressBucket(address)].filter((bucket) => NETWORK.test(bucket))

/** Keys whose counts this process remembers. */
const KEYS_MAX = 50_000

/**
 * Counts wrong secrets by key. The count in memory is changed before anything is awaited, so that no more than the limit are compared
 * when many come at once. The count in the database holds across listeners, consoles and restarts, and says how long to wait.
 */
function createCounts(guard: GuessGuard, clock: Clock, guessesMax: number) {
  const wrong = new Map<string, { count: number; untilMs: number }>()

  function countOf(key: string) {
    const known = wrong.get(key) ?? { count: 0, untilMs: 0 }
    if (known.untilMs > 0 && known.untilMs <= clock.monotonicMs()) return { count: guessesMax - 1, untilMs: 0 }
    return known
  }

  /** @returns false if wrong secrets that other processes counted have used up the limit */
  async function addOne(key: string): Promise<boolean> {
    const { count } = countOf(key)
    if (wrong.size >= KEYS_MAX) wrong.clear()
    const isOver = count + 1 >= guessesMax
    wrong.set(key, { count: count + 1, untilMs: isOver ? clock.monotonicMs() + waitAfterStrike(1) : 0 })
    const turn = await guard.beforeGuess(key)
    if (!turn.ok) wrong.set(key, { count: guessesMax, untilMs: clock.monotonicMs() + turn.waitMs })
    else if (isOver) {
      // The guard has begun its wait with this one; the next answer says how long it is. Or it has forgotten the earlier ones.
      const waitMs = await guard.waitMs(key)
      if (waitMs === 0) wrong.delete(key)
      else wrong.set(key, { count: guessesMax, untilMs: clock.monotonicMs() + waitMs })
    }
    return turn.ok
  }

  return {
    areBlocked: (keys: readonly string[]): boolean => keys.some((key) => countOf(key).count >= guessesMax),
    areBlockedAnywhere: guard.areBlocked,
    /** @returns as `addOne`, for all of them */
    async add(keys: readonly string[]): Promise<boolean> {
      return (await Promise.all(keys.map(addOne))).every(Boolean)
    },
    async clear(keys: readonly string[]): Promise<void> {
      const counted = keys.filter((key) => wrong.delete(key))
      await Promise.all(counted.map((key) => guard.afterSuccess(key)))
    },
  }
}
