import { SMTPConnection } from 'smtp-server/lib/smtp-connection'
import { MINUTE_MS, SECOND_MS } from '../../kernel'
import { type Refusal, refusal, smtpReply } from '../refusal'
import type { Conversation } from './conversation'
import { readPiece } from './data-piece'

/** So that slow clients do not delay the others. */
export const LIMITS = {
  connections: 200,
  connectionsPerAddress: 10,
  /** Connections from all addresses of an IPv6 /64. */
  connectionsPerNetwork: 50,
  /** For one command line, however slowly its characters come; also for a TLS handshake. */
  commandMs: MINUTE_MS,
  /** Between two pieces of a message. */
  dataMs: 5 * MINUTE_MS,
  /** For a connection until its first message is accepted, and then for each further one. */
  sessionMs: 20 * MINUTE_MS,
} as const
export type Limits = { readonly [key in keyof typeof LIMITS]: number }

/** How long until a connection whose time is over is looked at again, if our own work for it was running. */
const BUSY_AGAIN_MS = SECOND_MS

/** What the client sends next: a line, or a piece of a message. */
type Step = 'command' | 'data'

/** One TCP connection from the moment it was accepted, with its deadlines. It is a connection of SMTP once TLS allows. */
export class Visit {
  connection: Connection | null = null
  /** The client waits for us. */
  isOurTurn = false
  isStopping = false
  #expected: Step = 'command'
  /** Timers that are restarted instead of created again, because each message has ten waits. */
  readonly #steps: Readonly<Record<Step, NodeJS.Timeout>>
  #whole: NodeJS.Timeout
  #hasEnded = false

  constructor(
    readonly address: string,
    readonly conversation: Conversation,
    private readonly limits: Limits,
    private readonly socket: {
      /** Closes it, or the TLS connection that is being made on it. */
      destroy(): void
      /** Whether the client has sent anything yet. */
      hasSent(): boolean
      /** Whether it may stay open for a moment, after which `end` is called. */
      mayLinger(end: () => void): boolean
      /** Called when it is closed, with what is still being done for it. */
      onEnd(rest: Promise<void>): void
    },
  ) {
    const stepOf = (step: Step, ms: number) =>
      setTimeout(() => {
        if (step === this.#expected && !this.isOurTurn) this.dismiss(refusal('too-long'))
      }, ms)
    this.#steps = { command: stepOf('command', limits.commandMs), data: stepOf('data', limits.dataMs) }
    this.#whole = this.#deadline(limits.sessionMs)
  }

  get isKnown(): boolean {
    return this.conversation.isKnown
  }

  /** From now on the client has this long to send its next line or piece of a message. */
  expect(step: Step): void {
    this.isOurTurn = false
    this.#expected = step
    if (!this.#hasEnded) this.#steps[step].refresh()
  }

  /** The client waits for our answer. */
  work(): void {
    this.isOurTurn = true
  }

  /** A message was accepted: the time for the whole connection begins again. */
  succeed(): void {
    clearTimeout(this.#whole)
    if (!this.#hasEnded) this.#whole = this.#deadline(this.limits.sessionMs)
    this.connection?.resetCommands()
  }

  /** Called after a message: a listener that stops accepts no further one. */
  endIfStopping(): void {
    if (this.isStopping) this.dismiss(refusal('stopping'))
  }

  /** Frees its place at once. Its socket may then stay open only as long as those of connections that were never let in. */
  evict(refused: Refusal): void {
    if (this.socket.mayLinger(() => this.cut())) this.dismiss(refused)
    else {
      this.conversation.dismissed(refused)
      this.cut()
    }
  }

  /** Says why, if the client can be spoken to, and closes. */
  dismiss(refused: Refusal): void {
    // There is a connection once it is encrypted. A client of STARTTLS waits for a greeting before.
    const isWaiting = !this.connection && refused.code === 'too-long' && !this.socket.hasSent()
    this.conversation.dismissed(isWaiting ? refusal('tls-not-begun') : refused)
    if (this.connection) this.connection.dismiss(refused)
    else this.socket.destroy()
  }

  /** It was not let in. */
  turnAway(refused: Refusal): void {
    this.#close()
    this.conversation.turnedAway(refused)
  }

  /** Ends it unless a message is under way, which may be finished. */
  stop(): void {
    this.isStopping = true
    if (!this.connection) this.socket.destroy()
    else if (!this.connection.isInTransaction && !this.isOurTurn) this.dismiss(refusal('stopping'))
  }

  cut(): void {
    if (this.connection) this.connection._socket.destroy()
    else this.socket.destroy()
  }

  end(): void {
    if (this.#hasEnded) return
    this.#close()
    this.socket.onEnd(this.conversation.end(this.connection?.helo ?? null))
  }

  #close(): void {
    this.#hasEnded = true
    for (const timer of [...Object.values(this.#steps), this.#whole]) clearTimeout(timer)
  }

  #deadline(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#tooLate(), ms)
  }

  /** What we work on is finished first: the client would send the message again although it was accepted. */
  #tooLate(): void {
    if (this.isOurTurn) this.#whole = this.#deadline(BUSY_AGAIN_MS)
    else this.dismiss(refusal('too-long'))
  }
}

const OWN_STATUS = /^[245]\.\d{1,3}\.\d{1,3} /
/** A login takes five commands: EHLO, STARTTLS, EHLO, AUTH and its second line. */
const COMMANDS_BEFORE_LOGIN_MAX = 20
/** A message takes one command for each recipient and three more; some clients send others in between. */
const COMMANDS_PER_MESSAGE_MAX = 1_000
/** A client that pipelines sends the next command together with these. */
const FOLLOWED = new Set(['MAIL', 'RCPT'])
const GREETINGS = new Set(['HELO', 'EHLO'])
/** The library needs a name. */
const NO_NAME = 'unknown'
/** As the last line of what arrived, or as the end of such a line: some devices send a line in pieces. */
const STARTTLS = /^[^\n]*\n$|\nSTARTTLS[ \t]*\r?\n$/i

/**
 * MAIL or RCPT: the address and the parameters. A route before the address is ignored (RFC 5321 §4.1.2). Drivers of devices leave the brackets
 * out, as Exchange Online and Exim let them.
 */
const ADDRESS_COMMAND =
  /^(?:MAIL[ \t]+FROM|RCPT[ \t]+TO)[ \t]*:[ \t]*(?:<(?:@[^<>\s":\p{Cc}]+:)?((?:"(?:[^"\\\p{Cc}]|\\\P{Cc})*"|[^"<>\s\p{Cc}])*)>|([^"<>@\s\p{Cc}]+@[^"<>\s\p{Cc}]+))(?:[ \t](.*))?$/iu

const LINE_END = Buffer.from('\r\n')
const NOTHING = Buffer.alloc(0)

type Parser = ReturnType<SMTPConnection['_createParser']>

/**
 * The library's connection, with our deadlines and limits. Its replies may contain their own enhanced status code; the library derives
 * one from the reply code alone.
 */
export class Connection extends SMTPConnection {
  #commands = 0
  #command = ''
  /** MAIL or RCPT as it came; other lines may contain a password. */
  #line: Buffer | null = null
  #newest: Buffer = Buffer.alloc(0)

  constructor(
    readonly visit: Visit,
    ...options: ConstructorParameters<typeof SMTPConnection>
  ) {
    super(...options)
    visit.connection = this
  }

  get isInTransaction(): boolean {
    return Boolean(this.session.envelope?.mailFrom) || Boolean(this._dataStream)
  }

  get helo(): string | null {
    const { hostNameAppearsAs: name } = this
    return name && name !== NO_NAME ? name : null
  }

  resetCommands(): void {
    this.#commands = 0
  }

  /** Answers and closes. */
  dismiss(refused: Refusal): void {
    const { code, text } = smtpReply(refused)
    this.send(code, text)
    this.close()
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const isOwn = typeof data === 'string' && OWN_STATUS.test(data)
    if (code >= 400 && !isOwn) {
      const text = [data ?? ''].flat().join(' ')
      const argument = this.#line?.toString('latin1').replace(/^[^:]*:\s*<?|>[^>]*$/g, '') ?? ''
      const refused = this.visit.conversation.refusedByLibrary(this.#command, argument, code, text)
      if (refused) {
        const reply = smtpReply(refused)
        this.send(reply.code, reply.text)
        return
      }
    }
    // The library writes to a socket only if both sides are open. When just the client has closed, it still reads.
    if (this._socket.readyState === 'writeOnly')
      Object.defineProperty(this._socket, 'readyState', { value: 'open', configurable: true })
    // Replies to commands that came together leave together (RFC 2920 §3.2), as one record of TLS.
    const socket = this._socket
    if (FOLLOWED.has(this.#command) && socket.writableCorked === 0) {
      socket.cork()
      setImmediate(() => socket.uncork())
    }
    super.send(code, data, isOwn ? false : context)
    if (!FOLLOWED.has(this.#command)) socket.uncork()
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    this.#command = this._nextHandler ? 'AUTH' : (command.toString('latin1', 0, 10).split(' ')[0] ?? '').toUpperCase()
    this.#line = FOLLOWED.has(this.#command) ? command : null
    if (this._upgrading || !this.#mayGoOn()) return
    super._onCommand(GREETINGS.has(this.#command) ? withOneName(command) : command, callback)
  }

  #mayGoOn(): boolean {
    const { visit } = this
    visit.work()
    this.#commands++
    const max = visit.isKnown ? COMMANDS_PER_MESSAGE_MAX : COMMANDS_BEFORE_LOGIN_MAX
    if (visit.isStopping && !this.isInTransaction) visit.dismiss(refusal('stopping'))
    else if (this.#commands > max) visit.dismiss(refusal('too-many-commands'))
    else return true
    return false
  }

  /** Called after each reply: from now on the client must act, even if it is only to read what was answered. */
  override _whenWritable(next: () => void): void {
    this.visit.expect(this._dataStream ? 'data' : 'command')
    super._whenWritable(next)
  }

  /** A login is offered over TLS only: a client that sees the offer sends its password. */
  override _isSupported(command: string): boolean {
    const isOffer = this.#command === 'EHLO' && command === 'AUTH'
    return !(isOffer && !this.secure) && super._isSupported(command)
  }

  override _createParser(): Parser {
    const parser = super._createParser()
    const write = parser._write.bind(parser)
    parser._write = (chunk, encoding, next) => {
      this.#newest = chunk
      write(chunk, encoding, next)
    }
    parser._feedDataStream = (chunk, done) => {
      const stream = parser._dataStream
      const begin = parser._atDataStart ? LINE_END : NOTHING
      const bytes = Buffer.concat([begin, parser._lastBytes || NOTHING, chunk])
      const { text, rest, isLast } = readPiece(bytes, begin.length)
      parser._lastBytes = !isLast && rest
      parser._countDataBytes(text.length)
      if (isLast) parser._endDataMode(text, rest, done)
      else if (stream?.writable) stream.write(text, () => done())
      else done()
    }
    // The client has closed its side and everything it sent is answered: some read the answers to the final dot and to QUIT only then.
    parser.once('finish', () => this.close())
    return parser
  }

  /** The library drops what follows STARTTLS in clear text (RFC 3207). No honest client sends it, so that the connection ends. */
  override handler_STARTTLS(command: Buffer, callback: () => void): void {
    if (this.secure || this.#isNewestAlone(STARTTLS)) {
      if (!this.secure) this._socket.allowHalfOpen = false
      super.handler_STARTTLS(command, callback)
    } else {
      this.send(501, 'Error: nothing may follow STARTTLS')
      this.close()
    }
  }

  /** Whether the client has sent nothing after a line of this form. */
  #isNewestAlone(line: RegExp): boolean {
    const waiting = this._parser ? this._parser.writableLength : 0
    return waiting === this.#newest.length && line.test(this.#newest.toString('latin1'))
  }

  /** The library knows no quoted blank, bracket or @. What is read here is checked by `checkSender` and `checkRecipient`. */
  override _parseAddressCommand(name: string, command: Buffer | string) {
    const [, inBrackets, bare, parameters] = ADDRESS_COMMAND.exec(command.toString()) ?? []
    const address = inBrackets ?? bare
    const parsed = super._parseAddressCommand(name, `${name}:<> ${parameters ?? ''}`)
    return parsed && address !== undefined && { ...parsed, address }
  }

  /** RFC 5321 §4.3.2. The library takes an argument as if it were not there. */
  override handler_DATA(command: Buffer, callback: () => void): void {
    if (/^DATA[ \t]*$/i.test(command.toString('latin1'))) super.handler_DATA(command, callback)
    else {
      this.send(501, 'Error: DATA has no argument')
      callback()
    }
  }

  /** RFC 5321 §3.5.3 and §7.3: the same answer for every address, which says what does check it. */
  override handler_VRFY(command: Buffer, callback: () => void): void {
    if (/^VRFY\s+\S/i.test(command.toString('latin1'))) {
      this.send(252, 'Cannot verify the address, but a message to it is accepted if the rules allow it')
      callback()
    } else super.handler_VRFY(command, callback)
  }

  /** RFC 4954 §4. The library takes it during a transaction too, whose sender was checked for another client then. */
  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.isInTransaction) super.handler_AUTH(command, callback)
    else {
      this.send(503, 'Error: AUTH is not allowed during a mail transaction')
      callback()
    }
  }

  override _onError(error: Error & { code?: string }): void {
    if (this._upgrading) this.visit.conversation.tlsFailed(error)
    super._onError(error)
  }

  override _onClose(): void {
    super._onClose()
    this.visit.end()
  }
}

/**
 * HELO or EHLO as the library takes it. Some devices say no name or one with blanks, and cannot be set otherwise; a message must not be refused
 * for it (RFC 5321 §4.1.4).
 */
function withOneName(command: Buffer): Buffer {
  const [verb, ...names] = command.toString().trim().split(/\s+/)
  return Buffer.from(`${verb} ${names.join('_') || NO_NAME}`)
}
