import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer, type Server } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** HTTPS that chooses certificate and TLS version for each connection, so that a fault applies from the next one on. */
export function httpsServer(context: () => SecureContext, handler: HttpHandler): Server {
  const http = plainServer(handler)
  return createServer((socket) => {
    socket.on('error', () => socket.destroy())
    const secured = new TLSSocket(socket, { isServer: true, secureContext: context(), ALPNProtocols: ['http/1.1'] })
    secured.on('error', () => socket.destroy())
    secured.on('secure', () => http.emit('connection', secured))
  })
}

/** Long enough that a client on a busy machine does not send its next request to a closed connection. */
const KEEP_ALIVE_MS = 60_000

export function plainServer(handler: HttpHandler): HttpServer {
  const server = createHttpServer(answering(handler))
  server.keepAliveTimeout = KEEP_ALIVE_MS
  return server
}

/** A bug in a handler is logged and answered 500, so that the client does not wait for ever. */
function answering(handler: HttpHandler) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handler(request, response).catch((thrown: unknown) => {
      process.stderr.write(`simulator: ${String(thrown instanceof Error ? thrown.stack : thrown)}\n`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
}

const LONGEST_BODY = 1024 * 1024

/** Null if it is too long. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > LONGEST_BODY) return null
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}
