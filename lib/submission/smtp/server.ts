import type { Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import { type Refusal, smtpReply } from '../refusal'
import { Connection, type Limits, Visit } from './connection'
import type { Conversation } from './conversation'
import type { Gate } from './gate'

/** How long a refused client may stay connected to read why. */
const REFUSED_MS = 1_000
/** Refused connections that get a reply. More are closed without one. */
const REFUSED_MAX = 100

export interface ServerDeps {
  gate: Gate
  limits: Limits
  begin(address: string): Conversation
}

/** The library's server, with our connections, which are counted as soon as they are accepted. */
export class SubmissionServer extends SMTPServer {
  isStopping = false
  readonly #deps: ServerDeps
  readonly #visits = new Set<Visit>()
  readonly #bySocket = new WeakMap<Socket, Visit>()
  readonly #bySession = new WeakMap<SMTPServerSession, Visit>()
  /** Messages that are still being stored for clients that have left. */
  readonly #unfinished = new Set<Promise<void>>()
  #refused = 0

  constructor(options: SMTPServerOptions, deps: ServerDeps) {
    super(options)
    this.#deps = deps
    const [accept] = this.server.listeners('connection') as ((socket: Socket) => void)[]
    if (!accept) throw new Error('The library no longer accepts connections itself')
    this.server.removeAllListeners('connection')
    this.server.on('connection', (socket: Socket) => {
      if (this.#admit(socket)) accept(socket)
    })
  }

  visitOf(session: SMTPServerSession): Visit {
    const visit = this.#bySession.get(session)
    if (!visit) throw new Error('A session that never began')
    return visit
  }

  override connect(socket: Socket, options?: SMTPConnectionOptions | null): void {
    const visit = this.#bySocket.get(socket)
    if (!visit) return void socket.destroy()
    const connection = new Connection(visit, this, socket, options ?? undefined)
    // A client may close its side before it has our answer, but not within a TLS handshake.
    socket.allowHalfOpen = !this.options.secure
    this.#bySession.set(connection.session, visit)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this._onError(error))
    connection.init()
  }

  override _upgrade(socket: Socket, callback: Parameters<SMTPServer['_upgrade']>[1]): void {
    const visit = this.#bySocket.get(socket)
    super._upgrade(socket, (error, secured) => {
      if (error) visit?.conversation.tlsFailed(error, socket.bytesRead > 0)
      if (secured && visit) this.#bySocket.set(secured, visit)
      callback(error, secured)
    })
  }

  /** Running transactions may end for this long; new ones are refused. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const visit of this.#visits) visit.stop()
    const late = setTimeout(() => {
      for (const visit of this.#visits) visit.cut()
    }, graceMs)
    await closed
    clearTimeout(late)
    // The server may have closed before the sockets said so.
    for (const visit of this.#visits) visit.end()
    await Promise.all(this.#unfinished)
  }

  #admit(socket: Socket): boolean {
    const address = addressOf(socket)
    if (address === null || this.isStopping) {
      socket.destroy()
      return false
    }
    const { gate, limits, begin } = this.#deps
    const visit: Visit = new Visit(address, begin(address), limits, {
      destroy: () => (this._pendingSockets.get(socket) ?? socket).destroy(),
      hasSent: () => socket.bytesRead > 0,
      mayLinger: (end) => this.#mayLinger(socket, end),
      onEnd: (rest) => {
        this.#visits.delete(visit)
        gate.leave(visit)
        this.#unfinished.add(rest)
        void rest.then(() => this.#unfinished.delete(rest))
      },
    })
    const refused = gate.enter(visit)
    if (refused) {
      visit.turnAway(refused)
      this.#refuse(socket, refused)
      return false
    }
    this.#visits.add(visit)
    this.#bySocket.set(socket, visit)
    socket.once('close', () => visit.end())
    return true
  }

  #refuse(socket: Socket, refused: Refusal): void {
    socket.on('error', () => {})
    if (this.options.secure || !this.#mayLinger(socket, () => socket.destroy())) return void socket.destroy()
    socket.resume()
    const { code, text } = smtpReply(refused)
    socket.end(`${code} ${text}\r\n`)
  }

  /** Ends it in a moment. @returns false if too many stay already */
  #mayLinger(socket: Socket, end: () => void): boolean {
    if (this.#refused >= REFUSED_MAX) return false
    this.#refused++
    setTimeout(end, REFUSED_MS).unref()
    socket.once('close', () => this.#refused--)
    return true
  }
}

/** Null if the client is gone already. An IPv4 address in IPv6 form is the IPv4 address. */
const addressOf = ({ remoteAddress }: Socket): string | null =>
  remoteAddress === undefined ? null : ipaddr.process(remoteAddress).toString()

/** The error by which the library answers a command. */
export function replyError(refused: Refusal): Error & { responseCode: number } {
  const { code, text } = smtpReply(refused)
  return Object.assign(new Error(text), { responseCode: code })
}
