import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import type { Refusal } from '../refusal'
import { smtpReply } from '../refusal'

const OWN_STATUS = /^[245]\.\d{1,3}\.\d{1,3} /

/** A connection whose replies may contain their enhanced status code. The library derives one from the reply code alone. */
class Connection extends SMTPConnection {
  override send(code: number, data?: string | string[], context?: string | false): void {
    super.send(code, data, typeof data === 'string' && OWN_STATUS.test(data) ? false : context)
  }
}

/** The library's server, with our connections. */
export class SubmissionServer extends SMTPServer {
  override connect(socket: Socket, options?: SMTPConnectionOptions | null): void {
    const connection = new Connection(this, socket, options ?? undefined)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this._onError(error))
    connection.on('connect', (data: Parameters<SMTPServer['_onClientConnect']>[0]) => this._onClientConnect(data))
    connection.init()
  }
}

/** The error by which the library answers a command. */
export function replyError(refused: Refusal): Error & { responseCode: number } {
  const { code, text } = smtpReply(refused)
  return Object.assign(new Error(text), { responseCode: code })
}
