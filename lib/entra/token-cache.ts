import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, fail, MINUTE_MS, ok, type Result, SECOND_MS, systemClock } from '../kernel'
import { placeOf } from '../net/exchange'
import { untilAborted } from '../net/limit'
import type { AccessToken, TokenCache, TokenFault, TokenRequest, TokenSource } from './contracts'
import { scopeOf } from './token-source'

/** As in MSAL: a token that expires during a long delivery is of no use. */
const EARLY_MS = 5 * MINUTE_MS
/** A cached token is still used while Entra does not answer if it is valid for longer than this. */
const STILL_GOOD_MS = MINUTE_MS
/** A failure is returned again for this time, so that a queue of messages does not become a queue of requests (AADSTS50196). */
export const FAILURE_REUSED_MS = 10 * SECOND_MS
/** A longer `Retry-After` is cut to this, because the cause may have been fixed. */
const FAILURE_REUSED_MS_MAX = 5 * MINUTE_MS
/** A renewed token that is rejected within this time is rejected for another reason than its age. */
const RENEW_AGAIN_MS = 5 * MINUTE_MS
/** Limit of a shared request, which no single caller ends. An identity service and Entra together take less. */
const QUESTION_MS_MAX = 35 * SECOND_MS
/** Far more than the mail servers of any deployment, so that a leak cannot make the process grow. */
const ENTRIES_MAX = 1000

interface CachedToken {
  token: AccessToken
  /** When it must be renewed and when it expires, by the monotonic clock. */
  dueMs: number
  endsMs: number
}

type Answer = Result<AccessToken, TokenFault>

interface Entry {
  cached: CachedToken | null
  /** When the cached token replaced a rejected one, by the monotonic clock, or null. */
  renewedMs: number | null
  failure: { fault: TokenFault; untilMs: number } | null
  question: Promise<Answer> | null
}

/** Tokens are in the memory of this process only. */
export function createTokenCache(source: TokenSource, { clock = systemClock }: { clock?: Clock } = {}): TokenCache {
  const ownKey = randomBytes(32)
  const { usable, fresh, failing } = judgedBy(clock)
  const entries = new Map<string, Entry>()

  function entryOf(key: string, request: TokenRequest): Entry {
    const id = idOf(key, request, ownKey)
    const known = entries.get(id)
    if (known) return known
    if (entries.size >= ENTRIES_MAX) evictOldest()
    const entry: Entry = { cached: null, renewedMs: null, failure: null, question: null }
    entries.set(id, entry)
    return entry
  }

  function evictOldest(): void {
    for (const [id, { cached, question }] of entries) if (!question && !usable(cached, 0)) entries.delete(id)
    const [oldest] = entries.keys()
    if (entries.size >= ENTRIES_MAX && oldest !== undefined) entries.delete(oldest)
  }

  /** Mail continues with a valid token that should be renewed while Entra does not answer. A refusal of Entra is never hidden. */
  function orStillGood(entry: Entry, result: Answer): Answer {
    if (result.ok || !isWeather(result.error) || !usable(entry.cached, STILL_GOOD_MS)) return result
    return ok(entry.cached.token)
  }

  async function current(entry: Entry, request: TokenRequest, signal: AbortSignal) {
    const fault = failing(entry)
    if (fault) return fail(fault)
    entry.question ??= question(entry, request, source, clock).finally(() => {
      entry.question = null
    })
    return untilAborted(entry.question, signal, () => noTokenInTime(request))
  }

  return {
    async token(key, request, signal) {
      const entry = entryOf(key, request)
      if (fresh(entry.cached)) return ok(entry.cached.token)
      return orStillGood(entry, await current(entry, request, signal))
    },

    async renew(key, request, refused, signal) {
      const entry = entryOf(key, request)
      if (usable(entry.cached, 0)) {
        if (!isSame(entry.cached.token, refused)) return ok(entry.cached.token)
        if (entry.renewedMs !== null && clock.monotonicMs() - entry.renewedMs < RENEW_AGAIN_MS)
          return fail({ kind: 'just-renewed' })
      }
      const result = await current(entry, request, signal)
      if (result.ok) entry.renewedMs = clock.monotonicMs()
      return result
    },
  }
}

function secretOf(credential: TokenRequest['credential']): string {
  if (credential.kind === 'client-secret') return credential.secret.reveal()
  return credential.kind === 'certificate' ? `${credential.thumbprint} ${credential.privateKey.reveal()}` : ''
}

/** Contains a digest of the secret, so that not even a caller who mixes up keys gets a token of another secret. */
function idOf(key: string, request: TokenRequest, ownKey: Buffer): string {
  const { cloud, tenantId, clientId, resource, credential } = request
  const secretText = `${credential.kind} ${secretOf(credential)}`
  const secretDigest = createHmac('sha256', ownKey).update(secretText).digest('base64')
  const place = [cloud.id, cloud.loginOrigin, scopeOf(request), tenantId.toLowerCase(), clientId.toLowerCase()]
  return JSON.stringify([key, resource, ...place, secretDigest])
}

function judgedBy(clock: Clock) {
  /** Checks both clocks, since the monotonic clock stops while a machine sleeps. */
  const usable = (cached: CachedToken | null, forMs: number): cached is CachedToken =>
    cached !== null &&
    clock.monotonicMs() + forMs < cached.endsMs &&
    clock.now().getTime() < cached.token.expiresAt.getTime()
  const fresh = (cached: CachedToken | null): cached is CachedToken =>
    usable(cached, 0) && clock.monotonicMs() < cached.dueMs
  const failing = ({ failure }: Entry): TokenFault | null =>
    failure !== null && clock.monotonicMs() < failure.untilMs ? failure.fault : null
  return { usable, fresh, failing }
}

async function question(entry: Entry, request: TokenRequest, source: TokenSource, clock: Clock): Promise<Answer> {
  const startedMs = clock.monotonicMs()
  const startedAt = clock.now().getTime()
  const result = await source.fresh(request, AbortSignal.timeout(QUESTION_MS_MAX))
  if (!result.ok) {
    const pauseMs = Math.min(Math.max(retryAfterMs(result.error), FAILURE_REUSED_MS), FAILURE_REUSED_MS_MAX)
    entry.failure = { fault: result.error, untilMs: clock.monotonicMs() + pauseMs }
    return result
  }
  const lifeMs = result.value.expiresAt.getTime() - startedAt
  const endsMs = startedMs + lifeMs
  entry.cached = { token: result.value, dueMs: endsMs - Math.min(EARLY_MS, lifeMs / 2), endsMs }
  return result
}

const isSame = (a: AccessToken, b: AccessToken): boolean => a.bearer.reveal() === b.bearer.reveal()

const retryAfterMs = (fault: TokenFault): number => (fault.kind === 'entra' ? (fault.retryAfterMs ?? 0) : 0)

/** No answer, or none from Entra. It says nothing about the credential. */
const isWeather = (fault: TokenFault): boolean =>
  fault.kind === 'net' ||
  (fault.kind === 'entra' &&
    (fault.badReply || fault.httpStatus === 429 || (fault.httpStatus !== null && fault.httpStatus >= 500)))

const noTokenInTime = ({ cloud }: TokenRequest): Answer =>
  fail({ kind: 'net', code: 'deadline-passed', ...placeOf(new URL(cloud.loginOrigin)), evidence: 'no token in time' })
