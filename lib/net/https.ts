import type { NetFault, NetFaultCode } from '../kernel/faults'
import { fail, type Result } from '../kernel/result'
import type { Dialer } from './dialer'
import { type ExchangeRules, exchange, type HttpFault, type HttpReply, type HttpRequest, portOf } from './exchange'
import { withLimit } from './limit'

/** N-07. The token service answers within a second; a proxy that says nothing for ten never will. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
const BODY_BYTES_MAX = 256 * 1024

export interface HttpsOptions {
  /** The only origins this caller may speak to. */
  origins: readonly string[]
  signal: AbortSignal
  /** For an answer that is larger than a token reply, e.g. a page of applications. */
  bodyBytesMax?: number
  /** The same for one that takes longer; milliseconds for all of it. */
  totalMs?: number
}

export interface Https {
  /** One request on one connection. */
  request(request: HttpRequest, options: HttpsOptions): Promise<Result<HttpReply, HttpFault>>
}

/** Milliseconds within which headers and the whole reply must be there. */
export interface HttpsLimits {
  headersMs: number
  totalMs: number
}

/** A small https client over our own dialer: no redirects, no proxies, no pool, JSON only (N-07). */
export function createHttps(
  dialer: Dialer,
  limits: HttpsLimits = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
): Https {
  return {
    async request(request, { origins, signal, bodyBytesMax = BODY_BYTES_MAX, totalMs = limits.totalMs }) {
      const url = new URL(request.url)
      if (url.protocol !== 'https:' || !origins.some((origin) => new URL(origin).origin === url.origin))
        return refused(url, 'address-not-allowed', `${url.origin} is not an origin of this cloud`)
      const headersMs = Math.max(limits.headersMs, totalMs - limits.totalMs)
      return overTls(dialer, url, request, {
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

/** Dials, secures, asks: all of it within one limit. */
export function overTls(
  dialer: Dialer,
  url: URL,
  request: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
  { purpose, totalMs, signal, ...rules }: ExchangeRules & { purpose: 'https' | 'webhook'; totalMs: number },
): Promise<Result<HttpReply, HttpFault>> {
  const host = url.hostname
  const port = portOf(url)
  return withLimit(signal, totalMs, async (limit) => {
    const dialled = await dialer.connect({ host, port }, { signal: limit, purpose, extraPorts: [port] })
    if (!dialled.ok) return dialled
    const secured = await dialer.secure(dialled.value.socket, { host, port, signal: limit })
    if (!secured.ok) return secured
    return exchange(secured.value, url, request, { ...rules, signal: limit })
  })
}

export function refused(url: URL, code: NetFaultCode, evidence: string): Result<never, NetFault> {
  return fail({ kind: 'net', code, host: url.hostname, port: portOf(url), evidence })
}
