import type { Result } from '../kernel/result'
import type { Dialer } from './dialer'
import { exchange, type HttpFault, type HttpReply, portOf } from './exchange'
import { refused } from './https'
import { withLimit } from './limit'

/** The platform's service is on this machine or its local link. It may call Entra first, which takes a few seconds. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
/** The answer is a token and its dates. */
const BODY_BYTES_MAX = 64 * 1024

export type IdentityHttp = ReturnType<typeof createIdentityHttp>

/**
 * Client of the platform's service for managed identities. It is the only service that is called in clear text, because it offers nothing
 * else.
 *
 * @param endpoint the endpoint of the deployment that the dialer was created for
 */
export function createIdentityHttp(
  dialer: Dialer,
  endpoint: URL,
  { headersMs, totalMs } = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
) {
  return {
    async get(
      query: Record<string, string>,
      headers: Record<string, string>,
      signal: AbortSignal,
    ): Promise<Result<HttpReply, HttpFault>> {
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
