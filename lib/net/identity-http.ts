import type { Result } from '../kernel/result'
import type { Dialer } from './dialer'
import type { HttpFault, HttpReply } from './exchange'
import { call, LIMITS, refused } from './https'

/** The answer is a token and its dates. */
const BODY_BYTES_MAX = 64 * 1024

export type IdentityHttp = ReturnType<typeof createIdentityHttp>

/**
 * Client of the platform's service for managed identities, which is on this machine or its local link and may call Entra first. It is the
 * only service that is called in clear text, because it offers nothing else.
 *
 * @param endpoint the endpoint of the deployment that the dialer was created for
 */
export function createIdentityHttp(dialer: Dialer, endpoint: URL, limits = LIMITS) {
  return {
    async get(
      query: Record<string, string>,
      headers: Record<string, string>,
      signal: AbortSignal,
    ): Promise<Result<HttpReply, HttpFault>> {
      if (endpoint.protocol !== 'http:') return refused(endpoint, 'address-not-allowed', 'not the identity endpoint')
      const url = new URL(endpoint)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
      const rules = { purpose: 'identity', signal, bodyBytesMax: BODY_BYTES_MAX, reads: 'json' } as const
      return call(dialer, url, { method: 'GET', headers }, { ...rules, ...limits })
    },
  }
}
