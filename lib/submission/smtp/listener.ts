import { once } from 'node:events'
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import type { Logger } from '../../kernel'
import type { Entrance } from '../entrance'
import type { Refusal } from '../refusal'
import { MESSAGE_BYTES_MAX, RECIPIENTS_MAX } from '../submit'
import type { Limits, Visit } from './connection'
import { Conversation, type ConversationDeps } from './conversation'
import type { Gate } from './gate'
import { replyError, SubmissionServer } from './server'

/** They are for proxies, or jokes. */
const DISABLED = ['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL']

export interface ListenerDeps extends ConversationDeps {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  limits: Limits
  /** Shared by all ports. */
  gate: Gate
}

/** PEM texts of the listener's own certificate, with its chain, and of its key. */
export interface ListenerCertificate {
  cert: string
  key: string
}

export type SubmissionListener = Awaited<ReturnType<typeof listen>>

/** Listens on one port. @throws if the port cannot be listened on */
export async function listen(
  deps: ListenerDeps,
  entrance: Entrance,
  place: { host: string; port: number },
  certificate: ListenerCertificate,
) {
  const { limits, gate, log } = deps
  const begin = (address: string) => new Conversation(deps, entrance, address)
  const server: SubmissionServer = new SubmissionServer(
    { ...optionsFor(deps, entrance), ...certificate, ...handlers((session) => server.visitOf(session)) },
    { gate, limits, begin },
  )
  // A client that disappears or does not speak TLS is no error of ours; its session says so.
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'listen') log.info('an SMTP connection ended', { error })
  })
  server.listen(place.port, place.host)
  await once(server.server, 'listening')
  const address = server.server.address()
  return {
    /** The port that the system chose, if the given one was 0. */
    port: typeof address === 'object' && address ? address.port : place.port,
    renew: (renewed: ListenerCertificate) => server.updateSecureContext(renewed),
    /** Stops accepting, and lets running transactions end for this long. */
    close: (graceMs: number) => server.stop(graceMs),
  }
}

const optionsFor = ({ name, limits }: ListenerDeps, entrance: Entrance): SMTPServerOptions => ({
  name,
  banner: 'Postroom',
  secure: entrance === 'tls',
  minVersion: 'TLSv1.2',
  size: MESSAGE_BYTES_MAX,
  maxRecipients: RECIPIENTS_MAX,
  // Our own deadlines are stricter.
  socketTimeout: 2 * limits.dataMs,
  authOptional: true,
  authMethods: ['PLAIN', 'LOGIN'],
  disabledCommands: [...DISABLED, ...(entrance === 'plain' ? ['AUTH'] : [])],
  disableReverseLookup: true,
  hideENHANCEDSTATUSCODES: false,
  hideSMTPUTF8: false,
  logger: false,
})

/** How the library asks us about each command. */
function handlers(visitOf: (session: SMTPServerSession) => Visit): SMTPServerOptions {
  /** Answers with the refusal that resolves, or with what went wrong. */
  function decide(
    session: SMTPServerSession,
    step: Parameters<Conversation['failed']>[0],
    answer: (error?: Error | null) => void,
    check: (conversation: Conversation) => Promise<Refusal | null>,
  ): void {
    const { conversation } = visitOf(session)
    check(conversation)
      .catch((error: unknown) => conversation.failed(step, error))
      .then((refused) => answer(refused ? replyError(refused) : null))
  }

  return {
    onConnect: (session, answer) => decide(session, 'connect', answer, (conversation) => conversation.connect()),
    onSecure(socket, session, answer) {
      const protocol = 'getProtocol' in socket ? `${socket.getProtocol()} ${socket.getCipher().name}` : 'TLS'
      visitOf(session).conversation.secured(protocol)
      socket.allowHalfOpen = true
      answer()
    },
    onAuth: (auth, session, answer) =>
      decide(
        session,
        'login',
        (error) => (error ? answer(error) : answer(null, { user: auth.username ?? '' })),
        (conversation) => conversation.login(auth),
      ),
    onMailFrom: (address, session, answer) =>
      decide(session, 'sender', answer, (conversation) => conversation.sender(address)),
    onRcptTo: (address, session, answer) =>
      decide(session, 'recipient', answer, (conversation) => conversation.recipient(address)),
    onData(stream, session, answer) {
      const visit = visitOf(session)
      // Without a listener the library destroys the stream without an error.
      stream.on('error', () => {})
      const arriving = { onPiece: () => visit.expect('data'), onEnd: () => visit.work() }
      visit.conversation.message(stream, session, arriving).then((stored) => {
        if (stored.ok) visit.succeed()
        // A client that still sends does not listen for an answer.
        else if (!stream.readableEnded) return visit.dismiss(stored.error)
        visit.expect('command')
        answer(stored.ok ? null : replyError(stored.error), stored.ok ? `2.0.0 Accepted as ${stored.value}` : undefined)
        visit.endIfStopping()
      })
    },
  }
}
