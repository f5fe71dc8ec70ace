import { isTrustedProxy } from '../access/client-address'
import type { Logger } from '../kernel'

/** Fewer requests in a row may come from one person who sends the header by hand. */
const IN_A_ROW = 50

export type UnknownProxy = ReturnType<typeof watchForProxy>

/**
 * Notices a proxy that POSTROOM_TRUSTED_PROXIES does not name: every request comes from its address and carries
 * `X-Forwarded-For`. Then all people count as one address, and one of them who guesses passwords locks out everybody.
 */
export function watchForProxy(trustedProxies: readonly string[], log: Logger) {
  let peer: string | null = null
  let inARow = 0
  let isLogged = false
  return {
    saw(from: string | null, forwardedFor: string | null): void {
      // Where a client sends no such header, the framework writes one with the peer's own address.
      const hasHeader = forwardedFor !== null && forwardedFor !== from
      const isProxied = from !== null && hasHeader && !isTrustedProxy(from, trustedProxies)
      if (!isProxied || from !== peer) inARow = 0
      if (isProxied) inARow++
      peer = from
      if (isLogged || inARow < IN_A_ROW) return
      isLogged = true
      log.warn('all requests come from one address that sends X-Forwarded-For and is not a trusted proxy', {
        address: from,
        variable: 'POSTROOM_TRUSTED_PROXIES',
      })
    },
    /** Its address, or null if requests come by other ways too. */
    address: () => (inARow < IN_A_ROW ? null : peer),
  }
}
