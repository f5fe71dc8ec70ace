import { namesHost } from '../../access/our-host'
import { createLimiter } from '../../access/rate-limits'
import { type AuditLog, auditEntry } from '../../audit'
import type { DbDeps } from '../../db'
import { type Caller, fail, ok, type Result } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import type { SubmissionService } from '..'
import { refusalOfLogin } from '../admission'
import type { Client } from '../client'
import { type FailureLog, failureRefusal } from '../failure-refusal'
import { type Refusal, refusal } from '../refusal'
import { noteSightings } from '../store/clients'
import { type BodyLimits, type BodyReader, createBodyReader } from './body'
import type { ApiOperation } from './openapi'
import { type ApiRefusal, problem } from './problem'

export interface ApiDeps extends DbDeps {
  log: FailureLog
  /** The one address that the console and its API answer at. */
  baseUrl: URL
  /** For large bodies while they are being read. */
  spoolFolder: string
  submission: SubmissionService
  /** Records denials, with a bounded number of entries. */
  refusals: Pick<AuditLog, 'record'>
  outbox: { cancel(caller: Caller, chosen: { ids: readonly string[] }): Promise<number> }
}

export type BoundDeps = ApiDeps & { bodies: BodyReader }

/** Requests of one key that read or cancel. Sending has the limit that its settings name. */
export const READS_PER_MINUTE = 600
/** How often a client's last use is written, and how often each of its refusals. */
const SEEN_EVERY_MS = 10_000
const REFUSED_EVERY_MS = 1_000
const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i

/** What a route does for a client that was let in. */
export interface Operation extends ApiOperation {
  /** Returns the body of the answer. */
  run(deps: BoundDeps, call: ApiCall): Promise<Result<object, ApiRefusal>>
}

export interface ApiCall {
  request: Request
  client: Client
  address: string
  requestId: string
  /** What the path names, such as an id. */
  param: string
  /** Checks the key again: a slow body takes two minutes in which it may be revoked or changed. */
  enterAgain(): Promise<Result<Client, Refusal>>
}

type Call = Omit<ApiCall, 'client' | 'enterAgain'>

/**
 * The HTTP API of clients. It answers every request: it checks the key and its scopes, then runs the endpoint. A cookie is never read here.
 * The routes in `app/api` only pass requests on.
 */
export function createApi(unbound: ApiDeps, limits?: BodyLimits) {
  const deps: BoundDeps = { ...unbound, bodies: createBodyReader(unbound.spoolFolder, limits) }
  const reads = createLimiter(deps.db, { name: 'api-read', points: READS_PER_MINUTE, perSeconds: 60 })
  const see = sightings(deps)

  async function enter(operation: Operation, call: Call): Promise<Result<Client, Refusal>> {
    const entered = await letIn(deps, operation, call)
    if (entered.ok) return entered
    const { refused, client } = entered.error
    if (client) see(client, call.address, refused)
    await recordDenial(deps, call, entered.error)
    return fail(refused)
  }

  async function decide(operation: Operation, call: Call): Promise<Result<object, ApiRefusal>> {
    const { request, address } = call
    // proxy.ts checks it for pages. It does not see these requests, because it would hold their bodies in memory.
    const [host, forwardedHost] = ['host', 'x-forwarded-host'].map((name) => request.headers.get(name))
    if (!namesHost(deps.baseUrl, host, forwardedHost)) return fail(refusal('wrong-host'))
    const enterAgain = () => enter(operation, call)
    const entered = await enterAgain()
    if (!entered.ok) return entered
    const client = entered.value
    const turn = await takeTurn(client, operation)
    const sound = turn.ok ? checkQuery(operation, request) : turn
    const answer = sound.ok ? await operation.run(deps, { ...call, client, enterAgain }) : sound
    see(client, address, answer.ok ? null : answer.error)
    return answer
  }

  async function takeTurn(client: Client, { id }: Operation): Promise<Result<true, Refusal>> {
    if (id === 'sendMessage') return deps.submission.checkRate(client)
    const turn = await reads.take(client.id)
    return turn.ok ? ok(true) : fail(refusal('too-many-requests', { max: READS_PER_MINUTE }))
  }

  async function handle(operation: Operation, call: Call): Promise<Response> {
    try {
      const answer = await decide(operation, call)
      if (!answer.ok) return problem(deps.baseUrl, answer.error)
      return Response.json(answer.value, { status: operation.status, headers: { 'cache-control': 'no-store' } })
    } catch (error) {
      return problem(deps.baseUrl, failureRefusal(deps.log, 'a request of the API', error))
    }
  }

  return { handle }
}

function checkQuery({ parameters }: Operation, { url }: Request): Result<true, Refusal> {
  const names = [...new URL(url).searchParams.keys()]
  const unknown = names.find((name) => !parameters.some((known) => known.in === 'query' && known.name === name))
  if (unknown !== undefined) return fail(refusal('query-unknown', { parameter: unknown.slice(0, 100) }))
  const repeated = names.find((name, index) => names.indexOf(name) < index)
  return repeated === undefined ? ok(true) : fail(refusal('query-invalid', { parameter: repeated }))
}

/** Why a request was not let in, and the client whose key it has; null if it has none. */
type Denial = { refused: Refusal; client: Client | null }

async function letIn(
  { submission }: BoundDeps,
  { scope }: Operation,
  { request, address }: Call,
): Promise<Result<Client, Denial>> {
  const key = BEARER.exec(request.headers.get('authorization') ?? '')?.[1]
  if (key === undefined) return fail({ refused: refusal('key-wrong'), client: null })
  const login = await submission.authentication.byKey(new Redacted(key), address)
  if (login.ok) {
    const client = login.value
    return client.scopes.includes(scope) ? login : fail({ refused: refusal('scope-missing', { scope }), client })
  }
  const { why, client } = login.error
  const refused =
    why === 'login-wrong' ? refusal('key-wrong') : refusalOfLogin(why, { login: 'of this API key', address })
  return fail({ refused, client })
}

function recordDenial({ refusals }: BoundDeps, { address, requestId }: Call, { refused, client }: Denial) {
  const caller = { actor: { kind: 'anonymous' }, origin: { address, requestId } } as const
  const details = { what: 'api', why: refused.code }
  return refusals.record(auditEntry('request.refused', caller, client && `client:${client.id}`, details, 'refused'))
}

/** Notes now and then that a client was active, and what it was refused for. */
function sightings({ db, clock, log, submission }: BoundDeps) {
  const lastNotes = new Map<string, { atMs: number; address: string }>()
  return (client: Client, address: string, refused: Refusal | null): void => {
    const key = `${client.id} ${refused?.code ?? ''}`
    const before = lastNotes.get(key)
    const sinceMs = clock.monotonicMs() - (before?.atMs ?? Number.NEGATIVE_INFINITY)
    if (refused ? sinceMs < REFUSED_EVERY_MS : before?.address === address && sinceMs < SEEN_EVERY_MS) return
    lastNotes.set(key, { atMs: clock.monotonicMs(), address })
    const note = (at: Date) =>
      noteSightings(db, [{ id: client.id, at, address, error: refused && { code: refused.code, at } }])
    const failed = (error: unknown) => log.warn('the use of an API key cannot be recorded', { error })
    submission.now().then(note).catch(failed)
  }
}
