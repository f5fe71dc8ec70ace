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
 * address is written into a header of ours. And it answers a form posted from another site by a bare error 500, and one
 * without an `Origin` by a line in the log that is no JSON: what was sent is moved to a header of ours, where the gate of
 * every action, which is stricter, refuses it with a sentence and an audit row (W-04).
 */
export function watchPeerAddresses(): void {
  const global = globalThis as { [watching]?: boolean }
  if (global[watching]) return
  global[watching] = true
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    const { headers, socket } = request
    takeAbsoluteForm(request)
    // The framework makes a fetch Request of everything, which cannot be a TRACE, and would answer 500 before our own 405.
    if (request.method === 'TRACE') request.method = 'OPTIONS'
    headers[PEER_HEADER] = socket.remoteAddress ?? ''
    headers[ORIGIN_HEADER] = headers.origin ?? ''
    const host = String(headers['x-forwarded-host'] ?? headers.host ?? '')
      .split(',', 1)[0]
      ?.trim()
    if (request.method === 'POST' && host) headers.origin = `http://${host}`
  })
}

/**
 * `GET http://elsewhere.example/ HTTP/1.1`: the address in the request line is the host that counts (RFC 9112 §3.2.2). The
 * framework takes it for a path with doubled slashes and redirects, before anybody asks whether that host is ours (W-10).
 */
function takeAbsoluteForm(request: IncomingMessage): void {
  const { url = '/' } = request
  if (url.startsWith('/') || !URL.canParse(url)) return
  const { host, pathname, search } = new URL(url)
  request.headers.host = host
  request.url = pathname + search
}
