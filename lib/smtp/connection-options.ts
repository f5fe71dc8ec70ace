import type { Socket } from 'node:net'
import type { SMTPConnectionCustomAuthContext, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { Dialer } from '../net'
import type { SmtpServer } from './contracts'
import { REPLY_BYTES_MAX } from './reply'

/** F-17: no greeting after this is a silent server. */
const GREETING_MS_MAX = 30_000
/** From the greeting to the end of STARTTLS, whatever the peer drips meanwhile. */
const SET_UP_MS_MAX = 60_000
/** RFC 5321 §4.5.3.2.6: a server may take ten minutes over the final dot. The caller's signal bounds it closer. */
const SILENCE_MS_MAX = 10 * 60_000
/** QUIT has been sent; a server that does not close its side is not waited for. */
const CLOSE_MS_MAX = 1_000
/** Name under which nodemailer calls our own login and dry run; on no account XOAUTH2, which it treats specially. */
export const SCRIPT = 'POSTROOM'

/** What nodemailer's transaction log tells, and the one place where it lets us speak ourselves. */
export interface Ear {
  said(command: string): void
  replied(reply: string): void
  /** The last bytes of a message, its final dot among them, were given to the socket. */
  finalDotSent(): void
  /** Clear text came where the handshake should begin; nodemailer has dropped the bytes. */
  injected(): void
  play(context: SMTPConnectionCustomAuthContext): Promise<void>
}

/** The server as nodemailer sees it: our socket, our rules for TLS, nothing of a credential. */
export function connectionOptions(
  { host, port, security }: SmtpServer,
  { dialer, connection, ehloName, ear }: { dialer: Dialer; connection: Socket; ehloName: string; ear: Ear },
): SMTPConnectionOptions {
  return {
    host,
    port,
    connection,
    name: ehloName,
    secure: security === 'tls',
    secured: security === 'tls',
    requireTLS: security !== 'none',
    ignoreTLS: security === 'none',
    tls: dialer.tlsOptions(host),
    connectionTimeout: SET_UP_MS_MAX,
    greetingTimeout: GREETING_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    socketCloseTimeout: CLOSE_MS_MAX,
    maxResponseSize: REPLY_BYTES_MAX,
    transactionLog: true,
    logger: logger(ear),
    customAuth: { [SCRIPT]: (context) => ear.play(context) },
  }
}

function logger(ear: Ear): NonNullable<Exclude<SMTPConnectionOptions['logger'], boolean>> {
  const ignore = () => {}
  return {
    trace: ignore,
    info: (entry: { tnx?: string }) => {
      if (entry.tnx === 'message') ear.finalDotSent()
    },
    error: ignore,
    fatal: ignore,
    warn: (entry: { discarded?: number }) => {
      if (entry.discarded !== undefined) ear.injected()
    },
    debug: (entry: { tnx?: string }, text: string) => {
      if (entry.tnx === 'client') ear.said(text)
      if (entry.tnx === 'server') ear.replied(text)
    },
  }
}
