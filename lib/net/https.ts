import { fail, type NetFault, ok, type Result } from '../kernel'
import type { Dialer } from './dialer'
import { type ExchangeRules, exchange, type HttpFault, type HttpReply, type HttpRequest, placeOf } from './exchange'
import { withLimit } from './limit'

/** The token service answers within a second. A proxy that sends nothing for ten seconds will not answer. */
export const LIMITS = { headersMs: 10_000, totalMs: 15_000 }
const BODY_BYTES_MAX = 256 * 1024

export interface HttpsOptions {
  origins: readonly string[]
  signal: AbortSignal
  /** For answers that are larger than a token reply, e.g. a page of applications. */
  bodyBytesMax?: number
  /** Milliseconds for the whole call, for answers that take longer. */
  totalMs?: number
}

export type Https = ReturnType<typeof createHttps>

/** Makes an https client over the dialer. It follows no redirect, uses neither a proxy nor a pool, and reads JSON only. */
export function createHttps(dialer: Dialer, limits = LIMITS) {
  return {
    async request(
      request: HttpRequest,
      { origins, signal, bodyBytesMax = BODY_BYTES_MAX, totalMs = limits.totalMs }: HttpsOptions,
    ): Promise<Result<HttpReply, HttpFault>> {
      const url = new URL(request.url)
      if (url.protocol !== 'https:' || !origins.some((origin) => new URL(origin).origin === url.origin))
        return notAllowed(url, `${url.origin} is not an origin of this cloud`)
      const headersMs = Math.max(limits.headersMs, totalMs - limits.totalMs)
      return call(dialer, url, request, {
        purpose: 'https',
        signal,
        totalMs,
        headersMs,
        bodyBytesMax,
        reads: 'json',
      })
    },
  }
}

/** Dials, makes the TLS handshake unless the service offers none, and sends the request, all within one time limit. */
export function call(
  dialer: Dialer,
  url: URL,
  request: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
  {
    purpose,
    totalMs,
    signal,
    ...rules
  }: ExchangeRules & { purpose: 'https' | 'webhook' | 'identity'; totalMs: number },
): Promise<Result<HttpReply, HttpFault>> {
  const { host, port } = placeOf(url)
  return withLimit(signal, totalMs, async (limit) => {
    const dialled = await dialer.connect({ host, port }, { signal: limit, purpose, extraPorts: [port] })
    if (!dialled.ok) return dialled
    const { socket } = dialled.value
    const secured = purpose === 'identity' ? ok(socket) : await dialer.secure(socket, { host, port, signal: limit })
    if (!secured.ok) return secured
    return exchange(secured.value, url, request, { ...rules, signal: limit })
  })
}

export const notAllowed = (url: URL, evidence: string): Result<never, NetFault> =>
  fail({ kind: 'net', code: 'address-not-allowed', ...placeOf(url), evidence })

/** The answer is a token and its dates. */
const TOKEN_BYTES_MAX = 64 * 1024

export type IdentityHttp = ReturnType<typeof createIdentityHttp>

/**
 * Makes a client of the platform's service for managed identities, which is on this machine or its local link and may call Entra first. It is
 * the only service that is called in clear text, because it offers nothing else.
 */
export function createIdentityHttp(dialer: Dialer, endpoint: URL, limits = LIMITS) {
  return {
    async get(
      query: Record<string, string>,
      headers: Record<string, string>,
      signal: AbortSignal,
    ): Promise<Result<HttpReply, HttpFault>> {
      if (endpoint.protocol !== 'http:') return notAllowed(endpoint, 'not the identity endpoint')
      const url = new URL(endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const rules = { purpose: 'identity', signal, bodyBytesMax: TOKEN_BYTES_MAX, reads: 'json' } as const
      return call(dialer, url, { method: 'GET', headers }, { ...rules, ...limits })
    },
  }
}
