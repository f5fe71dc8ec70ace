import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { FORM_BYTES_MAX, ORIGIN_HEADER } from './request-proof'
import { BARE_POLICY, SECURITY_HEADERS } from './security-headers'

/** Set by us on every request before anything reads it, so that a client's own header of this name never counts. */
export const PEER_HEADER = 'x-postroom-peer'

/** Finds the answer to a request when its page has failed. */
const NUMBER_HEADER = 'x-postroom-request'

const WATCHED = Symbol.for('postroom.incoming-requests')

interface Watched {
  requests: number
  /** By number, as long as they are open. */
  answers: Map<string, ServerResponse>
}
const global = globalThis as { [WATCHED]?: Watched }

const RETRY_AFTER_S = 5

/** A client that goes on sending long after its body was too large is disconnected. */
const DROPPED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Sees each request before the framework does; Node announces it on a channel. Called before the console listens, and again by
 * the framework's start, which does nothing unless the console was started by other means.
 *
 * The framework hands pages and actions headers but no socket, and it keeps a client's own `X-Forwarded-For`, so the socket's
 * address is written into a header of ours. It answers a form posted from another site by a bare error 500, and one without
 * an `Origin` by a line in the log that is no JSON, so what was sent is moved to a header of ours, where the gate of
 * every action, which is stricter, refuses it with a sentence and an audit row (W-04).
 */
export function watchRequests(): void {
  if (global[WATCHED]) return
  const watched: Watched = { requests: 0, answers: new Map() }
  global[WATCHED] = watched
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const { headers, socket } = request
    secure(response)
    headers[NUMBER_HEADER] = number(response, watched)
    limitBody(request)
    takeAbsoluteForm(request)
    repairPath(request)
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

function number(response: ServerResponse, watched: Watched): string {
  watched.requests += 1
  const name = String(watched.requests)
  watched.answers.set(name, response)
  response.once('close', () => watched.answers.delete(name))
  return name
}

/** What an answer to a failed request says beside its status. */
export interface Failure {
  /** The log has the reason under it (W-15). */
  number: string
  /** The database is away: trying again helps. */
  isUnavailable: boolean
}

/**
 * Improves the error 500 that the framework is about to answer. Of an error page it changes the status only. A plain form and a
 * route get an answer of our own: the framework's would be empty, or say nothing but "Internal Server Error".
 *
 * @param headers as the framework hands them on, of the request that failed.
 */
export function answerFailure(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  failure: Failure,
): void {
  const response = global[WATCHED]?.answers.get(String(headers[NUMBER_HEADER]))
  if (!response || response.headersSent) return
  const { writeHead, write, end } = response
  /** Called as soon as the framework answers. Whether the answer is our own, so that the framework's text is dropped. */
  const takeOver = (): boolean => {
    Object.assign(response, { writeHead, write, end })
    if (response.statusCode !== 500) return false
    if (failure.isUnavailable) {
      response.statusCode = 503
      response.setHeader('Retry-After', RETRY_AFTER_S)
    }
    if (/html|x-component/.test(String(response.getHeader('content-type')))) return false
    for (const name of ['Content-Length', 'Content-Encoding', 'ETag']) response.removeHeader(name)
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.setHeader('Cache-Control', 'no-store')
    Object.assign(response, { write: () => true, end: () => Reflect.apply(end, response, [failureText(failure)]) })
    return true
  }
  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]) {
      response.statusCode = status
      takeOver()
      return Reflect.apply(
        writeHead,
        response,
        response.statusCode === status ? [status, ...rest] : [response.statusCode],
      )
    },
    write: (...args: unknown[]) => takeOver() || Reflect.apply(write, response, args),
    end: (...args: unknown[]) => (takeOver() ? response.end() : Reflect.apply(end, response, args)),
  })
}

const failureText = ({ number, isUnavailable }: Failure): string =>
  isUnavailable
    ? 'The database does not answer. Try again in a few seconds.\nDie Datenbank antwortet nicht. Versuchen Sie es in einigen Sekunden noch einmal.\n'
    : `This request failed. The log has the reason under the number ${number}.\nDie Anfrage ist fehlgeschlagen. Der Grund steht unter der Nummer ${number} im Protokoll.\n`

/** Also for what the framework answers without asking proxy.ts, which gives a page the policy that it needs (W-07). */
function secure(response: ServerResponse): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value)
  response.setHeader('Content-Security-Policy', BARE_POLICY)
}

/**
 * The framework keeps a body in memory until it knows who handles it, ten times larger than any form of ours. It gets one byte
 * more than a form may have and never the rest, so each reader can tell that the body is too large, and a body that was cut
 * is never taken for a whole one (W-03, W-14).
 */
function limitBody(request: IncomingMessage): void {
  const push = request.push.bind(request)
  let received = 0
  request.push = (chunk: Buffer | null, encoding) => {
    if (chunk === null) return push(null)
    const passed = Math.min(received, FORM_BYTES_MAX + 1)
    received += chunk.length
    if (received > DROPPED_BYTES_MAX) request.socket.destroy()
    const rest = chunk.subarray(0, FORM_BYTES_MAX + 1 - passed)
    return rest.length === 0 || push(rest, encoding)
  }
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

/** The framework answers a path that does not decode by an error 500. With its percent signs escaped it names a page that does not exist. */
function repairPath(request: IncomingMessage): void {
  const [path = '', ...query] = (request.url ?? '/').split('?')
  try {
    decodeURIComponent(path)
  } catch {
    request.url = [path.replaceAll('%', '%25'), ...query].join('?')
  }
}
