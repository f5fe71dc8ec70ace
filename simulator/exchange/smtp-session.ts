import { authenticate } from './smtp-auth'
import { greetOddly, helloWithoutEnd } from './smtp-faults'
import type { Mechanism } from './smtp-host'
import { SmtpTransaction } from './smtp-transaction'
import { type SessionParts, SmtpWire, said } from './smtp-wire'

/** RFC 5321 §4.5.3.1.4, with its line end. */
const COMMAND_OCTETS_MAX = 512

/** One client's conversation with a mail server, from its greeting to its end (RFC 5321, 3207, 4954, 3030, 6531). */
export class SmtpSession {
  readonly #wire: SmtpWire
  readonly #transaction: SmtpTransaction

  constructor(parts: SessionParts) {
    this.#wire = new SmtpWire(parts)
    this.#transaction = new SmtpTransaction(this.#wire)
  }

  async run(): Promise<void> {
    const { socket, faults, implicitTls, entry } = this.#wire.parts
    let staysOpen = false
    this.#wire.guard(socket)
    try {
      if (!implicitTls) this.#wire.input.feedFrom(socket)
      else if (!(await this.#secure())) return
      staysOpen = greetOddly(this.#wire.socket, faults)
      if (staysOpen) return
      const greeting = await this.#wire.answer('greeting', () => this.#wire.parts.host.greeting())
      if (greeting === '') return
      for (;;) {
        const line = await this.#wire.input.line()
        entry.bytes = this.#wire.input.bytes
        if (line === null || !(await this.#command(line.toString()))) break
      }
    } finally {
      this.#transaction.reset()
      entry.bytes = this.#wire.input.bytes
      if (!staysOpen) this.#wire.socket.end()
      entry.open = false
    }
  }

  /** Returns false when the conversation is over. */
  async #command(line: string): Promise<boolean> {
    const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(line) ?? []
    const name = verb.toUpperCase()
    const command = name === 'AUTH' ? `AUTH ${rest.split(' ')[0] ?? ''}` : line.slice(0, 512)
    this.#wire.parts.entry.conversation.push({ command, reply: '' })
    if (this.#wire.parts.faults.is('smtpStrictLines') && Buffer.byteLength(line) + 2 > COMMAND_OCTETS_MAX)
      return this.#wire.refuse('500 5.5.2 Line too long')
    switch (name) {
      case 'EHLO':
      case 'HELO':
        return this.#hello(name, rest)
      case 'STARTTLS':
        return this.#startTls()
      case 'AUTH':
        return authenticate(this.#wire, rest, this.#mechanisms())
      case 'MAIL':
        return this.#transaction.mail(rest)
      case 'RCPT':
        return this.#transaction.recipient(rest)
      case 'DATA':
        return this.#transaction.data()
      case 'BDAT':
        return this.#transaction.chunk(rest)
      case 'RSET':
        this.#transaction.reset()
        return said(await this.#wire.say('250 2.0.0 Resetting'))
      case 'NOOP':
        return said(await this.#wire.say('250 2.0.0 OK'))
      case 'QUIT':
        await this.#wire.answer('quit', () => this.#wire.parts.host.quitReply())
        return false
      default:
        return this.#wire.refuse(`500 5.3.3 Unrecognized command '${name.slice(0, 40)}'`)
    }
  }

  async #hello(verb: string, name: string): Promise<boolean> {
    const { host, faults, entry } = this.#wire.parts
    if (name === '') return this.#wire.refuse('501 5.5.4 Invalid domain name')
    this.#transaction.reset()
    this.#wire.talk.helo = name
    entry.helo = name
    const every = faults.number('smtpDripEhlo')
    if (every !== null && verb === 'EHLO') {
      await helloWithoutEnd(this.#wire.socket, host.hello(this.#wire.talk), every)
      return false
    }
    const stage = this.#wire.talk.tls === null ? 'ehlo' : 'ehlo-tls'
    const reply = await this.#wire.answer(stage, () => {
      if (verb === 'HELO') return `250 ${host.hello(this.#wire.talk)}`
      const lines = [host.hello(this.#wire.talk), ...this.#keywords()]
      return lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
    })
    if (!reply.startsWith('2')) this.#wire.talk.helo = null
    return said(reply)
  }

  #mechanisms(): Mechanism[] {
    const { host, faults } = this.#wire.parts
    if (host.startTls && this.#wire.talk.tls === null) return []
    return host.mechanisms.filter((name) => name !== 'XOAUTH2' || !faults.is('smtpNoXoauth2'))
  }

  #mayStartTls(): boolean {
    return (
      this.#wire.parts.host.startTls && this.#wire.talk.tls === null && !this.#wire.parts.faults.is('smtpNoStartTls')
    )
  }

  #keywords(): string[] {
    const { host, faults } = this.#wire.parts
    const mechanisms = this.#mechanisms()
    return [
      `SIZE ${this.#wire.size}`,
      ...host.keywords,
      ...(this.#mayStartTls() ? ['STARTTLS'] : []),
      ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(' ')}`] : []),
      ...(faults.is('smtpNoUtf8') ? [] : ['SMTPUTF8']),
    ]
  }

  async #startTls(): Promise<boolean> {
    const { host, faults } = this.#wire.parts
    if (!this.#mayStartTls()) return this.#wire.refuse('500 5.3.3 Unrecognized command')
    const injected = faults.text('smtpInjection')
    const reply = await this.#wire.answer('starttls', () =>
      [host.startTlsReply, ...(injected === null ? [] : [injected])].join('\r\n'),
    )
    if (!reply.startsWith('220')) return said(reply)
    return this.#secure()
  }

  /** A transaction that began in clear text is dropped too. */
  async #secure(): Promise<boolean> {
    const done = await this.#wire.secure()
    if (done) this.#transaction.reset()
    return done
  }
}
