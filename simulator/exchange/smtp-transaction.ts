import { type SmtpWire, said } from './smtp-wire'

const MOST_RECIPIENTS = 500

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
const isAddress = (text: string): boolean => /^("[^"\r\n]+"|[^\s@"<>()]+)@[^\s@<>()]+$/u.test(text)

/** One message after another: MAIL, RCPT, DATA or BDAT (RFC 5321, 3030, 6531). */
export class SmtpTransaction {
  #chunks: Buffer[] = []

  constructor(private readonly wire: SmtpWire) {}

  /** Back to before MAIL. */
  reset(): void {
    this.wire.parts.host.end(this.wire.talk)
    this.wire.talk.sender = null
    this.wire.talk.recipients = []
    this.#chunks = []
  }

  async mail(rest: string): Promise<boolean> {
    const { host, faults } = this.wire.parts
    const talk = this.wire.talk
    if (talk.helo === null) return this.wire.refuse('503 5.5.1 Send hello first')
    if (talk.sender !== null) return this.wire.refuse('503 5.5.1 Sender already specified')
    const [, address, parameters = ''] = /^FROM:\s*<([^<>]*)>\s*(.*)$/i.exec(rest) ?? []
    const reply = await this.wire.answer('sender', () => {
      if (address === undefined || (address !== '' && !isAddress(address))) return '501 5.1.7 Invalid address {tail}'
      const utf8 = /\bSMTPUTF8\b/i.test(parameters)
      if (utf8 && faults.is('smtpNoUtf8')) return '501 5.5.4 Unrecognized parameter {tail}'
      if (!utf8 && !isAscii(address)) return '501 5.1.7 Invalid address {tail}'
      const size = Number(/\bSIZE=(\d+)/i.exec(parameters)?.[1] ?? 0)
      if (size > this.wire.size) return '552 5.3.4 Message size exceeds fixed maximum message size {tail}'
      return host.refuseSender(talk) ?? host.senderOk(address)
    })
    if (!reply.startsWith('2')) return said(reply)
    talk.sender = address ?? ''
    host.begin(talk)
    return true
  }

  async recipient(rest: string): Promise<boolean> {
    const { host } = this.wire.parts
    const talk = this.wire.talk
    if (talk.sender === null) return this.wire.refuse('503 5.5.2 Need mail command')
    const [, address] = /^TO:\s*<([^<>]*)>/i.exec(rest) ?? []
    const reply = await this.wire.answer('recipient', () => {
      if (address === undefined || !isAddress(address)) return '501 5.1.3 Invalid address {tail}'
      if (talk.recipients.length >= MOST_RECIPIENTS) return '452 4.5.3 Too many recipients {tail}'
      return host.refuseRecipient(address, talk) ?? host.recipientOk(address)
    })
    if (reply.startsWith('2') && address !== undefined) talk.recipients.push(address)
    return said(reply)
  }

  async data(): Promise<boolean> {
    const { host } = this.wire.parts
    if (this.wire.talk.recipients.length === 0) return this.wire.refuse('503 5.5.2 Need rcpt command')
    const go = await this.wire.answer('data', () => host.dataReply)
    if (!go.startsWith('354')) return said(go)
    const raw = await this.wire.input.message()
    return raw !== null && this.#finish(raw)
  }

  async chunk(rest: string): Promise<boolean> {
    const [, size = '', last] = /^(\d{1,9})(\s+LAST)?$/i.exec(rest) ?? []
    if (size === '') return this.wire.refuse('501 5.5.4 Invalid arguments')
    const chunk = await this.wire.input.exactly(Number(size))
    if (chunk === null) return false
    if (this.wire.talk.recipients.length === 0) return this.wire.refuse('503 5.5.2 Need rcpt command')
    this.#chunks.push(chunk)
    if (last === undefined) return said(await this.wire.say(`250 2.0.0 ${size} octets received`))
    return this.#finish(Buffer.concat(this.#chunks))
  }

  async #finish(raw: Buffer): Promise<boolean> {
    const { host, entry } = this.wire.parts
    entry.conversation.push({ command: `(message of ${raw.length} bytes)`, reply: '' })
    const reply = await this.wire.answer('message', () =>
      raw.length > this.wire.size
        ? '552 5.3.4 Message size exceeds fixed maximum message size {tail}'
        : host.message(raw, this.wire.talk),
    )
    if (reply.startsWith('2')) entry.messages += 1
    this.reset()
    return said(reply)
  }
}
