import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { Faults } from '../faults/faults'
import { readBody, sendJson } from '../web/https'
import type { HttpReceived, ReceivedLog } from '../web/received'

/** A POST to a webhook address, accepted or refused. */
export interface Posted {
  id: number
  receivedAt: string
  kind: 'webhook' | 'teams'
  path: string
  headers: Record<string, string>
  body: string
  /** Null if the body is not JSON. */
  json: unknown
  /** The first adaptive card in it, as Teams' Workflows expect it, or null if there is none. */
  card: unknown
  /** The status of the answer, or null if none was sent. */
  status: number | null
}

const MOST_POSTS = 500
export const WEBHOOK_PATH = '/hooks/postroom'
/** Spelled as Power Automate does: anyone who knows the signature in the address may post. */
export const TEAMS_PATH = '/workflows/6f1c2b9ad0e84c1b8a53/triggers/manual/paths/invoke'
const KINDS = new Map<string, 'teams' | 'webhook'>([
  [TEAMS_PATH, 'teams'],
  [WEBHOOK_PATH, 'webhook'],
])
export const TEAMS_QUERY = '?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=c2ltdWxhdGVk'
const CARD = 'application/vnd.microsoft.card.adaptive'

interface InboxParts {
  faults: Faults
  received: ReceivedLog
  elsewhere: () => string
}

/** Two webhook addresses, an ordinary one and one of Teams' Workflows, and what was posted to them. */
export class Inbox {
  #posts: Posted[] = []
  #count = 0

  constructor(private readonly parts: InboxParts) {}

  /** Newest first. */
  all(): readonly Posted[] {
    return this.#posts
  }

  clear(): void {
    this.#posts = []
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { faults, received } = this.parts
    const body = await readBody(request)
    const kind = KINDS.get(url.pathname)
    if (!kind) return sendJson(response, 404, { error: 'There is no such address.' })
    if (request.method !== 'POST') return sendJson(response, 405, { error: 'Send POST.' })
    if (body === null) return sendJson(response, 413, { error: 'The body is too long.' })
    if (kind === 'teams' && url.searchParams.get('sig') === null) {
      return sendJson(response, 401, {
        error: { code: 'DirectApiAuthorizationRequired', message: 'A signature is missing.' },
      })
    }
    const post = this.#keep(kind, request, url, body)
    const entry = received.add<HttpReceived>({
      service: 'webhook',
      at: post.receivedAt,
      method: 'POST',
      path: url.pathname,
      bodyBytes: Buffer.byteLength(body),
      secretBytes: 0,
      secretSha256: null,
      clientId: null,
      scope: null,
      status: null,
      outcome: kind,
    })
    if (faults.is('webhookSilent')) return
    const delay = faults.number('webhookDelay')
    if (delay !== null) await after(delay)
    this.#reply(response, post)
    entry.status = post.status
  }

  #keep(kind: Posted['kind'], request: IncomingMessage, url: URL, body: string): Posted {
    this.#count += 1
    const json = parsed(body)
    const post: Posted = {
      id: this.#count,
      receivedAt: new Date().toISOString(),
      kind,
      path: url.pathname + url.search,
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
      json,
      card: cardIn(json),
      status: null,
    }
    this.#posts.unshift(post)
    this.#posts.length = Math.min(this.#posts.length, MOST_POSTS)
    return post
  }

  #reply(response: ServerResponse, post: Posted): void {
    const { status, body, headers = {} } = this.#answer(post)
    post.status = status
    if (body === undefined) response.writeHead(status, { 'content-length': 0, ...headers }).end()
    else sendJson(response, status, body, headers)
  }

  #answer({ kind, id }: Posted): { status: number; body?: unknown; headers?: Record<string, string> } {
    const { faults, elsewhere } = this.parts
    const status = faults.number('webhookStatus')
    if (status !== null) return { status, body: { error: 'The inbox cannot take it now.' } }
    const seconds = faults.number('webhookThrottled')
    if (seconds !== null) {
      return { status: 429, body: { error: 'Too many requests.' }, headers: { 'retry-after': String(seconds) } }
    }
    const target = faults.text('webhookRedirect')
    if (target !== null) {
      return { status: 307, headers: { location: target === 'elsewhere' ? `${elsewhere()}/hooks` : target } }
    }
    // Workflows accept the post and run the flow later.
    return kind === 'teams' ? { status: 202 } : { status: 200, body: { received: id } }
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function cardIn(json: unknown): unknown {
  const { attachments } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  const card = (Array.isArray(attachments) ? attachments : []).find((item) => item?.contentType === CARD)
  return card?.content ?? null
}
