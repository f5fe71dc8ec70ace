/** What stands in an SMTP conversation so far. */
export interface Conversation {
  remoteAddress: string
  /** TLS protocol, such as `TLSv1.3`; null: in clear text. */
  tls: string | null
  helo: string | null
  login: Login | null
  sender: string | null
  recipients: string[]
}

export interface Login {
  /** Shown on the mailbox page. */
  who: string
  /** The mailbox or the account that was logged in to. */
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

/** A mail server's own mind and words; the conversation around it is the same for all. Replies are whole, without line end. */
export interface SmtpHost {
  readonly service: 'exchange' | 'smtp-server'
  readonly mechanisms: readonly Mechanism[]
  /** Offered, and then no login outside TLS. */
  readonly startTls: boolean
  /** Bytes, announced as SIZE. */
  readonly size: number
  greeting(): string
  hello(conversation: Conversation): string
  /** EHLO keywords beyond STARTTLS, AUTH, SIZE and SMTPUTF8. */
  readonly keywords: readonly string[]
  readonly startTlsReply: string
  /** `[host date id]` behind a refusal, or nothing. */
  tail(): string
  login(credentials: Credentials, conversation: Conversation): Verdict
  /** Null: the sender may go on. */
  refuseSender(conversation: Conversation): string | null
  senderOk(address: string): string
  /** Null: this recipient is taken. */
  refuseRecipient(address: string, conversation: Conversation): string | null
  recipientOk(address: string): string
  dataReply: string
  /** A transaction begins and ends; for counting those that run side by side. */
  begin(conversation: Conversation): void
  end(conversation: Conversation): void
  /** Takes the message or refuses it. */
  message(raw: Buffer, conversation: Conversation): Promise<string>
  quitReply(): string
}
