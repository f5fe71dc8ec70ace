import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './https'
import type { ReceivedLog } from './received'

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

export const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost')

const LOCAL_NAME = /^(localhost|127\.0\.0\.1|\[::1\]):\d+$/

/** Answers to its own name only, so that no web page elsewhere can reach it by another (DNS rebinding). */
export async function browse(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  const { host = '', origin } = request.headers
  if (!LOCAL_NAME.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
    response.writeHead(403).end('The simulator answers to this machine only.\n')
    return
  }
  await handler(request, response, urlOf(request))
}

/** A second origin, which records what a client sends there after a redirect or a link. */
export async function elsewhere(
  request: IncomingMessage,
  response: ServerResponse,
  received: ReceivedLog,
): Promise<void> {
  const body = (await readBody(request)) ?? ''
  const secret = new URLSearchParams(body).get('client_secret') ?? ''
  const bearer = request.headers.authorization ?? ''
  received.add({
    service: 'elsewhere',
    at: new Date().toISOString(),
    method: request.method ?? '',
    path: urlOf(request).pathname,
    bodyBytes: Buffer.byteLength(body),
    secretBytes: Buffer.byteLength(secret) + Buffer.byteLength(bearer),
    secretSha256: null,
    clientId: null,
    scope: null,
    status: 200,
    outcome: 'elsewhere',
  })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}
