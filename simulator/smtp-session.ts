import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { SmtpStage } from './fault-list'
import type { Faults } from './faults'
import { type SmtpReceived, sha256 } from './received'
import { readLogin, readPlain, readXoauth2 } from './sasl'
import { greetOddly, helloWithoutEnd } from './smtp-faults'
import type { Conversation, Credentials, Mechanism, SmtpHost } from './smtp-host'
import { SmtpInput } from './smtp-input'

const IDLE_MS = 5 * 60_000
const MOST_RECIPIENTS = 500

interface SessionParts {
  socket: Socket
  host: SmtpHost
  faults: Faults
  context: () => SecureContext
  implicitTls: boolean
  entry: SmtpReceived
}

/** One client's conversation with a mail server, from its greeting to its end (RFC 5321, 3207, 4954, 3030, 6531). */
export class SmtpSession {
  readonly #parts: SessionParts
  readonly #input = new SmtpInput()
  readonly #talk: Conversation
  #socket: Socket
  #chunks: Buffer[] = []

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#socket = parts.socket
    this.#talk = {
      remoteAddress: parts.socket.remoteAddress ?? '127.0.0.1',
      tls: null,
      helo: null,
      login: null,
      sender: null,
      recipients: [],
    }
  }

  async run(): Promise<void> {
    const { socket, faults, implicitTls, entry } = this.#parts
    let staysOpen = false
    this.#guard(socket)
    try {
      if (!implicitTls) this.#input.feedFrom(socket)
      else if (!(await this.#secure())) return
      staysOpen = greetOddly(this.#socket, faults)
      if (staysOpen) return
      const greeting = await this.#answer('greeting', () => this.#parts.host.greeting())
      if (greeting === '') return
      for (;;) {
        const line = await this.#input.line()
        entry.bytes = this.#input.bytes
        if (line === null || !(await this.#command(line.toString()))) break
      }
    } finally {
      this.#reset()
      entry.bytes = this.#input.bytes
      if (!staysOpen) this.#socket.end()
      entry.open = false
    }
  }

  #guard(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    socket.setTimeout(IDLE_MS, () => {
      socket.write(`421 4.4.1 Connection timed out ${this.#parts.host.tail()}\r\n`)
      socket.destroy()
    })
  }

  /** Null: no more to be said, since the fault in force is silence or a closed door. */
  async #answer(stage: SmtpStage, usual: () => string | Promise<string>): Promise<string> {
    const { faults, host } = this.#parts
    const dropAt = faults.text('smtpDrop')
    if (faults.text('smtpStall') === stage) {
      if (!this.#socket.destroyed) await once(this.#socket, 'close')
      return ''
    }
    if (dropAt === stage) return this.#drop()
    const replaced = faults.takeReply(stage)
    // A replaced acceptance still accepts: only the words are others.
    const own = replaced === null || (stage === 'message' && replaced.startsWith('2')) ? await usual() : null
    if (dropAt === 'accepted' && stage === 'message') return this.#drop()
    const reply = (replaced ?? own ?? '').replaceAll('{tail}', host.tail())
    return this.#say(reply)
  }

  async #say(reply: string): Promise<string> {
    const delay = this.#parts.faults.number('smtpDelay')
    if (delay !== null) await after(delay)
    if (this.#socket.destroyed) return ''
    this.#socket.write(`${reply.split(/\r?\n/).join('\r\n')}\r\n`)
    this.#note(reply)
    if (reply.startsWith('421')) {
      this.#socket.end()
      return ''
    }
    return reply
  }

  #drop(): '' {
    this.#socket.destroy()
    return ''
  }

  #note(reply: string): void {
    const last = this.#parts.entry.conversation.at(-1)
    if (last && last.reply === '') last.reply = reply.split(/\r?\n/)[0] ?? ''
  }

  /** False: the conversation is over. */
  async #command(line: string): Promise<boolean> {
    const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(line) ?? []
    const name = verb.toUpperCase()
    const shown = name === 'AUTH' ? `AUTH ${rest.split(' ')[0] ?? ''}` : line.slice(0, 512)
    this.#parts.entry.conversation.push({ command: shown, reply: '' })
    switch (name) {
      case 'EHLO':
      case 'HELO':
        return this.#hello(name, rest)
      case 'STARTTLS':
        return this.#startTls()
      case 'AUTH':
        return this.#auth(rest)
      case 'MAIL':
        return this.#mail(rest)
      case 'RCPT':
        return this.#recipient(rest)
      case 'DATA':
        return this.#data()
      case 'BDAT':
        return this.#chunk(rest)
      case 'RSET':
        this.#reset()
        return said(await this.#say('250 2.0.0 Resetting'))
      case 'NOOP':
        return said(await this.#say('250 2.0.0 OK'))
      case 'QUIT':
        await this.#answer('quit', () => this.#parts.host.quitReply())
        return false
      default:
        return this.#refuse(`500 5.3.3 Unrecognized command '${name.slice(0, 40)}'`)
    }
  }

  async #refuse(reply: string): Promise<boolean> {
    return said(await this.#say([reply, this.#parts.host.tail()].filter(Boolean).join(' ')))
  }

  #reset(): void {
    this.#parts.host.end(this.#talk)
    this.#talk.sender = null
    this.#talk.recipients = []
    this.#chunks = []
  }

  async #hello(verb: string, name: string): Promise<boolean> {
    const { host, faults, entry } = this.#parts
    if (name === '') return this.#refuse('501 5.5.4 Invalid domain name')
    this.#reset()
    this.#talk.helo = name
    entry.helo = name
    const every = faults.number('smtpDripEhlo')
    if (every !== null && verb === 'EHLO') {
      await helloWithoutEnd(this.#socket, host.hello(this.#talk), every)
      return false
    }
    const stage = this.#talk.tls === null ? 'ehlo' : 'ehlo-tls'
    const reply = await this.#answer(stage, () => {
      if (verb === 'HELO') return `250 ${host.hello(this.#talk)}`
      const lines = [host.hello(this.#talk), ...this.#keywords()]
      return lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
    })
    if (!reply.startsWith('2')) this.#talk.helo = null
    return said(reply)
  }

  #size(): number {
    return this.#parts.faults.number('smtpSize') ?? this.#parts.host.size
  }

  #mechanisms(): Mechanism[] {
    const { host, faults } = this.#parts
    if (host.startTls && this.#talk.tls === null) return []
    return host.mechanisms.filter((name) => name !== 'XOAUTH2' || !faults.is('smtpNoXoauth2'))
  }

  #mayStartTls(): boolean {
    return this.#parts.host.startTls && this.#talk.tls === null && !this.#parts.faults.is('smtpNoStartTls')
  }

  #keywords(): string[] {
    const { host, faults } = this.#parts
    const mechanisms = this.#mechanisms()
    return [
      `SIZE ${this.#size()}`,
      ...host.keywords,
      ...(this.#mayStartTls() ? ['STARTTLS'] : []),
      ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(' ')}`] : []),
      ...(faults.is('smtpNoUtf8') ? [] : ['SMTPUTF8']),
    ]
  }

  async #startTls(): Promise<boolean> {
    const { host, faults } = this.#parts
    if (!this.#mayStartTls()) return this.#refuse('500 5.3.3 Unrecognized command')
    const injected = faults.text('smtpInjection')
    const reply = await this.#answer('starttls', () =>
      [host.startTlsReply, ...(injected === null ? [] : [injected])].join('\r\n'),
    )
    if (!reply.startsWith('220')) return said(reply)
    return this.#secure()
  }

  /** Everything learnt in clear text is forgotten (RFC 3207 §4.2). */
  async #secure(): Promise<boolean> {
    const { faults, context, entry } = this.#parts
    if (faults.text('smtpStall') === 'tls') {
      await once(this.#socket, 'close')
      return false
    }
    if (faults.text('smtpDrop') === 'tls') return said(this.#drop())
    this.#input.discard()
    this.#socket.removeAllListeners('data')
    const secured = new TLSSocket(this.#socket, { isServer: true, secureContext: context() })
    this.#guard(secured)
    const done = await new Promise<boolean>((settle) => {
      secured.once('secure', () => settle(true))
      secured.once('close', () => settle(false))
    })
    if (!done) return false
    this.#socket = secured
    this.#talk.tls = secured.getProtocol() ?? 'TLS'
    this.#talk.helo = null
    this.#talk.login = null
    entry.tls = this.#talk.tls
    this.#reset()
    this.#input.feedFrom(secured)
    return true
  }

  async #auth(rest: string): Promise<boolean> {
    const { host, faults, entry } = this.#parts
    const [wanted = '', initial] = rest.split(' ')
    const mechanism = this.#mechanisms().find((name) => name === wanted.toUpperCase())
    if (this.#talk.helo === null) return this.#refuse('503 5.5.1 Send hello first')
    if (this.#talk.login !== null) return this.#refuse('503 5.5.1 Already authenticated')
    if (!mechanism) return this.#refuse('504 5.7.4 Unrecognized authentication type')
    const asked = await this.#credentials(mechanism, initial)
    if (asked === 'gone') return false
    if (asked !== 'cancelled' && asked !== 'malformed') this.#count(asked.secret)
    if (mechanism === 'XOAUTH2' && faults.is('smtpChallenge')) {
      const challenge = { status: '401', schemes: 'bearer mac', scope: 'https://outlook.office365.com/.default' }
      await this.#say(`334 ${Buffer.from(JSON.stringify(challenge)).toString('base64')}`)
      if ((await this.#input.line()) === null) return false
      return this.#refuse('535 5.7.3 Authentication unsuccessful')
    }
    const reply = await this.#answer('auth', () => {
      if (faults.is('smtpEchoAuth')) return `535 5.7.3 Authentication unsuccessful: AUTH ${rest} {tail}`
      if (asked === 'malformed') return '501 5.5.2 Cannot decode response {tail}'
      if (asked === 'cancelled') return '535 5.7.3 Authentication unsuccessful {tail}'
      const verdict = host.login(asked, this.#talk)
      this.#talk.login = verdict.login
      return verdict.reply
    })
    if (reply.startsWith('235') && asked !== 'malformed' && asked !== 'cancelled') {
      this.#talk.login ??= { who: asked.user, user: asked.user, tenantId: null, principalId: null }
      entry.login = this.#talk.login.user
    } else this.#talk.login = null
    return said(reply)
  }

  #count(secret: string): void {
    const { entry } = this.#parts
    entry.secretBytes += Buffer.byteLength(secret)
    if (this.#talk.tls === null) entry.clearSecretBytes += Buffer.byteLength(secret)
    entry.secretSha256.push(sha256(secret))
  }

  async #credentials(
    mechanism: Mechanism,
    initial: string | undefined,
  ): Promise<Credentials | 'cancelled' | 'malformed' | 'gone'> {
    const ask = async (prompt: string): Promise<string | null> => {
      if ((await this.#say(`334 ${prompt}`)) === '') return null
      return (await this.#input.line())?.toString() ?? null
    }
    if (mechanism === 'LOGIN') return readLogin(initial, ask)
    const response = initial ?? (await ask(''))
    if (response === null) return 'gone'
    if (response === '*') return 'cancelled'
    return mechanism === 'PLAIN' ? readPlain(response) : readXoauth2(response)
  }

  async #mail(rest: string): Promise<boolean> {
    const { host, faults } = this.#parts
    const talk = this.#talk
    if (talk.helo === null) return this.#refuse('503 5.5.1 Send hello first')
    if (talk.sender !== null) return this.#refuse('503 5.5.1 Sender already specified')
    const [, address, parameters = ''] = /^FROM:\s*<([^<>]*)>\s*(.*)$/i.exec(rest) ?? []
    const reply = await this.#answer('sender', () => {
      if (address === undefined || (address !== '' && !isAddress(address))) return '501 5.1.7 Invalid address {tail}'
      const utf8 = /\bSMTPUTF8\b/i.test(parameters)
      if (utf8 && faults.is('smtpNoUtf8')) return '501 5.5.4 Unrecognized parameter {tail}'
      if (!utf8 && !isAscii(address)) return '501 5.1.7 Invalid address {tail}'
      const size = Number(/\bSIZE=(\d+)/i.exec(parameters)?.[1] ?? 0)
      if (size > this.#size()) return '552 5.3.4 Message size exceeds fixed maximum message size {tail}'
      return host.refuseSender(talk) ?? host.senderOk(address)
    })
    if (!reply.startsWith('2')) return said(reply)
    talk.sender = address ?? ''
    host.begin(talk)
    return true
  }

  async #recipient(rest: string): Promise<boolean> {
    const { host } = this.#parts
    const talk = this.#talk
    if (talk.sender === null) return this.#refuse('503 5.5.2 Need mail command')
    const [, address] = /^TO:\s*<([^<>]*)>/i.exec(rest) ?? []
    const reply = await this.#answer('recipient', () => {
      if (address === undefined || !isAddress(address)) return '501 5.1.3 Invalid address {tail}'
      if (talk.recipients.length >= MOST_RECIPIENTS) return '452 4.5.3 Too many recipients {tail}'
      return host.refuseRecipient(address, talk) ?? host.recipientOk(address)
    })
    if (reply.startsWith('2') && address !== undefined) talk.recipients.push(address)
    return said(reply)
  }

  async #data(): Promise<boolean> {
    const { host } = this.#parts
    if (this.#talk.recipients.length === 0) return this.#refuse('503 5.5.2 Need rcpt command')
    const go = await this.#answer('data', () => host.dataReply)
    if (!go.startsWith('354')) return said(go)
    const raw = await this.#input.message()
    return raw !== null && this.#finish(raw)
  }

  async #chunk(rest: string): Promise<boolean> {
    const [, size = '', last] = /^(\d{1,9})(\s+LAST)?$/i.exec(rest) ?? []
    if (size === '') return this.#refuse('501 5.5.4 Invalid arguments')
    const chunk = await this.#input.exactly(Number(size))
    if (chunk === null) return false
    if (this.#talk.recipients.length === 0) return this.#refuse('503 5.5.2 Need rcpt command')
    this.#chunks.push(chunk)
    if (last === undefined) return said(await this.#say(`250 2.0.0 ${size} octets received`))
    return this.#finish(Buffer.concat(this.#chunks))
  }

  async #finish(raw: Buffer): Promise<boolean> {
    const { host, entry } = this.#parts
    entry.conversation.push({ command: `(message of ${raw.length} bytes)`, reply: '' })
    const reply = await this.#answer('message', () =>
      raw.length > this.#size()
        ? '552 5.3.4 Message size exceeds fixed maximum message size {tail}'
        : host.message(raw, this.#talk),
    )
    if (reply.startsWith('2')) entry.messages += 1
    this.#reset()
    return said(reply)
  }
}

const said = (reply: string): boolean => reply !== ''
const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
const isAddress = (text: string): boolean => /^("[^"\r\n]+"|[^\s@"<>()]+)@[^\s@<>()]+$/u.test(text)
