import type { Result } from '../kernel/result'
import type { Dialer } from './dialer'
import { exchange, type HttpFault, type HttpReply, portOf } from './exchange'
import { refused } from './https'
import { withLimit } from './limit'

/** The platform's own service sits on this machine or beside it; it may ask Entra first, which takes a few seconds. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
/** A token and its dates. */
const BODY_BYTES_MAX = 64 * 1024

/** The one service that is asked in clear text: the platform's for managed identities, which offers nothing else. */
export interface IdentityHttp {
  get(
    query: Record<string, string>,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Result<HttpReply, HttpFault>>
}

/**
 * @param endpoint the deployment's, and the same that the dialer was made for; host, port and path are never another's.
 */
export function createIdentityHttp(
  dialer: Dialer,
  endpoint: URL,
  { headersMs, totalMs } = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
): IdentityHttp {
  return {
    async get(query, headers, signal) {
      if (endpoint.protocol !== 'http:') return refused(endpoint, 'address-not-allowed', 'not the identity endpoint')
      const url = new URL(endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const target = { host: url.hostname, port: portOf(url) }
      return withLimit(signal, totalMs, async (limit) => {
        const dialled = await dialer.connect(target, { signal: limit, purpose: 'identity' })
        if (!dialled.ok) return dialled
        const rules = { signal: limit, headersMs, bodyBytesMax: BODY_BYTES_MAX, reads: 'json' } as const
        return exchange(dialled.value.socket, url, { method: 'GET', headers }, rules)
      })
    },
  }
}
