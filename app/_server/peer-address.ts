import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** Set by us on every request before anything reads it, so that a client's own header of this name never counts. */
export const PEER_HEADER = 'x-postroom-peer'

const watching = Symbol.for('postroom.peer-address')

/**
 * The framework hands pages and actions headers but no socket, and it keeps a client's own `X-Forwarded-For`. Node tells of
 * each request before the server sees it: there the socket's address is written into a header of ours. Call once, at start
 * (instrumentation.ts).
 */
export function watchPeerAddresses(): void {
  const global = globalThis as { [watching]?: boolean }
  if (global[watching]) return
  global[watching] = true
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? ''
  })
}
