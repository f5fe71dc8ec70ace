import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { SmtpStage } from '../faults/fault-list'
import type { Faults } from '../faults/faults'
import type { SmtpReceived } from '../web/received'
import type { Conversation, SmtpHost } from './smtp-host'
import { SmtpInput } from './smtp-input'

const IDLE_MS = 5 * 60_000

export interface SessionParts {
  socket: Socket
  host: SmtpHost
  faults: Faults
  context: () => SecureContext
  implicitTls: boolean
  entry: SmtpReceived
}

export const said = (reply: string): boolean => reply !== ''

/** The connection of one SMTP conversation. It sends and reads lines, and applies the active faults to both. */
export class SmtpWire {
  readonly input = new SmtpInput()
  readonly talk: Conversation
  socket: Socket

  constructor(readonly parts: SessionParts) {
    this.socket = parts.socket
    this.talk = {
      remoteAddress: parts.socket.remoteAddress ?? '127.0.0.1',
      tls: null,
      helo: null,
      login: null,
      sender: null,
      recipients: [],
    }
  }

  guard(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    socket.setTimeout(IDLE_MS, () => {
      socket.write(`421 4.4.1 Connection timed out ${this.parts.host.tail()}\r\n`)
      socket.destroy()
    })
  }

  /** Returns an empty text if an active fault stays silent or has closed the connection. */
  async answer(stage: SmtpStage, usual: () => string | Promise<string>): Promise<string> {
    const { faults, host } = this.parts
    const dropAt = faults.text('smtpDrop')
    if (faults.text('smtpStall') === stage) {
      if (!this.socket.destroyed) await once(this.socket, 'close')
      return ''
    }
    if (dropAt === stage) return this.drop()
    const replaced = faults.takeReply(stage)
    // A replaced positive reply still accepts; only its text differs.
    const own = replaced === null || (stage === 'message' && replaced.startsWith('2')) ? await usual() : null
    if (dropAt === 'accepted' && stage === 'message') return this.drop()
    const reply = (replaced ?? own ?? '').replaceAll('{tail}', host.tail())
    return this.say(reply)
  }

  async say(reply: string): Promise<string> {
    const delay = this.parts.faults.number('smtpDelay')
    if (delay !== null) await after(delay)
    if (this.socket.destroyed) return ''
    this.socket.write(`${reply.split(/\r?\n/).join('\r\n')}\r\n`)
    this.#note(reply)
    if (reply.startsWith('421')) {
      this.socket.end()
      return ''
    }
    return reply
  }

  drop(): '' {
    this.socket.destroy()
    return ''
  }

  #note(reply: string): void {
    const last = this.parts.entry.conversation.at(-1)
    if (last && last.reply === '') last.reply = reply.split(/\r?\n/)[0] ?? ''
  }

  async refuse(reply: string): Promise<boolean> {
    return said(await this.say([reply, this.parts.host.tail()].filter(Boolean).join(' ')))
  }

  /** Discards everything received before TLS (RFC 3207 §4.2). */
  async secure(): Promise<boolean> {
    const { faults, context, entry } = this.parts
    if (faults.text('smtpStall') === 'tls') {
      await once(this.socket, 'close')
      return false
    }
    if (faults.text('smtpDrop') === 'tls') return said(this.drop())
    this.input.discard()
    this.socket.removeAllListeners('data')
    const secured = new TLSSocket(this.socket, { isServer: true, secureContext: context() })
    this.guard(secured)
    const done = await new Promise<boolean>((resolve) => {
      secured.once('secure', () => resolve(true))
      secured.once('close', () => resolve(false))
    })
    if (!done) return false
    this.socket = secured
    this.talk.tls = secured.getProtocol() ?? 'TLS'
    this.talk.helo = null
    this.talk.login = null
    entry.tls = this.talk.tls
    this.input.feedFrom(secured)
    return true
  }

  /** The largest message, as announced. */
  get size(): number {
    return this.parts.faults.number('smtpSize') ?? this.parts.host.size
  }
}
