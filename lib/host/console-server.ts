import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { addressBucket } from '../access/client-address'
import { inTurns } from './turns'

/** All connections together, so that descriptors remain for the database and for files, whatever strangers open. */
const CONNECTIONS_MAX = 1_000
/** Connections of one address: it alone cannot keep out all others. Behind a proxy it is the proxy's address that counts. */
const CONNECTIONS_PER_ADDRESS_MAX = 500
/**
 * Requests of one connection that are not answered. Browsers and proxies send one at a time; of thousands in one piece, each would be begun
 * before anything else happens in the process.
 */
const REQUESTS_PER_CONNECTION_MAX = 20
/** The host restarts a console that does not answer exactly this, so it does not wait for other requests of the same address. */
const LIVE = '/health/live'
/** Until the headers of a request are complete, and until all of it is; Node looks every 30 s. */
const HEADERS_MS = 30_000
const REQUEST_MS = 60_000
/** Nothing is sent in either direction, as by a client that does not read its answer. A test stage may take 30 s. */
const SILENCE_MS = 120_000
/** When the console stops, a client that has not finished its request or reads its answer slowly has this long. */
const CLIENT_GRACE_MS = 3_000
const STOP_PAUSE_MS = 50
/** At most one log entry about rejected connections in this time. */
const FULL_PAUSE_MS = 1_000

interface Call {
  request: IncomingMessage
  response: ServerResponse
}

export type GuardedServer = ReturnType<typeof guardServer>

/**
 * Holds a server to its limits. Call it before the server listens.
 *
 * The framework listens for upgrades and ignores those for addresses that it does not know, so that their sockets stay open even
 * when the client has gone. Without its listener Node treats an upgrade as the ordinary request that it also is: web sockets are
 * refused, and any other, such as h2c, is answered behind every gate.
 *
 * @param options.onFull called at most once a second while connections are turned away because there are too many.
 * @param options.answers answers a request before the framework, or returns false.
 */
export function guardServer(
  server: Server,
  options: {
    graceMs?: number
    onFull?: () => void
    answers?: (request: IncomingMessage, response: ServerResponse) => boolean
  } = {},
) {
  const { graceMs = CLIENT_GRACE_MS, onFull = () => {}, answers = () => false } = options
  server.removeAllListeners('upgrade')
  server.headersTimeout = HEADERS_MS
  server.requestTimeout = REQUEST_MS
  server.timeout = SILENCE_MS
  server.maxConnections = CONNECTIONS_MAX
  // Node leaves out what comes behind 2,000, such as the client’s address that a proxy adds. Headers have 16 KiB in any case.
  server.maxHeadersCount = 0

  const calls = new Map<Socket, Set<Call>>()
  const perAddress = new Map<string, number>()
  let loggedFullAt = Number.NEGATIVE_INFINITY
  const turnedAway = (): void => {
    if (performance.now() - loggedFullAt < FULL_PAUSE_MS) return
    loggedFullAt = performance.now()
    onFull()
  }
  server.on('drop', turnedAway)
  server.on('connection', (socket: Socket) => {
    const address = addressBucket(socket.remoteAddress ?? null)
    const open = (perAddress.get(address) ?? 0) + 1
    perAddress.set(address, open)
    calls.set(socket, new Set())
    socket.once('close', () => {
      calls.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left === 0) perAddress.delete(address)
      else perAddress.set(address, left)
    })
    if (open > CONNECTIONS_PER_ADDRESS_MAX) {
      socket.destroy()
      turnedAway()
    }
  })
  const begin = beginInTurns(server)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const call = { request, response }
    const ofSocket = calls.get(request.socket)
    if (ofSocket && ofSocket.size >= REQUESTS_PER_CONNECTION_MAX) return void request.socket.destroy()
    ofSocket?.add(call)
    response.once('close', () => ofSocket?.delete(call))
    if (/websocket/i.test(request.headers.upgrade ?? '')) return refuse(response)
    if (answers(request, response)) return
    const address = addressBucket(request.socket.remoteAddress ?? null)
    begin(request.url === LIVE ? LIVE + address : address, call)
  })

  // RFC 9110 §10.1.1 lets an expectation that is not known be ignored. Node would answer 417 without a body.
  server.on('checkExpectation', (...call) => server.emit('request', ...call))

  return {
    /** Resolves when every connection is closed. Answers that the console is still working on are finished before. */
    async stop(): Promise<void> {
      server.close()
      for (const until = performance.now() + graceMs; calls.size > 0; await wait(STOP_PAUSE_MS)) {
        const inTime = performance.now() < until
        for (const [socket, open] of calls)
          if (![...open].some((call) => inTime || isConsoleAtWork(call))) socket.destroy()
      }
    },
  }
}

/** Takes over the server's requests, which begin in turns between addresses. */
function beginInTurns(server: Server): (address: string, call: Call) => void {
  const listeners = server.listeners('request')
  server.removeAllListeners('request')
  // Connections are accepted one in a turn. Those that wait to be accepted may be others than those whose requests wait.
  let hasAccepted = false
  server.on('connection', () => {
    hasAccepted = true
  })
  return inTurns(
    ({ request, response }: Call) => {
      if (request.socket.destroyed) return
      for (const listener of listeners) Reflect.apply(listener, server, [request, response])
    },
    () => {
      const isUrgent = hasAccepted
      hasAccepted = false
      return isUrgent
    },
  )
}

/** The console has no web sockets. Rejecting them here costs a hundredth of rendering a page in vain. */
function refuse(response: ServerResponse): void {
  response.writeHead(400, { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('This console has no web sockets.\nDiese Konsole hat keine WebSockets.\n')
}

/** Whether an answer waits for the console rather than for its client. */
const isConsoleAtWork = ({ request, response }: Call): boolean =>
  request.complete && !response.writableEnded && !response.writableNeedDrain
