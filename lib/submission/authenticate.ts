import { timingSafeEqual } from 'node:crypto'
import { addressBucket } from '../access/client-address'
import { isApiKey, secretHashOf } from '../access/client-secrets'
import { createGuessGuard, FREE_TRIES, type GuessGuard, waitAfterStrike } from '../access/rate-limits'
import type { DbDeps } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { type LoginRefusal, loginRefusal } from './admission'
import type { Client } from './client'
import { readByKey, readByLogin } from './store/clients'

const ABSENT = Buffer.alloc(32)

/**
 * Checks passwords and keys of clients. A right secret costs one query and no digest that is slow by design, because generated secrets
 * cannot be guessed. Wrong ones are counted per user name and per address before the next is compared; a client that was let in from an
 * address keeps getting in from there, so guessing does not lock it out. The addresses of an IPv6 /64 count as one.
 */
export function createAuthentication({ db, clock }: DbDeps) {
  const guard = createGuessGuard(db, 'client')
  const counts = createCounts(guard, clock)

  async function check(
    match: { client: Client; isRight: boolean } | null,
    keys: { known: readonly string[]; unknown: readonly string[] },
    address: string,
  ): Promise<Result<Client, LoginRefusal>> {
    const isKnownThere =
      match !== null &&
      match.client.lastSeenAt !== null &&
      addressBucket(match.client.lastAddress) === addressBucket(address)
    const counted = isKnownThere ? keys.known : keys.unknown
    if (counts.areBlocked(counted)) return fail('too-many')
    if (!match?.isRight) return fail((await counts.add(counted)) ? 'wrong' : 'too-many')
    // Right ones are not counted: a client may open many connections at once after a stranger has guessed.
    if (await guard.areBlocked(counted)) return fail('too-many')
    await counts.clear(counted)
    const { client } = match
    const why = loginRefusal(client, address, clock.now())
    return why === null ? ok(client) : fail(why)
  }

  return {
    /** @param address where the client connects from */
    async byPassword(login: string, password: Redacted, address: string): Promise<Result<Client, LoginRefusal>> {
      const stored = await readByLogin(db, login)
      const digest = Buffer.from(secretHashOf(password.reveal()), 'hex')
      const isRight = timingSafeEqual(digest, stored ? Buffer.from(stored.secretHash, 'hex') : ABSENT)
      const match = stored && { client: stored.client, isRight }
      const name = login.slice(0, 100)
      const known = [`known:${name}:${addressBucket(address)}`]
      return check(match, { known, unknown: [`login:${name}`, addressKey(address)] }, address)
    },
    /** @param key the text after `Bearer` */
    async byKey(key: Redacted, address: string): Promise<Result<Client, LoginRefusal>> {
      const client = isApiKey(key.reveal()) ? await readByKey(db, secretHashOf(key.reveal())) : null
      // A wrong key is of no client, so that nothing is counted for one that is known.
      return check(client && { client, isRight: true }, { known: [], unknown: [addressKey(address)] }, address)
    },
  }
}
export type Authentication = ReturnType<typeof createAuthentication>

const addressKey = (address: string): string => `address:${addressBucket(address)}`

/** Keys whose counts this process remembers. */
const KEYS_MAX = 50_000

/**
 * Wrong secrets by key. The count in memory is changed before anything is awaited, so of many at once no more than the limit are
 * compared; the one in the database holds across listeners, consoles and restarts, and says how long to wait.
 */
function createCounts(guard: GuessGuard, clock: Clock) {
  const wrong = new Map<string, { count: number; untilMs: number }>()

  function countOf(key: string) {
    const known = wrong.get(key) ?? { count: 0, untilMs: 0 }
    if (known.untilMs > 0 && known.untilMs <= clock.monotonicMs()) return { count: FREE_TRIES - 1, untilMs: 0 }
    return known
  }

  /** @returns false if wrong secrets that other processes counted have used up the limit */
  async function addOne(key: string): Promise<boolean> {
    const { count } = countOf(key)
    if (wrong.size >= KEYS_MAX) wrong.clear()
    const isOver = count + 1 >= FREE_TRIES
    wrong.set(key, { count: count + 1, untilMs: isOver ? clock.monotonicMs() + waitAfterStrike(1) : 0 })
    const turn = await guard.beforeTry(key)
    if (!turn.ok) wrong.set(key, { count: FREE_TRIES, untilMs: clock.monotonicMs() + turn.waitMs })
    // The guard has begun its wait with this one; the next answer says how long it is.
    else if (isOver) wrong.set(key, { count: FREE_TRIES, untilMs: clock.monotonicMs() + (await guard.waitMs(key)) })
    return turn.ok
  }

  return {
    areBlocked: (keys: readonly string[]): boolean => keys.some((key) => countOf(key).count >= FREE_TRIES),
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
