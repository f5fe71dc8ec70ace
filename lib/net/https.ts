import http from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { NetFault, NetFaultCode } from '../kernel/faults'
import { fail, ok, type Result } from '../kernel/result'
import type { Dialer } from './dialer'
import { withLimit } from './limit'
import { tlsEvidence, tlsFaultCode } from './tls'

/** N-07. The token service answers within a second; a proxy that says nothing for ten never will. */
const HEADERS_MS_MAX = 10_000
const TOTAL_MS_MAX = 15_000
const BODY_BYTES_MAX = 256 * 1024
/** A longer wait is not believed; Entra sends minutes. */
const RETRY_AFTER_S_MAX = 24 * 60 * 60

export interface HttpsRequest {
  url: string
  method: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

export interface HttpsReply {
  status: number
  headers: Record<string, string>
  /** Parsed JSON, whatever the status. */
  body: unknown
  peerDate: Date | null
  retryAfterMs: number | null
}

/** The peer answered, but with nothing we read: its text is neither kept nor shown. */
export interface BadReply {
  kind: 'bad-reply'
  problem: 'redirect' | 'not-json' | 'too-large'
  status: number
  peerDate: Date | null
  retryAfterMs: number | null
}

export type HttpsFault = NetFault | BadReply

export interface Https {
  /** One request on one connection. `origins` are the only ones this caller may speak to. */
  request(
    request: HttpsRequest,
    options: { origins: readonly string[]; signal: AbortSignal },
  ): Promise<Result<HttpsReply, HttpsFault>>
}

/** Milliseconds within which headers and the whole reply must be there. */
export interface HttpsLimits {
  headersMs: number
  totalMs: number
}

/** A small https client over our own dialer: no redirects, no proxies, no pool, JSON only (N-07). */
export function createHttps(
  dialer: Dialer,
  { headersMs, totalMs }: HttpsLimits = { headersMs: HEADERS_MS_MAX, totalMs: TOTAL_MS_MAX },
): Https {
  return {
    async request(request, { origins, signal }) {
      const url = new URL(request.url)
      const host = url.hostname
      const port = Number(url.port || 443)
      const refuse = (code: NetFaultCode, evidence: string) =>
        fail<NetFault>({ kind: 'net', code, host, port, evidence })
      if (url.protocol !== 'https:' || !origins.some((origin) => new URL(origin).origin === url.origin))
        return refuse('address-not-allowed', `${url.origin} is not an origin of this cloud`)

      return withLimit(signal, totalMs, async (limit) => {
        const dialled = await dialer.connect({ host, port }, { signal: limit, purpose: 'https', extraPorts: [port] })
        if (!dialled.ok) return dialled
        const secured = await dialer.secure(dialled.value.socket, { host, port, signal: limit })
        if (!secured.ok) return secured
        return exchange(secured.value, url, request, { headersMs, signal: limit })
      })
    },
  }
}

function exchange(
  socket: TLSSocket,
  url: URL,
  { method, headers = {}, body }: HttpsRequest,
  { headersMs, signal }: { headersMs: number; signal: AbortSignal },
): Promise<Result<HttpsReply, HttpsFault>> {
  const host = url.hostname
  const port = Number(url.port || 443)
  return new Promise((resolve, reject) => {
    let peerDate: Date | null = null
    const request = http.request({
      createConnection: () => socket,
      method,
      path: url.pathname + url.search,
      headers: {
        ...headers,
        host: url.host,
        accept: 'application/json',
        'accept-encoding': 'identity',
        connection: 'close',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    })
    const end = (): void => {
      clearTimeout(headersTimer)
      signal.removeEventListener('abort', onAbort)
      request.on('error', () => {})
      socket.on('error', () => {})
      socket.destroy()
    }
    const settle = (result: Result<HttpsReply, HttpsFault>): void => {
      end()
      resolve(result)
    }
    const refuse = (code: NetFaultCode, evidence: string) =>
      settle(fail({ kind: 'net', code, host, port, evidence, ...(peerDate ? { peerDate } : {}) }))
    const onAbort = () => refuse('deadline-passed', 'no complete answer in time')
    const headersTimer = setTimeout(
      () => refuse('deadline-passed', `no answer within ${headersMs / 1000} s`),
      headersMs,
    )

    request.once('error', (thrown: NodeJS.ErrnoException) => {
      const code = thrown.code?.startsWith('HPE_') ? 'connection-lost' : tlsFaultCode(thrown.code ?? '')
      if (code) return refuse(code, tlsEvidence(thrown))
      end()
      reject(thrown)
    })
    request.once('response', (response) => {
      clearTimeout(headersTimer)
      peerDate = dateOf(response.headers.date)
      const status = response.statusCode ?? 0
      const about = { status, peerDate, retryAfterMs: retryAfterMs(response.headers['retry-after'], peerDate) }
      const bad = (problem: BadReply['problem']) => settle(fail({ kind: 'bad-reply', problem, ...about }))
      if (status >= 300 && status < 400) return bad('redirect')
      if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers['content-type'] ?? '')) return bad('not-json')

      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > BODY_BYTES_MAX) return bad('too-large')
        chunks.push(chunk)
      })
      response.once('error', () => refuse('connection-lost', 'the answer broke off'))
      response.once('end', () => {
        const json = parsed(Buffer.concat(chunks).toString('utf8'))
        if (!response.complete || json === undefined) return bad('not-json')
        settle(ok({ ...about, headers: flat(response.headers), body: json }))
      })
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    request.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function dateOf(header: string | undefined): Date | null {
  const date = new Date(header ?? '')
  return Number.isNaN(date.getTime()) ? null : date
}

/** Seconds, or a date by the peer's own clock (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | undefined, peerDate: Date | null): number | null {
  if (header === undefined) return null
  if (/^\d+$/.test(header)) return Math.min(Number(header), RETRY_AFTER_S_MAX) * 1000
  const until = dateOf(header)
  if (!until || !peerDate) return null
  return Math.min(Math.max(until.getTime() - peerDate.getTime(), 0), RETRY_AFTER_S_MAX * 1000)
}

const flat = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
