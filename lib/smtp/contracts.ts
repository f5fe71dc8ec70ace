import type { Fault, Redacted, Result, WireStage } from '../kernel'

/** An SMTP server and how to log in. A credential needs TLS: `security: none` is only valid with `login: none`. */
export interface SmtpServer {
  host: string
  port: number
  security: 'starttls' | 'tls' | 'none'
  login:
    | { kind: 'none' }
    | { kind: 'password'; username: string; password: Redacted }
    | { kind: 'xoauth2'; mailbox: string; token: Redacted }
}

/** One message. Its addresses are normalised by our parser and are sent unchanged. */
export interface Mail {
  from: { name: string; address: string }
  envelopeFrom: string
  to: string[]
  replyTo?: string
  subject: string
  text: string
  html: string
  /** With angle brackets. It is the same on every attempt. */
  messageId: string
  date: Date
}

export type UnsignedMail = Omit<Mail, 'from' | 'envelopeFrom' | 'replyTo'>

/** A message of a client or an operator. `bcc` is not here, because only the envelope has it. */
export interface SubmittedMail extends Pick<Mail, 'subject' | 'messageId' | 'date'> {
  to?: readonly string[]
  cc?: readonly string[]
  replyTo?: string
  /** One of the two is there. */
  text?: string
  html?: string
  attachments?: readonly Attachment[]
  /** Names that begin with `X-`. */
  headers?: Readonly<Record<string, string>>
}

export interface Attachment {
  filename: string
  /** As `type/subtype`, without parameters, and neither `multipart` nor `message`. */
  contentType: string
  /** The file in base64 with padding, as bytes; checked by `isBase64`. */
  contentBase64: Buffer
}

/** A report about a message that was not delivered (RFC 3464), before its sender is chosen. */
export interface FailureReportMail extends Pick<Mail, 'subject' | 'text' | 'messageId' | 'date'> {
  to: string
  /** Message-ID of the message, with angle brackets. */
  about: string
  /** The fields about the message, then those about each recipient. */
  status: readonly (readonly [name: string, value: string][])[]
  /** The header of the message; null if it is not known any more. */
  header: string | null
}

/** The sender of a message. Its header lines are put in front of the composed message. */
export interface Identity {
  from: { name: string; address: string }
  replyTo: string | null
}

/** A text that is not loaded into memory at once. Its pieces are read as the mail server accepts them. */
export interface LongText {
  readonly length: number
  /** Throws if the text is incomplete, so that the mail server does not take the first pieces for the whole. */
  pieces(): AsyncIterable<Buffer>
}

export interface Composed {
  bytes: Buffer | LongText
  envelope: { from: string; to: string[] }
  /** The header has an address outside ASCII, or the author has declared it as UTF-8, so the server must offer SMTPUTF8. */
  needsUtf8: boolean
}

/** What the author of a submitted message wrote. */
export interface OriginalLines {
  /** The From, Sender and Reply-To fields, one character a byte, each line with its CRLF; null if there are none. */
  lines: string | null
  /** The message is sent as its author, so that From and Sender stay as they were written. */
  isSender: boolean
}

/** A completed step of the conversation. `facts` are for people: TLS protocol, the name in the greeting. */
export interface WireStep {
  stage: WireStage
  /** Duration in milliseconds, by the monotonic clock. */
  ms: number
  facts?: Record<string, string>
}

/** One line of the conversation, without credentials and message bodies. */
export interface TranscriptLine {
  /** Milliseconds since the attempt began. */
  atMs: number
  from: 'client' | 'server'
  text: string
}

export interface Accepted {
  /** The 250 line after DATA, or null after a dry run. */
  reply: string | null
  /** The server's id for the message, if the reply has one. */
  serverMessageId: string | null
  /** Recipients that the server rejected although it accepted the message. */
  refused: { address: string; fault: Fault }[]
}

export interface FailedAttempt {
  /** The stage of the reply, or of the timeout. */
  stage: WireStage
  fault: Fault
  /** The answer for each recipient, if all were rejected. */
  refused?: Accepted['refused']
  /** `mayFollow` had not allowed the text to be sent, so the server has nothing of the message. */
  textHeld?: true
  /** The final dot may have reached the server and no answer came, so the server may have accepted the message. */
  unknownOutcome?: true
}

export interface AttemptOptions {
  /** Ends the attempt at once: the socket is destroyed. */
  signal: AbortSignal
  /** Stops after RCPT, so that nothing is sent. */
  dryRun: boolean
  /** Called as each step ends, before the next begins. */
  onStep(step: WireStep): void
  /** The text is sent once this resolves with true. With false, the connection is closed after the envelope and nothing is sent. */
  mayFollow?: Promise<boolean> | null
  /** Called when the final dot was sent. From then on the server may take its time to answer (RFC 5321 §4.5.3.2.6). */
  onDot?(): void
  /** Called for each line of the transcript, which is not made without it. */
  onLine?(line: TranscriptLine): void
}

/** Sends mail. Tests and deliveries use the same transport. */
export interface MailTransport {
  attempt(server: SmtpServer, mail: Mail, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>>
  /** Connects and logs in. The connection sends one message after another. */
  connect(
    server: SmtpServer,
    options: Pick<AttemptOptions, 'signal' | 'onStep'>,
  ): Promise<Result<MailConnection, FailedAttempt>>
}

export interface MailConnection {
  /** Closed by either side, so no other message can be sent. */
  readonly ended: boolean
  send(message: Composed, options: AttemptOptions): Promise<Result<Accepted, FailedAttempt>>
  /** Sends QUIT and does not wait for the answer. */
  end(): void
}
