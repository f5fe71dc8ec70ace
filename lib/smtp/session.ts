import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection, {
  type SMTPConnectionCustomAuthContext,
  type SMTPConnectionSendInfo,
} from 'nodemailer/lib/smtp-connection'
import { type Clock, fail, ok, type Result } from '../kernel'
import { createScrubber, type Dialer, tellCertificate } from '../net'
import { needSmtpUtf8 } from '../validation/email-address'
import { connectionOptions, SCRIPT_METHOD } from './connection-options'
import type { Accepted, AttemptOptions, Composed, FailedAttempt, LongText, SmtpServer } from './contracts'
import { inSevenBits, mayHaveEightBits } from './eight-bits'
import { type Circumstances, failedAttempt, netFailure, notSmtp, refusal, refusals, timedOut } from './faults'
import { authenticate, secretsOf } from './login'
import { isSmtpReply, isTlsRecord, mayBeGreeting, smtpFault } from './reply'
import { Wait } from './wait'
import { Watch } from './watch'

const INJECTED = 'plain text came after the answer to STARTTLS; dropped (RFC 3207 §6)'
const TAKEN_BACK = 'the message was taken back'
/** A text that fits in the socket's buffer, so that its final dot is written when the text is. */
const WHOLE_BYTES_MAX = 15 * 1024
/** What may not be sent as it is: a dot at the beginning of a line, and a CR or LF that is not part of a CRLF. */
const CHANGED_ON_THE_WAY = /^\.|\n\.|\r(?!\n)|(?<!\r)\n/
/** Lines of an answer to EHLO that are none of the extensions which the library looks for. */
const OTHER_LINES = /^(\d{3}[ -])(?!(?:8BITMIME|AUTH|DSN|PIPELINING|REQUIRETLS|SIZE|SMTPUTF8)(?![\w-])).*$/gim
/** Lines that wait to be read, among them the empty ones that the library skips. A command of a message has one reply. */
const WAITING_LINES_MAX = 4096
const FINAL_DOT = Buffer.from('.\r\n')

type Talk = (command: string, logged?: string) => Promise<string>
type Script = (context: SMTPConnectionCustomAuthContext, talk: Talk) => Promise<FailedAttempt | null>
type Observer = Pick<AttemptOptions, 'signal' | 'onStep' | 'onLine' | 'onDot' | 'mayFollow'>

/** What the library writes to the server goes through here, and the reply after which it sends the text. */
interface Internals {
  _sendCommand(line: string, ...rest: unknown[]): void
  _onData(chunk: Buffer): void
  _onResponseTooLarge(): void
  _parseEhloExtensions(reply: string): void
  _actionDATA(reply: string, callback: unknown): void
  _upgradeConnection(callback: unknown): void
  readonly _socket: Socket
  readonly _responseActions: ((reply: string) => void)[]
  readonly _responseQueue: readonly string[]
  _createSendStream(callback: unknown): { write(text: Buffer): void; end(): void }
  _actionSMTPStream(reply: string, callback: unknown): void
}

/** One connection to a mail server after login. It sends one message after another. */
export class Session {
  /** Closed by either side, so no other message can be sent. */
  ended = false
  readonly #scrub: (text: string) => string
  #watch: Watch
  /** What the server offers in its answer to EHLO, which limits a message. */
  #offer: { extensions: readonly string[]; sizeMax: number } = { extensions: [], sizeMax: 0 }
  #connection: SMTPConnection | null = null
  #sendsUtf8 = false
  /** Null once the text may be sent. */
  #mayFollow: Promise<boolean> | null = null
  #address = ''
  #tlsMs = 0
  #socket: Socket | null = null
  #uncork: (() => void) | null = null
  /** The text under way with its final dot, if it leaves in one write. */
  #whole: Buffer | null = null
  #script: ((context: SMTPConnectionCustomAuthContext, talk: Talk) => Promise<void>) | null = null
  readonly #wait = new Wait({
    faultOf: (thrown) => failedAttempt(thrown, this.#about()),
    late: () => timedOut(this.#about()),
    destroy: () => this.destroy(),
  })

  private constructor(
    private readonly server: SmtpServer,
    private readonly clock: Clock,
    observer: Observer,
  ) {
    this.#scrub = createScrubber(secretsOf(server.login))
    this.#watch = new Watch(observer, clock, this.#scrub, { greeted: false })
  }

  /** Connects and logs in. On a failure the connection is closed. */
  static async open(
    dialer: Dialer,
    server: SmtpServer,
    { ehloName, clock, observer }: { ehloName: string; clock: Clock; observer: Observer },
  ): Promise<Result<Session, FailedAttempt>> {
    if (server.security === 'none' && server.login.kind !== 'none') throw new Error('A login without TLS')
    const session = new Session(server, clock, observer)
    try {
      const failed =
        (await session.#dial(dialer, ehloName, observer.signal)) ??
        (await session.#greet(observer.signal)) ??
        (await session.#logIn(observer.signal))
      if (!failed) return ok(session)
      session.end()
      return fail(failed)
    } catch (bug) {
      session.destroy()
      throw bug
    }
  }

  /** Sends a further message. One that was rejected halfway is reset, so that the next one can follow. */
  async send(message: Composed, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>> {
    this.#watch = new Watch(options, this.clock, this.#scrub, { greeted: true })
    const sent = await this.deliver(message, options)
    if (!sent.ok && !this.ended) await this.#reset(options.signal)
    return sent
  }

  /** Sends a message. With `dryRun` it stops after RCPT and resets the envelope. */
  async deliver(message: Composed, { dryRun, ...observer }: AttemptOptions): Promise<Result<Accepted, FailedAttempt>> {
    this.#watch.beginsMessage(message.envelope.to.length)
    this.#sendsUtf8 = message.needsUtf8
    const fitting = await this.#fitted(message)
    if (!fitting.ok) return fitting
    const unfit = this.#objection(fitting.value)
    if (unfit) return fail(unfit)
    if (dryRun) return this.#rehearse(fitting.value, observer.signal)
    const sent = await this.#send(fitting.value, observer)
    if (sent.ok) return sent
    if (this.#mayFollow) return fail({ ...sent.error, textHeld: true })
    const isUnanswered = sent.error.fault.kind === 'net' && this.#watch.finalDotSent
    return isUnanswered ? fail({ ...sent.error, unknownOutcome: true }) : sent
  }

  /** If the server does not accept the reset, the connection is closed. */
  async #reset(signal: AbortSignal): Promise<void> {
    const failed = await this.#perform(signal, async (_, talk) =>
      (await talk('RSET')).startsWith('2') ? null : notSmtp(this.#about()),
    )
    if (failed) this.end()
  }

  /** Sends QUIT without waiting for the answer. */
  end(): void {
    this.ended = true
    this.#connection?.quit()
    this.#connection?.close()
  }

  destroy(): void {
    this.ended = true
    this.#connection?.close()
    if (this.#connection?._socket) this.#connection._socket.destroy()
    this.#socket?.destroy()
  }

  async #dial(dialer: Dialer, ehloName: string, signal: AbortSignal): Promise<FailedAttempt | null> {
    const { host, port, security } = this.server
    const dialled = await dialer.connect({ host, port }, { signal, purpose: 'smtp' })
    if (!dialled.ok) return { stage: 'connect', fault: dialled.error }
    this.#socket = dialled.value.socket
    // Under TLS nothing else listens for errors of this socket. TLS reports them.
    this.#socket.on('error', () => {})
    if (security === 'tls') {
      const connectedMs = this.clock.monotonicMs()
      const secured = await dialer.secure(this.#socket, { host, port, signal })
      if (!secured.ok) {
        this.#watch.passed('connect', 'tls', { address: dialled.value.address }, dialled.value.ms)
        return { stage: 'tls', fault: secured.error }
      }
      this.#socket = secured.value
      this.#watch.heard = true
      this.#tlsMs = this.clock.monotonicMs() - connectedMs
    }
    this.#address = dialled.value.address
    this.#connection = new SMTPConnection(
      connectionOptions(this.server, {
        dialer,
        connection: this.#socket,
        ehloName,
        hooks: {
          onCommand: (command) => this.#onCommand(command),
          onReply: (reply) => this.#onReply(reply),
          onFinalDot: () => this.#onFinalDot(),
          onInjection: () => this.#lost(INJECTED),
          runScript: (context) => this.#runScript(context),
        },
      }),
    )
    this.#boundReplies(this.#connection as unknown as Internals)
    this.#readWholeNames(this.#connection as unknown as Internals)
    this.#watchCommands(this.#connection as unknown as Internals)
    this.#holdText(this.#connection as unknown as Internals)
    this.#writeAtOnce(this.#connection as unknown as Internals)
    this.#keepCertificate(this.#connection as unknown as Internals)
    this.#connection.on('error', (thrown) => this.#interrupted(() => failedAttempt(thrown, this.#about())))
    this.#connection.once('end', () => {
      this.ended = true
      // An error that ended the connection is reported in this turn. Only an end without one is reported here.
      setImmediate(() => this.#lost('closed before the step ended'))
    })
    this.#listenForGreeting(this.#socket)
    return null
  }

  #onCommand(text: string): void {
    if (text === 'STARTTLS') this.#watch.passed('connect', 'tls', this.#connectFacts())
    this.#watch.commandSent(text)
  }

  /** A reply before the end of the text ends the connection: the server cannot have accepted what it lacks, and is not to get the rest. */
  #onReply(reply: string): void {
    const { isTextOpen } = this.#watch
    if (!isSmtpReply(reply)) this.#interrupted(() => notSmtp(this.#about()))
    else if (this.#watch.replyReceived(reply) && !this.#mayFollow) this.#joinDot()
    else if (isTextOpen) this.#interrupted(() => refusal(reply, 'DATA', this.#about()))
  }

  /** nodemailer writes message and final dot separately. Corking the socket for a moment makes them one write if they fit in its buffer. */
  #joinDot(): void {
    const socket = this.#connection?._socket
    if (!socket || this.#uncork || this.#whole) return
    socket.cork()
    this.#uncork = () => {
      this.#uncork = null
      socket.uncork()
    }
    setImmediate(() => this.#uncork?.())
  }

  #onFinalDot(): void {
    this.#uncork?.()
    this.#watch.finalDotWritten()
  }

  /** Checks the first bytes before a line is complete, to recognise an HTTP or TLS server. */
  #listenForGreeting(socket: Socket): void {
    let start = ''
    const onData = (chunk: Buffer) => {
      this.#watch.heard = true
      start += chunk.toString('latin1').slice(0, 4 - start.length)
      if (isTlsRecord(start))
        this.#interrupted(() => netFailure('tls-expected', 'a TLS record where a greeting should be', this.#about()))
      else if (!mayBeGreeting(start)) this.#interrupted(() => notSmtp(this.#about()))
      if (start.length >= 4) socket.removeListener('data', onData)
    }
    socket.on('data', onData)
    socket.pause()
  }

  async #greet(signal: AbortSignal): Promise<FailedAttempt | null> {
    const greeted = await this.#wait.for<void>(signal, (done) =>
      this.#connection?.connect((thrown) => done(thrown, undefined)),
    )
    if (!greeted.ok) return greeted.error
    const { security, login } = this.server
    const next = login.kind === 'none' ? 'sender' : 'auth'
    if (security === 'starttls') this.#watch.passed('tls', next, this.#tlsFacts())
    if (security === 'tls') {
      this.#watch.passed('connect', 'tls', this.#connectFacts(), this.#watch.elapsedMs() - this.#tlsMs)
      this.#watch.passed('tls', next, this.#tlsFacts(), this.#tlsMs)
    }
    if (security === 'none') this.#watch.passed('connect', next, this.#connectFacts())
    return null
  }

  #connectFacts(): Record<string, string> {
    const { greeting } = this.#watch
    return { address: this.#address, ...(greeting ? { greeting: this.#scrub(greeting) } : {}) }
  }

  #tlsFacts(): Record<string, string> {
    const socket = this.#connection?._socket
    const protocol =
      socket && 'getProtocol' in socket && typeof socket.getProtocol === 'function' && socket.getProtocol()
    return typeof protocol === 'string' ? { protocol } : {}
  }

  #logIn(signal: AbortSignal): Promise<FailedAttempt | null> {
    return this.#perform(signal, async (context, talk) => {
      this.#offer = { extensions: context.extensions, sizeMax: context.maxAllowedSize || 0 }
      const { login } = this.server
      if (login.kind === 'none') return null
      const about = this.#about()
      const authenticated = await authenticate(login, context, talk, about)
      if (!authenticated.ok) return { stage: 'auth', fault: authenticated.error }
      this.#watch.passed('auth', 'sender', { mechanism: authenticated.value.mechanism })
      return null
    })
  }

  /** Why this server cannot accept the message, known before MAIL. */
  #objection({ bytes, needsUtf8, envelope }: Composed): FailedAttempt | null {
    const { extensions, sizeMax } = this.#offer
    const login = this.server.login.kind
    if ((needsUtf8 || needSmtpUtf8(envelope.to)) && !extensions.includes('SMTPUTF8')) {
      const reply = 'the server does not offer SMTPUTF8'
      const fault = { kind: 'smtp', code: 553, enhanced: '5.6.7', reply, login, missing: 'smtputf8' } as const
      return { stage: 'sender', fault }
    }
    if (sizeMax > 0 && bytes.length > sizeMax) {
      const reply = `the server takes ${sizeMax} bytes, the message has ${bytes.length}`
      return { stage: 'sender', fault: { kind: 'smtp', code: 552, enhanced: '5.3.4', reply, login, missing: 'size' } }
    }
    return null
  }

  /** The message as this server can take it. */
  async #fitted(message: Composed): Promise<Result<Composed, FailedAttempt>> {
    if (this.#offer.extensions.includes('8BITMIME')) return ok(message)
    const fitting = await inSevenBits(message).catch((error: Error) => {
      this.end()
      return netFailure('connection-lost', error.message, this.#about())
    })
    if (fitting) return 'fault' in fitting ? fail(fitting) : ok(fitting)
    const reply = 'the server does not offer 8BITMIME, and the message cannot be encoded without breaking its signature'
    const login = this.server.login.kind
    return fail({ stage: 'sender', fault: { kind: 'smtp', code: 554, enhanced: '5.6.3', reply, login } })
  }

  /** The library bounds one reply, but not how many wait: it would go through millions of empty lines, also after the end. */
  #boundReplies(connection: Internals): void {
    const read = connection._onData.bind(connection)
    connection._onData = (chunk) => {
      read(chunk)
      if (connection._responseQueue.length > WAITING_LINES_MAX) connection._onResponseTooLarge()
    }
  }

  /** The library finds an extension’s name within another one and in the greeting’s text: it would take `X-SIZE 1` for a limit of one byte. */
  #readWholeNames(connection: Internals): void {
    const parse = connection._parseEhloExtensions.bind(connection)
    connection._parseEhloExtensions = (reply) => parse(reply.replace(OTHER_LINES, '$1X'))
  }

  /**
   * The library looks at the addresses alone, but a header in UTF-8 has to be declared too (RFC 6531 §3.4). A reply that is there before
   * its command would be taken for the answer to it.
   */
  #watchCommands(connection: Internals): void {
    const sendCommand = connection._sendCommand.bind(connection)
    connection._sendCommand = (line, ...rest) => {
      if (this.#isAhead(connection)) return
      const isUndeclared = this.#sendsUtf8 && /^MAIL FROM:(?!.* SMTPUTF8( |$))/.test(line)
      sendCommand(isUndeclared ? `${line} SMTPUTF8` : line, ...rest)
    }
  }

  /** Drops the connection if a reply is there before its command. A 421 may come at any time (RFC 5321 §3.8). */
  #isAhead({ _responseQueue: waiting }: Internals): boolean {
    const isAhead = waiting.some((reply) => reply.trim() !== '' && !reply.startsWith('421'))
    if (isAhead) this.#lost('a reply came before its command; the connection was dropped')
    return isAhead
  }

  /**
   * Passes the server's "go ahead" for the text on to the library once the text may follow. The library would also send it after any 2xx,
   * which answers an earlier command, or if another reply has come already, which it would take for the answer to the text.
   */
  #holdText(connection: Internals): void {
    const proceed = connection._actionDATA.bind(connection)
    connection._actionDATA = (reply, callback) => {
      if (!/^[23]/.test(reply)) return proceed(reply, callback)
      const answersTooOften = reply.startsWith('2') || connection._responseQueue.some((line) => line.trim() !== '')
      if (answersTooOften) return this.#interrupted(() => notSmtp(this.#about()))
      if (!this.#mayFollow) return proceed(reply, callback)
      void this.#mayFollow.then((mayFollow) => {
        if (!mayFollow) this.#lost(TAKEN_BACK)
        if (this.ended) return
        this.#mayFollow = null
        this.#joinDot()
        proceed(reply, callback)
      })
    }
  }

  /** After STARTTLS the library makes the TLS socket, whose error is to name the server's certificate. */
  #keepCertificate(connection: Internals): void {
    const upgrade = connection._upgradeConnection.bind(connection)
    connection._upgradeConnection = (callback) => {
      upgrade(callback)
      tellCertificate(connection._socket)
    }
  }

  /** The library makes a stream for each text, which is a tenth of the work for a short one. */
  #writeAtOnce(connection: Internals): void {
    const createSendStream = connection._createSendStream.bind(connection)
    connection._createSendStream = (callback) => {
      const whole = this.#whole
      if (!whole) return createSendStream(callback)
      connection._responseActions.push((reply) => connection._actionSMTPStream(reply, callback))
      const socket = connection._socket
      return { write: () => socket.write(whole), end: () => this.#onFinalDot() }
    }
  }

  async #send(
    { bytes, envelope }: Composed,
    { signal, mayFollow = null }: Observer,
  ): Promise<Result<Accepted, FailedAttempt>> {
    this.#mayFollow = mayFollow
    this.#whole = wholeText(bytes)
    const sent = await this.#wait.for<SMTPConnectionSendInfo & Pick<Accepted, 'refused'>>(signal, (done) =>
      this.#connection?.send(
        { size: bytes.length, use8BitMime: mayHaveEightBits(bytes), ...envelope, to: [...envelope.to] },
        Buffer.isBuffer(bytes) ? bytes : this.#piecesOf(bytes),
        (thrown, info) => {
          if (thrown || !info) return done(thrown ?? new Error('nodemailer gave neither error nor result'))
          const reached = [...info.accepted, ...info.rejected].sort().join('\n')
          if (reached !== [...envelope.to].sort().join('\n')) return done(new Error('The envelope sent is not ours'))
          const refused = refusals(info.rejectedErrors ?? [], this.#about())
          done(null, { ...info, refused })
        },
      ),
    )
    if (!sent.ok) return sent
    this.#watch.passed('data', 'data')
    const { response, serverMessageId, refused } = sent.value
    return ok({
      reply: this.#scrub(response.replaceAll('\n', ' ')),
      serverMessageId: serverMessageId ? this.#scrub(serverMessageId) : null,
      refused,
    })
  }

  /** If the text is incomplete, the connection is closed so that no final dot follows. */
  #piecesOf(text: LongText): Readable {
    const pieces = Readable.from(text.pieces())
    pieces.on('error', ({ message }) => this.#lost(message))
    return pieces
  }

  /** MAIL, RCPT and RSET as for a real message, up to the last command that sends nothing. */
  async #rehearse(
    { bytes, envelope, needsUtf8 }: Composed,
    signal: AbortSignal,
  ): Promise<Result<Accepted, FailedAttempt>> {
    const refused: Accepted['refused'] = []
    const failed = await this.#perform(signal, async ({ extensions }, talk) => {
      const parameters = [
        ...(needsUtf8 ? ['SMTPUTF8'] : []),
        ...(extensions.includes('SIZE') ? [`SIZE=${bytes.length}`] : []),
      ]
      const mail = await talk([`MAIL FROM:<${envelope.from}>`, ...parameters].join(' '))
      if (!mail.startsWith('2')) return { stage: 'sender', fault: smtpFault(mail, this.#about()) }
      for (const address of envelope.to) {
        const reply = await talk(`RCPT TO:<${address}>`)
        // The server closes the connection, so that nothing is said of the others (RFC 5321 §3.8).
        if (reply.startsWith('421')) return { stage: 'recipient', fault: smtpFault(reply, this.#about()) }
        if (!reply.startsWith('2')) refused.push({ address, fault: smtpFault(reply, this.#about()) })
      }
      const [first] = refused
      if (first && refused.length === envelope.to.length) return { stage: 'recipient', fault: first.fault }
      await talk('RSET')
      return null
    })
    return failed ? fail(failed) : ok({ reply: null, serverMessageId: null, refused })
  }

  /** Runs our commands as a login of nodemailer, the only place where it allows them. */
  async #perform(signal: AbortSignal, script: Script): Promise<FailedAttempt | null> {
    let failed: FailedAttempt | null = null
    let bug: unknown = null
    this.#script = async (context, talk) => {
      try {
        failed = await script(context, talk)
      } catch (thrown) {
        bug = thrown
      }
    }
    const done = await this.#wait.for<void>(signal, (finish) =>
      this.#connection?.login({ type: 'custom', method: SCRIPT_METHOD }, (thrown) => finish(thrown, undefined)),
    )
    if (bug !== null) throw bug
    return done.ok ? failed : done.error
  }

  async #runScript(context: SMTPConnectionCustomAuthContext): Promise<void> {
    const script = this.#script
    if (!script) throw new Error('nodemailer began a login itself')
    await script(context, async (command, logged = command) => {
      // The library takes what comes next for the answer already before it sends the command.
      if (this.#isAhead(this.#connection as unknown as Internals)) return new Promise(() => {})
      if (!command.startsWith('AUTH ')) this.#watch.willSay(logged)
      const { response } = await context.sendCommand(command)
      return response
    })
  }

  /** A fault outside nodemailer's callbacks, or from its error event. */
  #interrupted(faultOf: () => FailedAttempt): void {
    this.ended = true
    this.#wait.interrupt(faultOf)
  }

  #lost(evidence: string): void {
    this.#interrupted(() => netFailure('connection-lost', evidence, this.#about()))
  }

  #about(): Circumstances {
    const { host, port, login, security } = this.server
    const { stage, heard } = this.#watch
    const needsStartTls = security === 'starttls'
    return { host, port, stage, heard, needsStartTls, login: login.kind, scrub: this.#scrub }
  }
}

/** The text with its final dot. Null if it is long, or the library has to change it. */
function wholeText(bytes: Composed['bytes']): Buffer | null {
  if (!Buffer.isBuffer(bytes) || bytes.length > WHOLE_BYTES_MAX) return null
  const text = bytes.toString('latin1')
  return text.endsWith('\r\n') && !CHANGED_ON_THE_WAY.test(text) ? Buffer.concat([bytes, FINAL_DOT]) : null
}
