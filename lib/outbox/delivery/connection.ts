import { type Login, withLogin } from '../../credentials/login'
import { type Diagnosis, diagnose } from '../../diagnosis'
import { readClaims } from '../../entra/claims'
import { type Fault, fail, ok, type Result } from '../../kernel'
import type { Deadline } from '../../kernel/deadline'
import type { MailConnection, SmtpServer } from '../../smtp/contracts'
import type { DeliveryQueue } from '../message'
import { incomplete } from './choose-sender'
import type { DeliveryDeps } from './deps'

/** The SMTP connection of one connection loop, opened when the first message needs it. */
export class QueueConnection {
  #connection: MailConnection | null = null
  #login: Login | null = null
  #version: number | null = null
  /** The text of the message under way may follow its envelope once this resolves with true; null if it may at once. */
  mayFollow: Promise<boolean> | null = null

  constructor(
    private readonly deps: Pick<DeliveryDeps, 'credentials' | 'openings' | 'transport' | 'clock'>,
    private readonly queue: DeliveryQueue,
  ) {}

  isOpen(): boolean {
    return this.#connection !== null && !this.#connection.ended
  }

  /** The mailbox that has logged in with a token; null without a token. */
  tokenMailbox(): string | null {
    const login = this.#login && this.#server(this.#login).login
    return login?.kind === 'xoauth2' ? login.mailbox : null
  }

  /** Closes the connection if the settings have changed, since messages may now take another way. */
  closeIfOutdated(version: number): void {
    if (this.#version !== null && this.#version !== version) this.end()
    this.#version = version
  }

  /** An open connection, and whether it has carried messages before. */
  async get(deadline: Deadline): Promise<Result<{ connection: MailConnection; isReused: boolean }, Diagnosis>> {
    if (this.#connection && !this.#connection.ended) return ok({ connection: this.#connection, isReused: true })
    const opened = await this.#open(deadline)
    if (!opened.ok) return opened
    this.#connection = opened.value
    return ok({ connection: opened.value, isReused: false })
  }

  /** Explains a fault of this connection, by the token that it logged in with. */
  diagnose(fault: Fault, stage: Diagnosis['stage']): Diagnosis {
    const login = this.#login
    return diagnose(fault, {
      stage,
      claims: login?.token ? readClaims(login.token) : null,
      login: login?.server.login.kind ?? 'none',
    })
  }

  /** Forgets a connection that the server has ended. */
  drop(): void {
    this.#connection = null
  }

  end(): void {
    this.#connection?.end()
    this.#connection = null
  }

  async #open(deadline: Deadline): Promise<Result<MailConnection, Diagnosis>> {
    const { credentials, openings, transport } = this.deps
    const { mailServerId } = this.queue
    const { signal } = deadline
    const opened = await withLogin(credentials, { signal, mailServerId }, (login) => {
      this.#login = login
      const server = this.#server(login)
      return openings.inTurn(deadline, () => transport.connect(server, { signal, onStep() {} }))
    })
    if (opened.ok) return opened
    const { error } = opened
    if ('fault' in error) return fail(this.diagnose(error.fault, error.stage))
    return fail(error.kind === 'failed' ? error.diagnosis : incomplete('no mail server is configured'))
  }

  /** The mail server's settings, with the mailbox of this queue. */
  #server({ server }: Login): SmtpServer {
    const { mailbox } = this.queue
    return server.login.kind === 'xoauth2' && mailbox !== ''
      ? { ...server, login: { ...server.login, mailbox } }
      : server
  }
}
