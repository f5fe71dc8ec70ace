import { fail, isObject, type Redacted, type Result } from '../kernel'
import { createScrubber, type HttpFault, type HttpReply, type Https } from '../net'
import { readClaims } from './claims'
import type {
  AccessToken,
  ClientCredential,
  DirectoryFault,
  DirectoryRequest,
  TokenCache,
  TokenRequest,
} from './contracts'

/** An application with hundreds of certificates, or a page of ordinary applications, has a few megabytes. */
const BODY_BYTES_MAX = 16 * 1024 * 1024
/** Graph needs seconds for a page with owners. */
const TOTAL_MS_MAX = 60_000
/** All tokens for Graph have one key. The cache distinguishes the credentials by their secrets. */
const CACHE_KEY = 'graph'

interface GraphCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** The path after the version, with its query, or a whole address that was checked to be Graph's. */
  path: string | URL
  body?: unknown
  needs: Needs
}

export type CallGraph = (
  request: DirectoryRequest,
  call: GraphCall,
  signal: AbortSignal,
) => Promise<Result<HttpReply, DirectoryFault>>

/** Repeats a call once with a new token after a 401 or 403: an older one lacks what was granted since, and a rejected call had no effect. */
export function createCallGraph({ client, tokenCache }: { client: Https; tokenCache: TokenCache }): CallGraph {
  return async (request, call, signal) => {
    const tokenRequest = graphToken(request)
    const token = await tokenCache.token(CACHE_KEY, tokenRequest, signal)
    if (!token.ok) return fail({ kind: 'token', fault: token.error })
    const first = await send(client, request, call, token.value, signal)
    if (!first.ok || !isDenied(first.value)) return finished(first, request, call, token.value)
    const renewed = await tokenCache.renew(CACHE_KEY, tokenRequest, token.value, signal)
    if (renewed.ok)
      return finished(await send(client, request, call, renewed.value, signal), request, call, renewed.value)
    if (renewed.error.kind === 'just-renewed') return finished(first, request, call, token.value)
    return fail({ kind: 'token', fault: renewed.error })
  }
}

export const graphToken = (request: DirectoryRequest): TokenRequest => ({ ...request, resource: 'graph' })

const isDenied = ({ status }: HttpReply): boolean => status === 401 || status === 403

export const graphUrl = ({ cloud }: DirectoryRequest, path: string): URL => new URL(`${cloud.graphUrl}/v1.0${path}`)

async function send(
  client: Https,
  request: DirectoryRequest,
  { method, path, body }: GraphCall,
  { bearer }: AccessToken,
  signal: AbortSignal,
): Promise<Result<HttpReply, DirectoryFault>> {
  const url = path instanceof URL ? path : graphUrl(request, path)
  const replied = await client.request(
    {
      url: url.href,
      method,
      headers: {
        authorization: `Bearer ${bearer.reveal()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    {
      origins: [new URL(request.cloud.graphUrl).origin],
      signal,
      bodyBytesMax: BODY_BYTES_MAX,
      totalMs: TOTAL_MS_MAX,
    },
  )
  return replied.ok ? replied : fail(unreadGraph(replied.error))
}

function finished(
  replied: Result<HttpReply, DirectoryFault>,
  { credential }: DirectoryRequest,
  { needs }: GraphCall,
  token: AccessToken,
): Result<HttpReply, DirectoryFault> {
  if (!replied.ok || replied.value.status < 300) return replied
  const scrub = createScrubber([token.bearer, ...secretsOf(credential)])
  return fail(graphRefusal(replied.value, { needs, roles: readClaims(token)?.roles ?? [], scrub }))
}

function secretsOf(credential: ClientCredential): Redacted[] {
  if (credential.kind === 'client-secret') return [credential.secret]
  return credential.kind === 'certificate' ? [credential.privateKey] : []
}

/** Permissions of which a call needs one, so that a refusal can say what to grant. */
export type Needs = readonly string[]

/** No answer, or none from Graph. After a change it is unknown whether the change was made. */
function unreadGraph(fault: HttpFault): DirectoryFault {
  if (fault.kind === 'net') return { kind: 'net', fault }
  const { status, problem, retryAfterMs } = fault
  const kind = status === 429 ? 'throttled' : 'unavailable'
  return { kind, retryAfterMs, evidence: `HTTP ${status}: ${problem}` }
}

/** A well-formed answer without what was requested. */
export const useless = (evidence: string): DirectoryFault => ({ kind: 'unavailable', retryAfterMs: null, evidence })

/** End of the codes for a credential that the app management policy forbids, with status 400 or 403. */
const POLICY_CODE = /AsPerAppPolicy$/i
/** Graph has no code for a secret or key that does not exist any more, only this text. */
const GONE = /\bno (password|key) credential found\b/i

/** The refusal of Graph, recognised by status and code. Its text is only evidence. */
function graphRefusal(
  { status, body, retryAfterMs }: HttpReply,
  { needs, roles, scrub }: { needs: Needs; roles: readonly string[]; scrub: (text: string) => string },
): DirectoryFault {
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const code = typeof error.code === 'string' ? error.code : ''
  const message = typeof error.message === 'string' ? error.message : ''
  const evidence = scrub(`HTTP ${status} ${code}: ${message}`)
  if (status === 429) return { kind: 'throttled', retryAfterMs, evidence }
  if (status >= 500) return { kind: 'unavailable', retryAfterMs, evidence }
  if (POLICY_CODE.test(code)) return { kind: 'policy', evidence }
  if (status === 401 || status === 403) {
    const has = roles.length > 0 ? roles.join(', ') : 'no role'
    return { kind: 'not-permitted', evidence: scrub(`needs ${needs.join(' or ')}; the token has ${has}. ${evidence}`) }
  }
  if (status === 404 || (status === 400 && GONE.test(message))) return { kind: 'not-found', evidence }
  return { kind: 'refused', evidence }
}
