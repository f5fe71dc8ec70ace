import type { Fault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'
import type { WireStage } from '../kernel/stage'

/** An SMTP server, and how to log in. Never a credential without TLS: `none` goes only with `login: none` (N-10). */
export interface SmtpServer {
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  login:
    | { kind: 'none' }
    | { kind: 'password'; username: string; password: Redacted }
    | { kind: 'xoauth2'; mailbox: string; token: Redacted }
}

/** One message. Addresses are already normalised by our own parser and are given to the wire exactly so (M-01). */
export interface Mail {
  from: { name: string; address: string }
  envelopeFrom: string
  to: string[]
  replyTo?: string
  subject: string
  text: string
  html: string
  /** With angle brackets; the same on every try (M-14). */
  messageId: string
  date: Date
}

/** A mail before it is decided as whom it leaves. */
export type UnsignedMail = Omit<Mail, 'from' | 'envelopeFrom' | 'replyTo'>

/** As whom a mail leaves: what its identity lines say, which stand in front of what was composed. */
export interface Identity {
  from: { name: string; address: string }
  replyTo: string | null
}

/** A text that memory should not hold: its pieces come one after another, as the mail server takes them. */
export interface LongText {
  /** In bytes, of all pieces together. */
  readonly length: number
  /** Throws when it ends before its end; a mail server must not take what came until then for the whole. */
  pieces(): AsyncIterable<Buffer>
}

/** A message as it goes on the wire, with the envelope it must go under. */
export interface Composed {
  bytes: Buffer | LongText
  envelope: { from: string; to: string[] }
  /** An address outside ASCII: the server must offer SMTPUTF8. */
  needsUtf8: boolean
}

/** The one message factory, for mail that is stored before it is decided as whom it leaves. */
export interface MessageFactory {
  /** Without From and Reply-To; null when the composer reads an address otherwise than we do (M-01). */
  unsigned(mail: UnsignedMail): Promise<{ bytes: Buffer; needsUtf8: boolean } | null>
  /** With its identity lines in front; null as above. */
  sign(unsigned: Omit<Composed, 'envelope'>, identity: Identity): Promise<Omit<Composed, 'envelope'> | null>
}

/** A step of the conversation that ended well. `facts` are for people: TLS protocol, the server's greeting name. */
export interface WireStep {
  stage: WireStage
  /** Milliseconds the step took, by the monotonic clock. */
  ms: number
  facts?: Record<string, string>
}

/** One line of the conversation: no credential, no message body. */
export interface TranscriptLine {
  /** Milliseconds since the attempt began. */
  atMs: number
  from: 'client' | 'server'
  text: string
}

export interface Accepted {
  /** The 250 line after DATA; null after a dry run. */
  reply: string | null
  /** The server's own id for the message, where the reply names one. */
  serverMessageId: string | null
  /** Recipients the server refused although it took the mail. */
  refused: { address: string; fault: Fault }[]
}

export interface FailedAttempt {
  /** Where the reply came or the wait ended. */
  stage: WireStage
  fault: Fault
  /** Each recipient's own answer, where all were refused. */
  refused?: Accepted['refused']
  /** The final dot may have reached the server and no answer came: it has the message, or it has not (F-35). */
  unknownOutcome?: true
}

export interface AttemptOptions {
  /** Ends the attempt at once: the socket is destroyed. */
  signal: AbortSignal
  /** Stop after RCPT; nothing is sent. */
  dryRun: boolean
  /** Called as each step ends, before the next begins. */
  onStep(step: WireStep): void
  /** Called when the final dot is on its way: from here on the server answers in its own time (RFC 5321 §4.5.3.2.6). */
  onDot?(): void
  /** Who keeps a transcript listens; nobody pays for one otherwise. */
  onLine?(line: TranscriptLine): void
}

/** The one way out for mail: tests and deliveries use the same transport. */
export interface MailTransport {
  attempt(server: SmtpServer, mail: Mail, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>>
  /** Greets, secures, logs in; what comes back carries one message after another. */
  connect(
    server: SmtpServer,
    options: Pick<AttemptOptions, 'signal' | 'onStep'>,
  ): Promise<Result<MailConnection, FailedAttempt>>
}

export interface MailConnection {
  /** Ended by either side: no use for another message. */
  readonly ended: boolean
  send(message: Composed, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>>
  /** Says goodbye; nothing is waited for. */
  end(): void
}
