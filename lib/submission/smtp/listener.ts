import type { SMTPServerSession } from 'smtp-server'
import type { Logger } from '../../kernel/log'
import { MINUTE_MS } from '../../kernel/time'
import { type Refusal, refusal } from '../refusal'
import { MESSAGE_BYTES_MAX, RECIPIENTS_MAX } from '../submit'
import { Conversation, type ConversationDeps } from './conversation'
import { replyError, SubmissionServer } from './server'
import type { Entrance } from './session-record'

/** So that slow clients do not delay the others. */
export const LIMITS = {
  connections: 200,
  connectionsPerAddress: 10,
  commandMs: MINUTE_MS,
  sessionMs: 20 * MINUTE_MS,
} as const
export type Limits = { readonly [key in keyof typeof LIMITS]: number }

export interface ListenerDeps extends Omit<ConversationDeps, 'name'> {
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  name: string
  limits?: Limits
}

/** PEM texts of the listener's own certificate, with its chain, and of its key. */
export interface ListenerCertificate {
  cert: string
  key: string
}

export interface SubmissionListener {
  /** The port that the system chose, if the given one was 0. */
  port: number
  renew(certificate: ListenerCertificate): void
  /** Stops accepting, and lets running transactions end for this long. */
  close(graceMs: number): Promise<void>
}

/** Addresses with a connection, and how many; shared by all entrances. */
export type ConnectionCounts = Map<string, number>

/** Listens on one port. @throws if the port cannot be listened on */
export async function listen(
  deps: ListenerDeps,
  entrance: Entrance,
  place: { host: string; port: number },
  certificate: ListenerCertificate,
  counts: ConnectionCounts,
): Promise<SubmissionListener> {
  const { limits = LIMITS, log, name } = deps
  const open = new Map<string, { conversation: Conversation; timer: NodeJS.Timeout }>()
  const of = (session: SMTPServerSession): Conversation => {
    const known = open.get(session.id)
    if (!known) throw new Error('A session that never began')
    return known.conversation
  }

  function begin(session: SMTPServerSession): Conversation {
    const conversation = new Conversation(deps, entrance, session.remoteAddress)
    const timer = setTimeout(() => cut(session.id), limits.sessionMs)
    open.set(session.id, { conversation, timer })
    counts.set(conversation.address, (counts.get(conversation.address) ?? 0) + 1)
    return conversation
  }

  function cut(id: string): void {
    for (const connection of server.connections) {
      if (connection.id !== id) continue
      connection.send(421, '4.4.2 The connection took too long.')
    }
  }

  function tooMany(address: string): Refusal | null {
    const count = counts.get(address) ?? 0
    return count > limits.connectionsPerAddress
      ? refusal('too-many-connections', { address, max: limits.connectionsPerAddress })
      : null
  }

  const server = new SubmissionServer({
    ...certificate,
    name,
    banner: 'Postroom',
    secure: entrance === 'tls',
    minVersion: 'TLSv1.2',
    size: MESSAGE_BYTES_MAX,
    maxRecipients: RECIPIENTS_MAX,
    maxClients: limits.connections,
    socketTimeout: limits.commandMs,
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disabledCommands: entrance === 'plain' ? ['AUTH'] : [],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideSMTPUTF8: false,
    logger: false,
    onConnect(session, answer) {
      const conversation = begin(session)
      const refused = tooMany(conversation.address)
      if (refused) return answer(replyError(refused))
      conversation
        .connect()
        .then(answering(answer), (error) => answer(replyError(conversation.failed('connect', error))))
    },
    onSecure(socket, session, answer) {
      const protocol = 'getProtocol' in socket ? `${socket.getProtocol()} ${socket.getCipher().name}` : 'TLS'
      of(session).secured(protocol)
      answer()
    },
    onAuth(auth, session, answer) {
      const conversation = of(session)
      conversation.login(auth).then(
        (refused) => (refused ? answer(replyError(refused)) : answer(null, { user: auth.username ?? '' })),
        (error) => answer(replyError(conversation.failed('login', error))),
      )
    },
    onMailFrom(address, session, answer) {
      const conversation = of(session)
      conversation
        .sender(address)
        .then(answering(answer), (error) => answer(replyError(conversation.failed('sender', error))))
    },
    onRcptTo(address, session, answer) {
      const conversation = of(session)
      conversation
        .recipient(address)
        .then(answering(answer), (error) => answer(replyError(conversation.failed('recipient', error))))
    },
    onData(stream, session, answer) {
      const conversation = of(session)
      conversation.message(stream, session).then(
        (stored) => (stored.ok ? answer(null, `2.0.0 Accepted as ${stored.value}`) : answer(replyError(stored.error))),
        (error) => answer(replyError(conversation.failed('message', error))),
      )
    },
    onClose(session) {
      const ended = open.get(session.id)
      if (!ended) return
      open.delete(session.id)
      clearTimeout(ended.timer)
      const { conversation } = ended
      const left = (counts.get(conversation.address) ?? 1) - 1
      if (left > 0) counts.set(conversation.address, left)
      else counts.delete(conversation.address)
      conversation.end(session)
    },
  })
  // A client that disappears or does not speak TLS is no error of ours; its session says so.
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'listen') return
    log.info('an SMTP connection ended', { error })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place.port, place.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : place.port,
    renew: (renewed) => server.updateSecureContext(renewed),
    close: (graceMs) => close(server, graceMs),
  }
}

const answering =
  (answer: (error?: Error | null) => void) =>
  (refused: Refusal | null): void =>
    answer(refused ? replyError(refused) : null)

function close(server: SubmissionServer, graceMs: number): Promise<void> {
  server.options.closeTimeout = graceMs
  return new Promise((resolve) => server.close(() => resolve()))
}
