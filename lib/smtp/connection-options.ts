import type { Socket } from 'node:net'
import type { SMTPConnectionCustomAuthContext, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { Dialer } from '../net'
import type { SmtpServer } from './contracts'
import { REPLY_BYTES_MAX } from './reply'

/** A server that sends no greeting within this time counts as not responding. */
const GREETING_MS_MAX = 30_000
/** From the greeting to the end of STARTTLS, even if the server sends some bytes from time to time. */
const SET_UP_MS_MAX = 60_000
/** A server may take ten minutes to answer the final dot (RFC 5321 §4.5.3.2.6). The caller's signal is stricter. */
const SILENCE_MS_MAX = 10 * 60_000
/** After QUIT we do not wait for a server that does not close the connection. */
const CLOSE_MS_MAX = 1_000
/** Name under which nodemailer calls our login and dry run. It must not be XOAUTH2, which nodemailer treats specially. */
export const SCRIPT_METHOD = 'POSTROOM'

/** Receives nodemailer's transaction log, and runs our commands in the only place where nodemailer allows them. */
export interface NodemailerHooks {
  onCommand(command: string): void
  onReply(reply: string): void
  /** The last bytes of a message with its final dot were written to the socket. */
  onFinalDot(): void
  /** Clear text arrived before the TLS handshake. nodemailer has dropped it. */
  onInjection(): void
  runScript(context: SMTPConnectionCustomAuthContext): Promise<void>
}

/** Makes the options for nodemailer: our socket, our TLS rules, and no credential. */
export function connectionOptions(
  { host, port, security }: SmtpServer,
  {
    dialer,
    connection,
    ehloName,
    hooks,
  }: { dialer: Dialer; connection: Socket; ehloName: string; hooks: NodemailerHooks },
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
    logger: logger(hooks),
    customAuth: { [SCRIPT_METHOD]: (context) => hooks.runScript(context) },
  }
}

function logger(hooks: NodemailerHooks): NonNullable<Exclude<SMTPConnectionOptions['logger'], boolean>> {
  const ignore = () => {}
  return {
    trace: ignore,
    info: (entry: { tnx?: string }) => {
      if (entry.tnx === 'message') hooks.onFinalDot()
    },
    error: ignore,
    fatal: ignore,
    warn: (entry: { discarded?: number }) => {
      if (entry.discarded !== undefined) hooks.onInjection()
    },
    debug: (entry: { tnx?: string }, text: string) => {
      if (entry.tnx === 'client') hooks.onCommand(text)
      if (entry.tnx === 'server') hooks.onReply(text)
    },
  }
}
