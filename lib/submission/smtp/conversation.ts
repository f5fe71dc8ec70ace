import type { SMTPServerAddress, SMTPServerAuthentication, SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { isGeneratedSecret } from '../../access/client-secrets'
import { type Clock, fail, type Logger, ok, type Result } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { clientAt, learningAt, refusalNow, refusalOfLogin } from '../admission'
import type { Authentication } from '../authenticate'
import type { Client } from '../client'
import type { Entrance } from '../entrance'
import { failureRefusal } from '../failure-refusal'
import { checkBytes } from '../intake'
import { type Refusal, type RefusalCode, refusal } from '../refusal'
import type { Spool } from '../spool'
import { MESSAGE_BYTES_MAX, MESSAGE_MIB_MAX, RECIPIENTS_MAX, type SubmissionChecks, withDomain } from '../submit'
import type { SessionLog } from './session-log'
import { SessionRecorder, type SessionStage } from './session-record'

const WRONG_LOGINS_MAX = 3
const MAIL_PARAMETERS = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'AUTH'])
const TEXT_CHARS_MAX = 100
/** Other words are not stored: a client whose login was refused may send user name and password as the next commands. */
const COMMAND = /^(?:[A-Z]{3,4}|STARTTLS)$/
/** A step that we decide about. */
type Step = Exclude<SessionStage['event'], 'tls' | 'end'>
/** The steps of a session in which the library refuses a command itself. */
const STEP_OF_COMMAND: Readonly<Record<string, SessionStage['event']>> = {
  STARTTLS: 'tls',
  AUTH: 'login',
  MAIL: 'sender',
  RCPT: 'recipient',
  DATA: 'message',
}

/** How a failed handshake is recognised: by the words of OpenSSL, or by the code of Node if the client has just closed the connection. */
const TLS_FAILURES: readonly (readonly [reason: RegExp, code: RefusalCode])[] = [
  [/unsupported protocol|no shared cipher|inappropriate fallback/, 'tls-too-old'],
  [/wrong version number|http request/, 'tls-not-begun'],
  [/unknown ca|bad certificate|certificate (?:unknown|expired)|^SocketError$|^ECONNRESET$/, 'tls-broken-off'],
]

export interface ConversationDeps {
  clock: Clock
  log: Pick<Logger, 'warn' | 'error'>
  authentication: Authentication
  submission: SubmissionChecks
  /** A client as it is now, or null if it was removed. It may be a second old. */
  currentClient(id: string): Promise<Client | null>
  /** Clients that submit without a login. They may be a second old. */
  networkClients(): Promise<readonly Client[]>
  sessions: SessionLog
  spool: Spool
  /** The name of this server in its replies and in Received fields. */
  name: string
}

/** One SMTP connection: decides about each command and records what happened. */
export class Conversation {
  readonly record: SessionRecorder
  #client: Client | null = null
  /** As it was read for the latest command. */
  #newest: Client | null = null
  /** Among which clients its address was looked for. */
  #searched: readonly Client[] | null = null
  #hasTlsFailed = false
  #wrongLogins = 0
  #rejectedLogin: Refusal | null = null
  #recipients: string[] = []
  #sender: string | null = null
  /** As MAIL declared it. The library keeps what a MAIL declared that was rejected. */
  #hasUtf8 = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly deps: ConversationDeps,
    readonly entrance: Entrance,
    readonly address: string,
  ) {
    const startedMs = deps.clock.monotonicMs()
    this.record = new SessionRecorder(deps.clock.now(), entrance, address, () => deps.clock.monotonicMs() - startedMs)
  }

  get isKnown(): boolean {
    return this.#client !== null
  }

  /** At the entrance without TLS, only known networks are let in; the client is known by its address. */
  async connect(): Promise<Refusal | null> {
    this.record.note('connect', this.address)
    if (this.entrance !== 'plain') return null
    await this.#recognise()
    return this.#client ? null : this.#refuse('connect', refusal('network-not-allowed', { address: this.address }))
  }

  secured(protocol: string): void {
    this.record.tls = protocol
    this.record.note('tls', protocol)
  }

  async login({ username = '', password }: SMTPServerAuthentication): Promise<Refusal | null> {
    // A person who mixes up two fields of a device enters the secret as its user name.
    const login = isGeneratedSecret(username) ? String(new Redacted(username)) : username
    this.record.login = login
    const checked = await this.deps.authentication.byPassword(username, new Redacted(password ?? ''), this.address)
    if (checked.ok) {
      this.#letIn(checked.value)
      this.record.note('login', login)
      return null
    }
    this.#wrongLogins++
    const { client, why } = checked.error
    if (client) this.record.clientId = client.id
    const isGuess = why === 'login-wrong' || why === 'too-many-guesses'
    const isOneTooMany = isGuess && this.#wrongLogins >= WRONG_LOGINS_MAX
    const refused = isOneTooMany ? refusal('too-many-sign-ins') : refusalOfLogin(why, { login, address: this.address })
    return this.#refuse('login', refused, login)
  }

  async sender({ address, args }: SMTPServerAddress): Promise<Refusal | null> {
    this.#sender = null
    this.#recipients = []
    this.#hasUtf8 = args !== false && 'SMTPUTF8' in args
    // Once a message is accepted, the sender is that of the latest one, because learning mode proposes it.
    if (this.record.accepted === 0) this.record.sender = address
    // What was let in by its address may be of another client now. Over TLS learning mode does not let in who signed in.
    if (this.#client?.way !== 'login') await this.#recognise()
    const client = await this.#checkedClient()
    if (!client.ok) return this.#refuse('sender', client.error, address)
    const unknown = Object.keys(args || {}).find((parameter) => !MAIL_PARAMETERS.has(parameter))
    if (unknown !== undefined)
      return this.#refuse('sender', refusal('parameter-unknown', { parameter: unknown }), address)
    const sender = this.deps.submission.checkSender(client.value, address)
    if (!sender.ok) return this.#refuse('sender', sender.error, address)
    const turn = await this.deps.submission.checkRate(client.value)
    if (!turn.ok) return this.#refuse('sender', turn.error, address)
    this.#sender = sender.value
    this.record.note('sender', sender.value)
    return null
  }

  async recipient({ address, args }: SMTPServerAddress): Promise<Refusal | null> {
    const [parameter] = Object.keys(args || {})
    if (parameter !== undefined) return this.#refuse('recipient', refusal('parameter-unknown', { parameter }), address)
    if (this.#sender === null) return this.#refuse('recipient', refusal('sender-invalid', { sender: '' }), address)
    if (this.#recipients.length >= RECIPIENTS_MAX)
      return this.#refuse('recipient', refusal('too-many-recipients', { max: RECIPIENTS_MAX }), address)
    const recipient = await this.deps.submission.checkRecipient(this.#sender, withDomain(address, this.#sender))
    if (!recipient.ok) return this.#refuse('recipient', recipient.error, address)
    if (!this.#recipients.includes(recipient.value)) this.#recipients.push(recipient.value)
    this.record.note('recipient', recipient.value)
    return null
  }

  /**
   * @param arriving called whenever a piece arrived, and at the end, when the client begins to wait for us
   * @returns the id of the message in the outbox, where it is durable
   */
  message(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    arriving: { onPiece(): void; onEnd(): void },
  ): Promise<Result<string, Refusal>> {
    const [sender, recipients] = [this.#sender, this.#recipients]
    this.#sender = null
    this.#recipients = []
    const receive = async (): Promise<Result<string, Refusal>> => {
      const text = await this.deps.spool.receive(stream, { bytesMax: MESSAGE_BYTES_MAX, onPiece: arriving.onPiece })
      arriving.onEnd()
      if (!text) return fail(this.#refuse('message', refusal('too-large', { max: MESSAGE_MIB_MAX })))
      return text.use((bytes) => this.#store({ bytes, sender, recipients }, session))
    }
    const outcome = receive().catch((error: unknown) => fail(this.failed('message', error)))
    this.#running = outcome
    return outcome
  }

  async #store(
    { bytes, sender, recipients }: { bytes: Buffer; sender: string | null; recipients: string[] },
    session: SMTPServerSession,
  ): Promise<Result<string, Refusal>> {
    const client = await this.#checkedClient()
    if (!client.ok) return fail(this.#refuse('message', client.error))
    if (sender === null) return fail(this.#refuse('message', refusal('sender-invalid', { sender: '' })))
    const checked = checkBytes(bytes)
    if (!checked.ok) return fail(this.#refuse('message', checked.error))
    const stored = await this.deps.submission.submit({
      client: client.value,
      source: 'smtp',
      sender,
      recipients,
      bytes: checked.value,
      needsUtf8: this.#hasUtf8,
      arrival: {
        from: `${heloText(session.hostNameAppearsAs)} ([${this.address}])`,
        by: this.deps.name,
        protocol: session.transmissionType,
      },
    })
    if (!stored.ok) return fail(this.#refuse('message', stored.error))
    this.record.accepted++
    this.record.sender = sender
    this.record.note('message', stored.value.id)
    this.#see(null)
    return ok(stored.value.id)
  }

  /** Resolves when nothing is done for this connection any more; a message may have come completely before the client left. */
  async end(helo: string | null): Promise<void> {
    await this.#running
    this.record.helo = helo
    this.deps.sessions.add(this.record.end())
  }

  /** The connection was not let in at all. */
  turnedAway(refused: Refusal): void {
    this.record.note('connect', this.address, refused)
    this.deps.sessions.addTurnedAway(this.record.end())
  }

  dismissed(refused: Refusal): void {
    this.record.note('end', undefined, refused)
  }

  /** Reported by the connection and by the server. A client that has sent nothing waits for a greeting, or only looks whether we listen. */
  tlsFailed(error: Error & { code?: string; reason?: string }, hasSent = true): void {
    if (this.#hasTlsFailed) return
    this.#hasTlsFailed = true
    const reason = (error.reason ?? error.code ?? error.message).slice(0, TEXT_CHARS_MAX)
    const known = hasSent ? TLS_FAILURES.find(([pattern]) => pattern.test(reason))?.[1] : 'tls-not-begun'
    this.record.note('tls', undefined, known ? refusal(known) : refusal('tls-failed', { reason }))
  }

  /**
   * The library has refused a command because of its form or order. `argument` is what followed the colon of MAIL and RCPT. Returns our own
   * refusal in its place; null if it has none.
   */
  refusedByLibrary(command: string, argument: string, code: number, text: string): Refusal | null {
    const step = STEP_OF_COMMAND[command] ?? 'connect'
    const replacement = refusalInPlaceOf(command, code, text, argument.slice(0, TEXT_CHARS_MAX) || '<>')
    // A client that pipelines sends RCPT and DATA before it reads that the command before was rejected (RFC 2920 §3.1).
    if (replacement === null && code === 503 && this.record.endsInRefusal) return null
    const refused = replacement ?? refusal('protocol', { reply: `${code} ${text.slice(0, TEXT_CHARS_MAX)}` })
    this.record.note(step, (replacement && argument) || (COMMAND.test(command) ? command : ''), refused)
    // A command that the library does not know is no reason to call the client rejected: its message may have been accepted.
    if (replacement !== null || step !== 'connect') this.#see(refused.code)
    return replacement
  }

  /** Lets in who needs no login: without encryption a device of a known network, over TLS one of a network in learning mode. @returns whether it is let in as another one now */
  async #recognise(): Promise<boolean> {
    const isPlain = this.entrance === 'plain'
    if (!isPlain && this.record.tls === null) return false
    const clients = await this.deps.networkClients()
    // They are read again each second, so every message of a second is of the same client.
    if (clients === this.#searched) return false
    this.#searched = clients
    const find = isPlain ? clientAt : learningAt
    const client = find(this.address, clients, this.deps.clock.now())
    const isAnother = client !== null && client.id !== this.#client?.id
    if (isAnother) this.#letIn(client)
    return isAnother
  }

  #letIn(client: Client): void {
    this.#client = client
    this.#newest = null
    this.record.clientId = client.id
    this.#see(null)
  }

  /** The client of this connection as it is now, unless it has been disabled or got another password since. */
  async #checkedClient(): Promise<Result<Client, Refusal>> {
    if (!this.#client) return fail(this.#whyUnknown())
    const { id, way } = this.#client
    // In the list that it was recognised in, or else it could be removed already while what replaces it is not in the list yet.
    const current = way === 'login' ? undefined : (await this.deps.networkClients()).find((each) => each.id === id)
    const client = current ?? (await this.deps.currentClient(id))
    const refused = refusalNow(this.#client, client, { address: this.address, now: this.deps.clock.now() })
    if (refused && way !== 'login' && (await this.#recognise())) return this.#checkedClient()
    if (!client || refused) return fail(refused ?? refusal('login-needed'))
    // The password is compared with the one that it signed in with; what is known of it now may be a second old.
    if (client !== this.#newest) this.#client = { ...client, secretAt: this.#client.secretAt }
    this.#newest = client
    return ok(client)
  }

  /** A program that continues after its sign-in was rejected prints only the answer to its next command. */
  #whyUnknown(): Refusal {
    // 535 answers AUTH alone (RFC 4954 §6).
    if (this.#rejectedLogin?.code === 'login-wrong') return refusal('login-rejected')
    return this.#rejectedLogin ?? refusal(this.record.tls === null ? 'login-unencrypted' : 'login-needed')
  }

  #refuse(event: Step, refused: Refusal, detail?: string): Refusal {
    this.record.note(event, detail, refused)
    if (event === 'login') this.#rejectedLogin = refused
    if (refused.code !== 'login-rejected') this.#see(refused.code)
    return refused
  }

  #see(error: string | null): void {
    const { clientId } = this.record
    if (clientId) this.deps.sessions.see(clientId, this.address, error)
  }

  /** What our own side could not do, so that the client may try again, or a client that left in the middle of its message. */
  failed(event: Step, error: unknown): Refusal {
    const hasLeft = error instanceof Error && 'code' in error && error.code === 'ECONNECTION'
    if (hasLeft) return this.#refuse(event, refusal('client-gone'))
    return this.#refuse(event, failureRefusal(this.deps.log, 'an SMTP command', error))
  }
}

function refusalInPlaceOf(command: string, code: number, text: string, argument: string): Refusal | null {
  if (code === 552) return refusal('too-large', { max: MESSAGE_MIB_MAX })
  // Disabled at the port without encryption.
  if (command === 'AUTH' && code === 500) return refusal('login-not-taken')
  if (code === 538) return refusal('login-unencrypted')
  if (code === 421 && text.includes('too soon')) return refusal('too-early')
  if (command === 'RCPT' && code === 452) return refusal('too-many-recipients', { max: RECIPIENTS_MAX })
  if (command === 'RCPT' && text.includes('address syntax'))
    return refusal('recipient-invalid', { recipient: argument })
  if (command === 'MAIL' && text.includes('address syntax')) return refusal('sender-invalid', { sender: argument })
  return null
}

/** What a client calls itself may be written into a header only if it looks like a host name or an address. */
const heloText = (helo: string | false | undefined): string =>
  helo && /^[A-Za-z0-9._:[\]-]{1,254}$/.test(helo) ? helo : 'unknown'
