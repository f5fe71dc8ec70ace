import { randomBytes } from 'node:crypto'
import type { Mailbox } from './mailbox'
import type { Conversation, Credentials, Mechanism, SmtpHost, Verdict } from './smtp-host'

interface MailHostOptions {
  mailbox: Mailbox
  /** Null if no login is needed or possible. */
  login: { username: string; password: string } | null
  startTls: boolean
}

/** An ordinary mail server: STARTTLS or TLS with a password, or a relay without a login. */
export class MailHost implements SmtpHost {
  readonly service = 'smtp-server'
  readonly size = 52_428_800
  readonly keywords = ['PIPELINING', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'CHUNKING']
  readonly startTlsReply = '220 2.0.0 Ready to start TLS'
  readonly dataReply = '354 End data with <CR><LF>.<CR><LF>'
  readonly mechanisms: readonly Mechanism[]
  readonly startTls: boolean

  constructor(private readonly options: MailHostOptions) {
    this.mechanisms = options.login ? ['PLAIN', 'LOGIN'] : []
    this.startTls = options.startTls
  }

  greeting(): string {
    return '220 mail.contoso.example ESMTP'
  }

  hello(): string {
    return 'mail.contoso.example'
  }

  tail(): string {
    return ''
  }

  login({ user, secret, mechanism }: Credentials): Verdict {
    const { login } = this.options
    if (!login || user !== login.username || secret !== login.password) {
      return {
        reply: `535 5.7.8 Error: authentication failed: (reason unavailable), sasl_method=${mechanism}`,
        login: null,
      }
    }
    return {
      reply: '235 2.7.0 Authentication successful',
      login: { who: `${user} (password)`, user, tenantId: null, principalId: null },
    }
  }

  refuseSender({ tls, login }: Conversation): string | null {
    if (this.startTls && tls === null) return '530 5.7.0 Must issue a STARTTLS command first'
    return this.options.login && !login ? '530 5.7.1 Authentication required' : null
  }

  senderOk(): string {
    return '250 2.1.0 Ok'
  }

  refuseRecipient(address: string): string | null {
    return address.toLowerCase().startsWith('nobody@')
      ? `550 5.1.1 <${address}>: Recipient address rejected: User unknown in virtual mailbox table`
      : null
  }

  recipientOk(): string {
    return '250 2.1.5 Ok'
  }

  begin(): void {}

  end(): void {}

  async message(raw: Buffer, talk: Conversation): Promise<string> {
    const id = randomBytes(6).toString('hex').toUpperCase()
    this.options.mailbox.add(raw, talk, 'smtp-server', id)
    return `250 2.0.0 Ok: queued as ${id}`
  }

  quitReply(): string {
    return '221 2.0.0 Bye'
  }
}
