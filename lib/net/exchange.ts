import http from 'node:http'
import type { Socket } from 'node:net'
import { fail, type NetFault, type NetFaultCode, ok, parseJson, type Result } from '../kernel'
import { tlsEvidence, tlsFaultCode } from './tls'

/** Longer waits are cut to this. Microsoft sends minutes. */
const RETRY_AFTER_S_MAX = 24 * 60 * 60
const NO_CONTENT = 204
/** Brackets and commas of a JSON answer. Small values need thirty times the memory of their text; those of Graph have twenty bytes. */
const MARKS_MAX = 1_000_000
const MARKS: ReadonlySet<number> = new Set(Buffer.from('[{,'))
/** Each piece needs three hundred bytes of memory in addition to its content. Those of Graph have a kilobyte and more. */
const PIECES_MAX = 65_536
/** Interim answers (RFC 9110 §15.2). Servers send one or two, if any. */
const INTERIM_MAX = 20

export interface HttpRequest {
  url: string
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  body?: string
}

export interface HttpReply {
  status: number
  headers: Record<string, string>
  /** Parsed JSON for any status, null for a 204, or the text if text was requested. */
  body: unknown
  peerDate: Date | null
  retryAfterMs: number | null
}

/** The server answered with something that is not read. Its text is neither stored nor shown. */
export interface BadReply {
  kind: 'bad-reply'
  problem: 'redirect' | 'not-json' | 'too-large'
  status: number
  peerDate: Date | null
  retryAfterMs: number | null
}

export type HttpFault = NetFault | BadReply
type Reply = Result<HttpReply, HttpFault>

export interface ExchangeRules {
  signal: AbortSignal
  /** Milliseconds until the answer's headers. */
  headersMs: number
  bodyBytesMax: number
  /** `json`: anything else is a bad reply. `start`: any text, up to the limit or until it breaks off; the rest is not read. */
  reads: 'json' | 'start'
}

/** Sends one request over a socket and closes it after the answer. Redirects are never followed. */
export function exchange(
  socket: Socket,
  url: URL,
  { method, headers = {}, body }: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
  rules: ExchangeRules,
): Promise<Reply> {
  const { headersMs, signal } = rules
  const { host, port } = placeOf(url)
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socket,
      method,
      path: url.pathname + url.search,
      headers: {
        accept: 'application/json',
        ...headers,
        host: url.host,
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
    const finish = (result: Reply): undefined => {
      end()
      resolve(result)
    }
    let answerSoFar: ReturnType<typeof read>
    const refuse = (code: NetFaultCode, evidence: string) =>
      answerSoFar ? answerSoFar() : finish(fail({ kind: 'net', code, host, port, evidence }))
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
    let interim = 0
    // Node reports a 100 Continue by this event as well.
    request.on('information', () => {
      if (interim++ === INTERIM_MAX) refuse('connection-lost', 'interim answers without end')
    })
    // A server may answer with another protocol. Node reports that only by this event.
    request.once('upgrade', ({ statusCode: status = 0 }) =>
      finish(fail({ kind: 'bad-reply', problem: 'not-json', status, peerDate: null, retryAfterMs: null })),
    )
    request.once('response', (response) => {
      clearTimeout(headersTimer)
      answerSoFar = read(response, dateOf(response.headers.date), rules, finish)
      response.once('error', () => refuse('connection-lost', 'the answer broke off'))
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    request.end(body)
  })
}

/** @returns what answers with the start of a text that breaks off: the receiver's status says already what became of the request */
function read(
  response: http.IncomingMessage,
  peerDate: Date | null,
  { bodyBytesMax, reads }: ExchangeRules,
  finish: (result: Reply) => undefined,
): (() => undefined) | undefined {
  const { headers, statusCode: status = 0 } = response
  const about = { status, peerDate, retryAfterMs: retryAfterMs(headers['retry-after'], peerDate) }
  const bad = (problem: BadReply['problem']): undefined => finish(fail({ kind: 'bad-reply', problem, ...about }))
  const answer = (body: unknown): undefined => finish(ok({ ...about, headers: flat(headers), body }))
  if (status >= 300 && status < 400) return bad('redirect')
  if (status === NO_CONTENT) return answer(null)
  if (reads === 'json' && !/^application\/([\w.-]+\+)?json\b/i.test(headers['content-type'] ?? ''))
    return bad('not-json')

  const chunks: Buffer[] = []
  let [bytes, marks] = [0, 0]
  const answerStart = () => answer(Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8'))
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    chunks.push(chunk)
    if (reads === 'json') for (const byte of chunk) if (MARKS.has(byte)) marks += 1
    if (bytes <= bodyBytesMax && marks <= MARKS_MAX && chunks.length <= PIECES_MAX) return
    // What was received already still comes, thousands of small pieces of it.
    response.removeAllListeners('data')
    if (reads === 'json') bad('too-large')
    else answerStart()
  })
  response.once('end', () => {
    if (reads === 'start') return answerStart()
    const json = parseJson(Buffer.concat(chunks).toString('utf8'))
    if (json === undefined) return bad('not-json')
    answer(json)
  })
  return reads === 'start' ? answerStart : undefined
}

export const placeOf = (url: URL) => ({
  host: url.hostname,
  port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)),
})

function dateOf(header: string | undefined): Date | null {
  const date = new Date(header ?? '')
  return Number.isNaN(date.getTime()) ? null : date
}

/** Seconds, or a date by the server's clock (RFC 9110 §10.2.3). */
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
