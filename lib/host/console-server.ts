import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { addressBucket } from '../access/client-address'
import { isFromConsole, sessionIn } from '../access/incoming-requests'
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
/** The host restarts a console that does not answer exactly this. It takes turns with what people ask, so that it says whether those still come. */
const LIVE = '/health/live'
/** What machines ask to learn how the console is. It does not wait for what people and their programs ask. */
const PROBES = ['/health/ready', '/metrics']
/** Requests in work at a time (decision 59). More would only make each other late: one thread renders, over ten connections to the database. */
const PLACES = 8
const PROBE_PLACES = 2
/** How many of these strangers may have. The page of someone who is signed in is rendered in many steps, each between theirs. */
const STRANGER_PLACES = 3
const STRANGERS = 'strangers'
/** A request that is longer in work waits for something else, such as a mail server, and leaves its place. */
const HELD_MS = 2_000
/** The same for one whose client is still sending, or has gone. */
const HELD_WITHOUT_CLIENT_MS = 100
/** More than anything that is read: a message of the HTTP API may have 25 MiB. */
const ASKED_FOR_BYTES_MAX = 32 * 1024 ** 2
/** Until the headers of a request are complete, and until all of it is; Node looks every 30 s. */
const HEADERS_MS = 30_000
const REQUEST_MS = 10 * 60_000
/** In each of these spans at least so much of a request comes, or its end: 10 kB/s, so that a report gets through a slow line. */
const SPAN_MS = 60_000
const SPAN_BYTES_MIN = 600_000
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
  /** Node takes it from a request of which only a part is read. */
  socket: Socket
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
    heldMs?: number
    onFull?: () => void
    answers?: (request: IncomingMessage, response: ServerResponse) => boolean
  } = {},
) {
  const { graceMs = CLIENT_GRACE_MS, heldMs = HELD_MS, onFull = () => {}, answers = () => false } = options
  server.removeAllListeners('upgrade')
  server.headersTimeout = HEADERS_MS
  server.requestTimeout = REQUEST_MS
  server.timeout = SILENCE_MS
  server.maxConnections = CONNECTIONS_MAX
  // Node leaves out what comes behind 2,000, such as the client’s address that a proxy adds. Headers have 16 KiB in any case.
  server.maxHeadersCount = 0

  const calls = new Map<Socket, Set<Call>>()
  const watches = new Map<Socket, NodeJS.Timeout>()
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
      clearInterval(watches.get(socket))
      watches.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left === 0) perAddress.delete(address)
      else perAddress.set(address, left)
    })
    if (open > CONNECTIONS_PER_ADDRESS_MAX) {
      socket.destroy()
      turnedAway()
    }
  })
  const begin = beginInTurns(server, heldMs)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const call = { request, response, socket }
    const ofSocket = calls.get(socket)
    if (ofSocket && ofSocket.size >= REQUESTS_PER_CONNECTION_MAX) return void socket.destroy()
    ofSocket?.add(call)
    response.once('close', () => ofSocket?.delete(call))
    if (hasBody(request)) {
      clearInterval(watches.get(socket)) // the request before came completely
      watches.set(socket, endIfSlow(call))
    }
    if (/websocket/i.test(request.headers.upgrade ?? '')) return refuse(response)
    if (answers(request, response)) return
    begin(call)
  })

  // RFC 9110 §10.1.1 lets an expectation that is not known be ignored. Node would answer 417 without a body.
  server.on('checkExpectation', (...call) => server.emit('request', ...call))
  // Who announces more than anything may have is refused, instead of being asked for it first.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length'] ?? 0) <= ASKED_FOR_BYTES_MAX) response.writeContinue()
    server.emit('request', request, response)
  })

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

/** Takes over the server's requests. */
function beginInTurns(server: Server, heldMs: number): (call: Call) => void {
  const listeners = server.listeners('request')
  server.removeAllListeners('request')
  const start = ({ request, response }: Call): void => {
    for (const listener of listeners) Reflect.apply(listener, server, [request, response])
  }
  const [ofPeople, ofMachines] = [places(server, PLACES, heldMs), places(server, PROBE_PLACES, heldMs)]
  return (call) => {
    const { request, socket } = call
    if (isFromConsole(request)) return start(call) // one that has a place waits for it
    const address = addressBucket(socket.remoteAddress ?? null)
    const path = request.url?.split('?', 1)[0] ?? ''
    if (PROBES.includes(path)) return ofMachines('', path + address, call, () => start(call))
    if (path === LIVE) return ofPeople(LIVE, address, call, () => start(call))
    const session = sessionIn(request)
    const people = session === null ? STRANGERS : 'signed-in'
    const group = path.startsWith('/api/') ? 'api' : people
    const inTurn = (step: () => void) => ofPeople(group, session ?? address, call, step)
    inTurn(() => {
      if (hasBody(request) && !request.complete) endInTurn(call, inTurn)
      start(call)
    })
  }
}

/** Requests with a place take each step at once. The others wait for one, and take turns by group and client. */
function places(server: Server, max: number, heldMs: number) {
  // Connections are accepted one in a turn. Those that wait to be accepted may be others than those whose requests wait.
  let hasAccepted = false
  server.on('connection', () => {
    hasAccepted = true
  })
  const inWork = new Map<Call, { group: string; begunAt: number }>()
  const take = ({ group, call, step }: { group: string; call: Call; step: () => void }): void => {
    if (call.socket.destroyed) return
    inWork.set(call, { group, begunAt: performance.now() })
    try {
      step()
    } catch (thrown) {
      answerBug(call.response)
      throw thrown
    }
  }
  const queue = inTurns(
    take,
    () => {
      const isUrgent = hasAccepted
      hasAccepted = false
      return isUrgent
    },
    (group) => {
      for (const [call, work] of [...inWork]) {
        inWork.delete(call) // first, so that one whose check fails has left its place
        if (holdsPlace(call, work.begunAt, heldMs)) inWork.set(call, work)
      }
      if (inWork.size >= max || group !== STRANGERS) return inWork.size < max
      return [...inWork.values()].filter((work) => work.group === STRANGERS).length < STRANGER_PLACES
    },
  )
  return (group: string, key: string, call: Call, step: () => void): void =>
    inWork.has(call) ? take({ group, call, step }) : queue(group, key, { group, call, step })
}

function holdsPlace({ request, response, socket }: Call, begunAt: number, heldMs: number): boolean {
  const isWaitedFor = request.complete && !socket.destroyed
  return !hasAnswered(response) && performance.now() - begunAt < (isWaitedFor ? heldMs : HELD_WITHOUT_CLIENT_MS)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Ends a connection as Node does after `requestTimeout`, also while the rest of a request comes that was answered before its end. */
function endIfSlow({ request, response, socket }: Call): NodeJS.Timeout {
  let before = socket.bytesRead
  /** The console does not take more until it has read what has come. */
  const isHeldBack = () => !response.headersSent && request.readableLength >= request.readableHighWaterMark
  const watch = setInterval(() => {
    const read = socket.bytesRead - before
    before = socket.bytesRead
    if (request.complete) return clearInterval(watch)
    if (read >= SPAN_BYTES_MIN || isHeldBack()) return
    if (!response.headersSent) socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    socket.destroy()
  }, SPAN_MS)
  return watch
}

/** A request that comes slowly has no place until it is complete: its work begins with the end of its body, which waits for a turn too. */
function endInTurn({ request, response }: Call, inTurn: (step: () => void) => void): void {
  const push = request.push.bind(request)
  request.push = (chunk: Buffer | null) => {
    if (chunk !== null || response.writableEnded) return push(chunk)
    inTurn(() => push(null))
    return true
  }
}

/** The place is left with the answer. What was thrown is logged as every bug is. */
function answerBug(response: ServerResponse): void {
  if (!response.headersSent)
    response.writeHead(500, { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(
    'This request failed. The log has the reason.\nDie Anfrage ist fehlgeschlagen. Der Grund steht im Protokoll.\n',
  )
}

/** The console has no web sockets. Rejecting them here costs a hundredth of rendering a page in vain. */
function refuse(response: ServerResponse): void {
  response.writeHead(400, { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('This console has no web sockets.\nDiese Konsole hat keine WebSockets.\n')
}

/** Whether an answer waits for the console rather than for its client. */
const isConsoleAtWork = ({ request, response }: Call): boolean => request.complete && !hasAnswered(response)

const hasAnswered = (response: ServerResponse): boolean => response.writableEnded || response.writableNeedDrain
