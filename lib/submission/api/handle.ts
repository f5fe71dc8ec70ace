import { createLimiter } from '../../access/rate-limits'
import { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
import { refusalOfLogin } from '../admission'
import type { Client, Scope } from '../client'
import { type Refusal, refusal } from '../refusal'
import { noteSightings } from '../store/clients'
import { failureRefusal } from '../submit'
import type { BoundDeps } from './deps'
import { type ApiRefusal, problem } from './problem'

/** Reads of one key. Sending has the limit that its settings name. */
export const READS_PER_MINUTE = 600
/** How often a client's last use is written. */
const SEEN_EVERY_MS = 10_000
const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i

/** What a route does for a client that was let in. */
export interface Operation {
  scope: Scope
  run(deps: BoundDeps, call: ApiCall): Promise<Result<Answer, ApiRefusal>>
}

export interface ApiCall {
  request: Request
  client: Client
  /** Where the request comes from. */
  address: string
  requestId: string
  /** What the path names, such as an id. */
  param: string
}

export interface Answer {
  status: 200 | 202
  body: object
}

/** Answers every request of the API: who it is, what it may, what it wants. A cookie is never read here. */
export function createHandler(deps: BoundDeps) {
  const reads = createLimiter(deps.db, { name: 'api-read', points: READS_PER_MINUTE, perSeconds: 60 })
  const see = sightings(deps)

  async function decide(operation: Operation, call: Omit<ApiCall, 'client'>): Promise<Result<Answer, ApiRefusal>> {
    const { request, address } = call
    if (!isOurHost(request.headers, deps.baseUrl)) return fail(refusal('wrong-host'))
    const client = await letIn(deps, request.headers, address)
    if (!client.ok) return client
    const checked = await mayCall(client.value, operation)
    const answer = checked.ok ? await operation.run(deps, { ...call, client: client.value }) : checked
    see(client.value, address, answer.ok ? null : answer.error)
    return answer
  }

  async function mayCall(client: Client, { scope }: Operation): Promise<Result<true, Refusal>> {
    if (!client.scopes.includes(scope)) return fail(refusal('scope-missing', { scope }))
    if (scope === 'send') return deps.submission.checkRate(client)
    const turn = await reads.take(client.id)
    return turn.ok ? ok(true) : fail(refusal('too-many-requests', { max: READS_PER_MINUTE }))
  }

  return async (operation: Operation, call: Omit<ApiCall, 'client'>): Promise<Response> => {
    try {
      const answer = await decide(operation, call)
      if (!answer.ok) return problem(deps.baseUrl, answer.error)
      const { status, body } = answer.value
      return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
    } catch (error) {
      const refused = failureRefusal(error)
      if (refused.code === 'internal-error') deps.log.error('a request of the API ended with an error', { error })
      return problem(deps.baseUrl, refused)
    }
  }
}

/** As proxy.ts checks it for pages, which does not see these requests, because it would hold their bodies in memory. */
function isOurHost(headers: Headers, baseUrl: URL): boolean {
  const forwarded = headers.get('x-forwarded-host')
  return [headers.get('host') ?? '', ...(forwarded === null ? [] : [forwarded])].every(
    (host) => host.toLowerCase() === baseUrl.host,
  )
}

async function letIn({ submission }: BoundDeps, headers: Headers, address: string): Promise<Result<Client, Refusal>> {
  const key = BEARER.exec(headers.get('authorization') ?? '')?.[1]
  if (key === undefined) return fail(refusal('key-wrong'))
  const client = await submission.authentication.byKey(new Redacted(key), address)
  if (client.ok) return client
  const why = client.error
  return fail(why === 'wrong' ? refusal('key-wrong') : refusalOfLogin(why, { login: 'of this API key', address }))
}

/** Notes now and then that a client was active, and each time what it was refused for. */
function sightings({ db, clock, log }: BoundDeps) {
  const lastNotes = new Map<string, { atMs: number; address: string }>()
  return (client: Client, address: string, refused: Refusal | null): void => {
    const before = lastNotes.get(client.id)
    const isRecent = before?.address === address && clock.monotonicMs() - before.atMs < SEEN_EVERY_MS
    if (isRecent && refused === null) return
    lastNotes.set(client.id, { atMs: clock.monotonicMs(), address })
    noteSightings(db, [{ id: client.id, at: clock.now(), address, error: refused?.code ?? null }]).catch((error) =>
      log.warn('the use of an API key cannot be recorded', { error }),
    )
  }
}
