/** The state of an SMTP conversation. */
export interface Conversation {
  remoteAddress: string
  /** TLS protocol such as `TLSv1.3`, or null in clear text. */
  tls: string | null
  helo: string | null
  login: Login | null
  sender: string | null
  recipients: string[]
}

export interface Login {
  /** Shown on the mailbox page. */
  who: string
  /** The mailbox or account of the login. */
  user: string
  tenantId: string | null
  principalId: string | null
}

export type Mechanism = 'XOAUTH2' | 'LOGIN' | 'PLAIN'

export interface Credentials {
  mechanism: Mechanism
  user: string
  secret: string
}

export type Verdict = { reply: string; login: Login | null }

/** The rules and replies of one mail server; the protocol around them is shared. Replies are complete, without line end. */
export interface SmtpHost {
  readonly service: 'exchange' | 'smtp-server'
  readonly mechanisms: readonly Mechanism[]
  /** Whether STARTTLS is offered; a login then needs TLS. */
  readonly startTls: boolean
  /** Bytes, announced as SIZE. */
  readonly size: number
  greeting(): string
  hello(conversation: Conversation): string
  /** EHLO keywords beyond STARTTLS, AUTH, SIZE and SMTPUTF8. */
  readonly keywords: readonly string[]
  readonly startTlsReply: string
  /** `[host date id]` after a refusal, or an empty text. */
  tail(): string
  login(credentials: Credentials, conversation: Conversation): Verdict
  /** The refusal of this sender, or null. */
  refuseSender(conversation: Conversation): string | null
  senderOk(address: string): string
  /** The refusal of this recipient, or null. */
  refuseRecipient(address: string, conversation: Conversation): string | null
  recipientOk(address: string): string
  dataReply: string
  /** Called when a transaction begins and ends, to count concurrent ones. */
  begin(conversation: Conversation): void
  end(conversation: Conversation): void
  /** Takes the message or refuses it. */
  message(raw: Buffer, conversation: Conversation): Promise<string>
  quitReply(): string
}
