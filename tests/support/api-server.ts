import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import * as unknownRoute from '../../app/api/[...path]/route'
import * as cancelRoute from '../../app/api/v1/messages/[id]/cancel/route'
import * as messageRoute from '../../app/api/v1/messages/[id]/route'
import * as messagesRoute from '../../app/api/v1/messages/route'
import * as documentRoute from '../../app/api/v1/openapi.json/route'
import { PEER_HEADER } from '../../lib/access/incoming-requests'
import { createAuditLog } from '../../lib/audit'
import type { Environment } from '../../lib/config/environment'
import type { Db } from '../../lib/db'
import { type Logger, systemClock } from '../../lib/kernel'
import { createRefusals } from '../../lib/operations/refusals'
import { createSubmissionService } from '../../lib/submission'
import type { BodyLimits } from '../../lib/submission/api/body'
import { createApi } from '../../lib/submission/api/handle'
import { provideServices, withdrawServices } from './page-services'
import { type SubmissionWorldOptions, submissionWorld } from './submission'
import { quiet } from './world'

type Handler = (request: Request, context: { params: Promise<{ id: string }> }) => Response | Promise<Response>
const ROUTES: readonly (readonly [path: RegExp, methods: object])[] = [
  [/^\/api\/v1\/messages$/, messagesRoute],
  [/^\/api\/v1\/openapi\.json$/, documentRoute],
  [/^\/api\/v1\/messages\/([^/]+)$/, messageRoute],
  [/^\/api\/v1\/messages\/([^/]+)\/cancel$/, cancelRoute],
]

export interface ApiWorldOptions extends SubmissionWorldOptions {
  bodies?: BodyLimits
  /** A different database for the API. */
  apiDb?: Db
}

/** The answers that the API gave to requests of this process: what each `post /messages/{id}/cancel 404` and the like had. */
export const observedAnswers = new Map<string, { code: string | null; retryAfter: string | null }[]>()

const templateOf = (path: string): string =>
  path
    .replace(/\?.*/, '')
    .replace('/api/v1', '')
    .replace(/^\/messages\/[^/]+/, '/messages/{id}')

/** For tests only: the routes of the API behind a real HTTP server, with a real database. */
export async function apiWorld(options: ApiWorldOptions) {
  const world = await submissionWorld({ entrances: [], ...options })
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const [path, methods] = ROUTES.find(([pattern]) => pattern.test(url.pathname)) ?? [/$/, unknownRoute]
    const headers = new Headers(
      Object.entries(request.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      ) as [string, string][],
    )
    headers.set(PEER_HEADER, request.socket.remoteAddress ?? '')
    const { method = 'GET' } = request
    const hasBody = method === 'POST'
    const webRequest = new Request(url, {
      method,
      headers,
      ...(hasBody && { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' }),
    })
    const params = Promise.resolve({ id: path.exec(url.pathname)?.[1] ?? '' })
    const answer =
      (await (methods as Record<string, Handler>)[method]?.(webRequest, { params })) ??
      new Response(null, { status: 404 })
    const text = await answer.text()
    const { code = null } = answer.status < 400 || text === '' ? {} : JSON.parse(text)
    const observed = `${method.toLowerCase()} ${templateOf(url.pathname)} ${answer.status}`
    const before = observedAnswers.get(observed) ?? []
    observedAnswers.set(observed, [...before, { code, retryAfter: answer.headers.get('retry-after') }])
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const { log = quiet, clock = systemClock, database } = options
  const { outbox } = world
  const db = options.apiDb ?? database.db
  const submission = createSubmissionService({ db, clock, log, outbox, audit: createAuditLog(db, clock) })
  const deps = {
    db,
    clock,
    log: log as Logger,
    baseUrl: new URL(origin),
    submission,
    outbox,
    refusals: createRefusals({ audit: createAuditLog(db, systemClock), log }),
    spoolFolder: world.spoolFolder,
  }
  const api = createApi(deps, options.bodies)
  provideServices({
    environment: { trustedProxies: [], baseUrl: new URL(origin) } as unknown as Environment,
    unknownProxy: { saw() {}, isSeen: () => false } as never,
    api,
  })
  return {
    ...world,
    origin,
    api,
    /** Calls the API. A body that is no string is sent as JSON. */
    async call(path: string, { key, body, method = body === undefined ? 'GET' : 'POST', headers = {} }: Call) {
      const answer = await fetch(`${origin}/api/v1${path}`, {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        }),
      } as RequestInit)
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
    },
    async close() {
      withdrawServices()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await world.close()
    },
  }
}

interface Call {
  key?: string
  body?: unknown
  method?: string
  headers?: Record<string, string>
}
