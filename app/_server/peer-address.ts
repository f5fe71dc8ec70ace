import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { ORIGIN_HEADER } from '@/lib/access/request-proof'

/** Set by us on every request before anything reads it, so that a client's own header of this name never counts. */
export const PEER_HEADER = 'x-postroom-peer'

const watching = Symbol.for('postroom.peer-address')

/**
 * Sees each request before the framework does; Node tells of it on a channel. Call once, at start (instrumentation.ts).
 *
 * The framework hands pages and actions headers but no socket, and it keeps a client's own `X-Forwarded-For`: the socket's
 * address is written into a header of ours. And it answers a form posted from another site by a bare error 500, of which
 * nobody would learn: such an `Origin` is moved to a header of ours, where the gate of every action, which is stricter,
 * refuses it with a sentence and an audit row (W-04).
 */
export function watchPeerAddresses(): void {
  const global = globalThis as { [watching]?: boolean }
  if (global[watching]) return
  global[watching] = true
  subscribe('http.server.request.start', (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request
    headers[PEER_HEADER] = socket.remoteAddress ?? ''
    delete headers[ORIGIN_HEADER]
    if (headers.origin === undefined) return
    headers[ORIGIN_HEADER] = headers.origin
    if (hostOf(headers.origin) !== headers.host) delete headers.origin
  })
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)
