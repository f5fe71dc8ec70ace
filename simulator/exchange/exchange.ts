import { randomBytes } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Tokens } from '../entra/tokens'
import type { Clock } from '../world/clock'
import { type Limits, mailboxOf, tenantOfAddress, type World } from '../world/world'
import { refuseAtLogin, refusePassword } from './exchange-login'
import { refuseMessage } from './exchange-submission'
import type { Mailbox } from './mailbox'
import type { Conversation, Credentials, Login, SmtpHost, Verdict } from './smtp-host'

export interface ExchangeParts {
  world: () => World
  clock: Clock
  tokens: Tokens
  mailbox: Mailbox
  audiences: readonly string[]
}

const SERVICE_SIZE = 157_286_400

/** The submission port of smtp.office365.com: its capabilities, rules and replies. */
export class Exchange implements SmtpHost {
  readonly service = 'exchange'
  readonly mechanisms = ['LOGIN', 'XOAUTH2'] as const
  readonly startTls = true
  readonly size = SERVICE_SIZE
  readonly keywords = ['PIPELINING', 'DSN', 'ENHANCEDSTATUSCODES', '8BITMIME', 'BINARYMIME', 'CHUNKING']
  readonly startTlsReply = '220 2.0.0 SMTP server ready'
  readonly dataReply = '354 Start mail input; end with <CRLF>.<CRLF>'
  readonly #server = `FR0P281CA${digits(4)}`
  /** Running submissions by mailbox, in their order. */
  readonly #running = new Map<string, Conversation[]>()
  /** When the latest messages of each mailbox were accepted, in ms. */
  readonly #acceptedAt = new Map<string, number[]>()

  constructor(private readonly parts: ExchangeParts) {}

  forget(): void {
    this.#acceptedAt.clear()
  }

  greeting(): string {
    const at = this.parts.clock.now().toUTCString().replace('GMT', '+0000')
    return `220 ${this.#server}.outlook.office365.com Microsoft ESMTP MAIL Service ready at ${at} [${token()}]`
  }

  hello({ remoteAddress }: Conversation): string {
    return `${this.#server}.outlook.office365.com Hello [${remoteAddress.replace(/^::ffff:/, '')}]`
  }

  tail(): string {
    return `[${this.#server}.DEUP281.PROD.OUTLOOK.COM ${this.parts.clock.now().toISOString()} ${token()}]`
  }

  login(credentials: Credentials): Verdict {
    const { world, tokens, audiences } = this.parts
    if (credentials.mechanism !== 'XOAUTH2') return refusePassword(world(), credentials, this.tail())
    return refuseAtLogin(world(), credentials.user, tokens.read(credentials.secret), audiences, this.tail())
  }

  refuseSender({ tls, login }: Conversation): string | null {
    if (tls === null) return `451 5.7.3 STARTTLS is required to send mail ${this.tail()}`
    return login === null ? `530 5.7.57 Client not authenticated to send mail. ${this.tail()}` : null
  }

  senderOk(): string {
    return '250 2.1.0 Sender OK'
  }

  refuseRecipient(address: string): string | null {
    const tenant = tenantOfAddress(this.parts.world(), address)
    if (!tenant || mailboxOf(tenant, address)) return null
    return `550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${address} not found by SMTP address lookup ${this.tail()}`
  }

  recipientOk(): string {
    return '250 2.1.5 Recipient OK'
  }

  begin(talk: Conversation): void {
    const box = boxOf(talk)
    this.#running.set(box, [...(this.#running.get(box) ?? []), talk])
  }

  end(talk: Conversation): void {
    const box = boxOf(talk)
    const left = (this.#running.get(box) ?? []).filter((other) => other !== talk)
    if (left.length > 0) this.#running.set(box, left)
    else this.#running.delete(box)
  }

  async message(raw: Buffer, talk: Conversation): Promise<string> {
    const { limits } = this.parts.world()
    const place = (this.#running.get(boxOf(talk)) ?? []).indexOf(talk)
    if (place >= limits.concurrent) {
      return `432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. ${this.tail()}`
    }
    const refused = refuseMessage(this.parts.world(), raw, talk, this.tail())
    if (refused !== null) return refused
    const waitMs = this.#waitMs(boxOf(talk), limits)
    if (waitMs > 0 && limits.excess === 'refuse')
      return `451 4.7.0 Temporary server error. Please try again later ${this.tail()}`
    if (waitMs > 0) await after(waitMs)
    this.#acceptedAt.set(boxOf(talk), [...(this.#acceptedAt.get(boxOf(talk)) ?? []), Date.now()])
    const host = `FR2P281MB${digits(4)}.DEUP281.PROD.OUTLOOK.COM`
    const id = `<FR2P281MB${digits(4)}${token()}@${host}>`
    this.parts.mailbox.add(raw, talk, 'exchange', id)
    return `250 2.0.0 OK ${id} [Hostname=${host}]`
  }

  /** Milliseconds until this mailbox may send again. */
  #waitMs(box: string, { messagesPerMinute, minuteMs }: Limits): number {
    const now = Date.now()
    const recent = (this.#acceptedAt.get(box) ?? []).filter((at) => at > now - minuteMs)
    this.#acceptedAt.set(box, recent)
    const oldest = recent.at(-messagesPerMinute)
    return oldest === undefined ? 0 : oldest + minuteMs - now
  }

  quitReply(): string {
    return '221 2.0.0 Service closing transmission channel'
  }
}

const boxOf = ({ login }: { login: Login | null }): string => login?.user.toLowerCase() ?? ''
const token = (): string => randomBytes(8).toString('hex').toUpperCase()
const digits = (count: number): string => Array.from(randomBytes(count), (byte) => String(byte % 10)).join('')
