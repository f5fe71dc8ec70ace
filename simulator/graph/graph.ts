import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { Tokens } from '../entra/tokens'
import type { Faults } from '../faults/faults'
import { readBody } from '../web/https'
import { type HttpReceived, type ReceivedLog, sha256 } from '../web/received'
import { knownFrom } from '../world/change'
import type { Clock } from '../world/clock'
import type { World } from '../world/world'
import { badRequest, type GraphAnswer, refusal, tooMany, unavailable, withInnerError } from './graph-answer'
import { type Caller, callerOf } from './graph-caller'
import { answerGraph } from './graph-routes'

interface GraphParts {
  world: () => World
  faults: Faults
  clock: Clock
  tokens: Tokens
  received: ReceivedLog
  audiences: () => readonly string[]
  /** The address of this server, up to `/graph`. */
  url: () => string
  elsewhere: () => string
}

const WINDOW_MS = 60_000

/** The part of Microsoft Graph for applications, their credentials and their owners. */
export class Graph {
  /** When each tenant selected `keyCredentials`, in milliseconds; no more of them than a minute allows. */
  readonly #keyReads = new Map<string, number[]>()

  constructor(private readonly parts: GraphParts) {}

  forget(): void {
    this.#keyReads.clear()
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { faults, received, clock } = this.parts
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const entry: HttpReceived = received.add({
      service: 'graph',
      at: new Date().toISOString(),
      method: request.method ?? '',
      path: url.pathname,
      query: decodeURIComponent(url.search),
      bodyBytes: 0,
      secretBytes: bearer.length,
      secretSha256: bearer === '' ? null : sha256(bearer),
      clientId: null,
      scope: null,
      status: null,
      outcome: null,
    })
    const text = await readBody(request)
    entry.bodyBytes = Buffer.byteLength(text ?? '')
    if (faults.is('graphSilent')) return
    const delay = faults.number('graphDelay')
    if (delay !== null) await after(delay)
    const answer = faults.is('graphDrop')
      ? null
      : (this.#fault(request, url) ?? this.#answer(request, url, bearer, text))
    if (answer === null || faults.is('graphLoseAnswer')) {
      entry.outcome = answer === null ? 'dropped' : 'answer lost'
      return void response.destroy()
    }
    entry.status = answer.status
    entry.outcome = /"code":"(\w+)"/.exec(JSON.stringify(answer.status < 400 ? null : answer.body))?.[1] ?? null
    send(response, answer, clock.now())
  }

  /** The answer that an active fault sends instead. */
  #fault(request: IncomingMessage, url: URL): GraphAnswer | null {
    const { faults } = this.parts
    const status = faults.number('graphStatus')
    if (status === 429) return tooMany(WINDOW_MS / 1000)
    if (status !== null) return refusal(status, 'serviceNotAvailable', 'The service cannot answer now.')
    const throttled = faults.number('graphThrottled')
    if (throttled !== null) return tooMany(throttled)
    const gone = faults.number('graphUnavailable')
    if (gone !== null) return unavailable(gone)
    const target = decodeURIComponent(`${url.pathname}${url.search}`)
    const reply = faults.takeGraphReply(request.method ?? '', target)
    if (reply) {
      const headers = reply.retryAfter === undefined ? undefined : { 'retry-after': String(reply.retryAfter) }
      return refusal(reply.status, reply.code ?? 'UnknownError', reply.message ?? 'The request was refused.', headers)
    }
    const body = faults.text('graphBody')
    return body === null ? null : { status: 200, body }
  }

  #answer(request: IncomingMessage, url: URL, bearer: string, text: string | null): GraphAnswer {
    const { clock, tokens, world, audiences, faults } = this.parts
    if (bearer === '') {
      return refusal(401, 'InvalidAuthenticationToken', 'Access token is empty.', { 'www-authenticate': 'Bearer' })
    }
    const caller = callerOf(tokens.read(bearer), world(), audiences())
    if ('status' in caller) return caller
    const wait = this.#throttle(caller, url)
    if (wait !== null) return tooMany(wait)
    const body = parsed(text)
    if (body === null) return badRequest('The body is no JSON object.', 'BadRequest')
    const path = decodeURIComponent(url.pathname).replace(/^\/graph\/v1\.0(?=\/)/, '')
    if (path.startsWith('/graph')) return badRequest('Only the version v1.0 is known here.', 'BadRequest')
    const answer = answerGraph({
      method: request.method ?? '',
      path,
      url,
      body,
      caller,
      now: clock.now(),
      knownFrom: knownFrom({ world: world(), now: clock.now() }),
      listUrl: `${this.parts.url()}/v1.0/applications`,
    })
    const link = faults.text('graphNextLink')
    if (link === null || !isPage(answer.body)) return answer
    const target = link === 'elsewhere' ? `${this.parts.elsewhere()}/graph/v1.0/applications` : link
    return { ...answer, body: { ...answer.body, '@odata.nextLink': target } }
  }

  /** Seconds to wait, where `keyCredentials` were selected too often within a minute. */
  #throttle({ tenant }: Caller, url: URL): number | null {
    if (!(url.searchParams.get('$select') ?? '').split(',').some((name) => name.trim() === 'keyCredentials'))
      return null
    const now = this.parts.clock.now().getTime()
    const recent = (this.#keyReads.get(tenant.id) ?? []).filter((at) => at > now - WINDOW_MS && at <= now)
    this.#keyReads.set(tenant.id, recent)
    const [first = now] = recent
    if (recent.length >= this.parts.world().limits.keyCredentialsPerMinute) {
      return Math.max(1, Math.ceil((first + WINDOW_MS - now) / 1000))
    }
    recent.push(now)
    return null
  }
}

const isPage = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && 'value' in body

function parsed(text: string | null): Record<string, unknown> | null {
  if (text === '') return {}
  try {
    const read: unknown = JSON.parse(text ?? '')
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : null
  } catch {
    return null
  }
}

function send(response: ServerResponse, { status, body, headers }: GraphAnswer, now: Date): void {
  const requestId = randomUUID()
  const common = { 'request-id': requestId, date: now.toUTCString(), 'cache-control': 'no-cache', ...headers }
  if (body === undefined) return void response.writeHead(status, { ...common, 'content-length': 0 }).end()
  const text = typeof body === 'string' ? body : JSON.stringify(withInnerError(body, now, requestId))
  response.writeHead(status, {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...common,
  })
  response.end(text)
}
