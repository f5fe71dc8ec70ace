import { header, type ReadMessage, readMessage } from './mime'
import type { Conversation } from './smtp-host'

/** An accepted message, with everything known about its delivery. */
export interface Arrived extends ReadMessage {
  id: number
  receivedAt: string
  service: 'exchange' | 'smtp-server'
  envelope: { from: string; to: string[] }
  /** The login, or null if none was needed. */
  login: { who: string; user: string } | null
  tls: string | null
  helo: string | null
  serverMessageId: string
  bytes: number
  subject: string
  from: string
  to: string
  messageId: string
  /** The raw message, cut after 2 MiB. */
  raw: string
}

const MOST_MESSAGES = 500
const LONGEST_RAW = 2 * 1024 * 1024

/** Every message that the simulated servers accepted, newest first. Only in memory. */
export class Mailbox {
  #messages: Arrived[] = []
  #count = 0

  add(raw: Buffer, talk: Conversation, service: Arrived['service'], serverMessageId: string): Arrived {
    this.#count += 1
    const message = readMessage(raw)
    const arrived: Arrived = {
      id: this.#count,
      receivedAt: new Date().toISOString(),
      service,
      envelope: { from: talk.sender ?? '', to: [...talk.recipients] },
      login: talk.login && { who: talk.login.who, user: talk.login.user },
      tls: talk.tls,
      helo: talk.helo,
      serverMessageId,
      bytes: raw.length,
      subject: header(message, 'subject'),
      from: header(message, 'from'),
      to: header(message, 'to'),
      messageId: header(message, 'message-id'),
      ...message,
      raw: raw.subarray(0, LONGEST_RAW).toString(),
    }
    this.#messages.unshift(arrived)
    this.#messages.length = Math.min(this.#messages.length, MOST_MESSAGES)
    return arrived
  }

  /** Newest first; with `to`, those with this envelope recipient. */
  all(to?: string | null): Arrived[] {
    const wanted = to?.toLowerCase()
    return this.#messages.filter(
      ({ envelope }) => wanted === undefined || envelope.to.some((address) => address.toLowerCase() === wanted),
    )
  }

  one(id: number): Arrived | undefined {
    return this.#messages.find((message) => message.id === id)
  }

  clear(): void {
    this.#messages = []
  }
}
