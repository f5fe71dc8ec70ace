import { setTimeout as pause } from 'node:timers/promises'
import { isDatabaseAway } from '../../db/outage'
import { MINUTE_MS, SECOND_MS } from '../../kernel'
import type { ClaimedMessage } from '../message'
import type { DueQueue } from '../store/due-queues'
import { attemptMessage, recipientsHere } from './attempt'
import { QueueConnection } from './connection'
import type { DeliveryDeps } from './deps'
import { RECIPIENTS_A_DAY_MAX } from './limits'
import { type MessageOutcome, outcomeAfterPause } from './outcome'
import type { ResultWriter } from './result-writer'
import { isServerFault } from './scope'

/** Messages claimed in one statement: a claim costs as much for ten as for one. */
const BATCH = { messages: 10, bytes: 4 * 1024 ** 2 }
/** It costs as much for eighty, too: if a whole batch is sent in less than a second, the next one is twice as large. */
const BATCH_MESSAGES_MAX = 80
const QUICK_BATCH_MS = SECOND_MS
/** How long an open connection waits for the next message. It counts among the mailbox's three. */
export const LINGER_MS = 3 * SECOND_MS
/** While the database is unreachable, what must be written is kept in memory, and the write is repeated this often. */
const WRITE_AGAIN_MS = SECOND_MS
/** A message's rate-limit token is free 60 s after the message ended, so the server never sees more than 30 in any 60 s (Exchange Online). */
export const MESSAGE_REST_MS = MINUTE_MS
/** A token may be taken by another connection as soon as it is free. */
const TOKEN_WAIT_MS_MIN = 5
/** How often a mailbox that has used up its recipients of the day is checked again. */
const DAY_USED_UP_MS = 10 * MINUTE_MS

/** What a connection loop reports to the scheduler. The loop continues once the scheduler has handled the event. */
export type ConnectionEvent =
  /** More is due than this connection takes at once. */
  | { kind: 'more-due' }
  /** The message that probes a paused server is claimed, so the others may be moved to its failover server. */
  | { kind: 'probe-claimed' }
  /** Nothing is due at the moment. The scheduler resumes the loop when something may be, or after `LINGER_MS`. */
  | { kind: 'idle' }
  /** The server accepted a message, or refused it for its own sake: the queue can be delivered. */
  | { kind: 'passed'; outcome: MessageOutcome }
  /** An attempt failed for a reason that concerns other messages as well. */
  | FailedEvent
  /** The rate limits of the mailbox allow nothing before this time. */
  | { kind: 'rate-limited'; until: Date }

export interface FailedEvent {
  kind: 'failed'
  outcome: MessageOutcome
  message: ClaimedMessage
  /** The fault is certainly the mail server's own. */
  isServerFault: boolean
  pausesServer: boolean
}

export interface ConnectionOptions {
  queue: DueQueue
  /** Owner of the leases and rate-limit tokens that this loop takes. */
  holder: string
  /** Attempts a single message although the mail server is paused. */
  isProbe: boolean
  /** Ends the loop after the message under way. */
  closing: AbortSignal
  /** Ends the attempt under way. */
  cut: AbortSignal
  /** Until the loop may claim. Resolves with whether it may claim more at once than before. */
  turn(): Promise<boolean>
  /** A claim begins. It finds what was due until now. */
  onClaim(): void
}

interface Loop extends ConnectionOptions {
  deps: DeliveryDeps
  results: ResultWriter
  connection: QueueConnection
  /** Claimed, and not attempted. */
  left: readonly ClaimedMessage[]
}

type Events<T = void> = AsyncGenerator<ConnectionEvent, T, void>
/** What one round of claiming and sending came to. */
type Round = { kind: 'nothing-due' | 'continue' | 'last'; attempted: number; sent?: number }

/**
 * Works through a delivery queue on one connection: it claims messages, attempts one after another, and has each result recorded
 * before it begins the next. It ends when nothing is due, when `closing` is aborted, or when the queue cannot be delivered for now.
 */
export async function* connectionLoop(deps: DeliveryDeps, results: ResultWriter, options: ConnectionOptions): Events {
  const { queue, holder, isProbe, closing } = options
  const loop: Loop = { ...options, deps, results, connection: new QueueConnection(deps, queue), left: [] }
  try {
    let wasIdle = false
    let isQuick = false
    let { messages } = BATCH
    while (!closing.aborted) {
      const mayGrow = await options.turn()
      messages = isQuick && mayGrow ? Math.min(2 * messages, BATCH_MESSAGES_MAX) : BATCH.messages
      const beganMs = deps.clock.monotonicMs()
      const round = yield* queue.isRateLimited ? rateLimitedRound(loop) : batchRound(loop, isProbe ? 1 : messages)
      if (round.kind === 'last' || isProbe) return
      await giveBack(loop)
      isQuick = round.attempted >= messages && deps.clock.monotonicMs() - beganMs < QUICK_BATCH_MS
      if (round.kind === 'nothing-due') {
        if (wasIdle || !loop.connection.isOpen()) return
        yield { kind: 'idle' }
      }
      wasIdle = round.kind === 'nothing-due'
    }
  } finally {
    results.forget(holder)
    loop.connection.end()
    await giveBack(loop)
    if (loop.left.length > 0) await deps.store.wake().catch(() => {}) // otherwise they would wait for the next poll
  }
}

/** Gives back what was claimed and not attempted, however a round ends. Otherwise it would wait until its lease ends. */
const giveBack = (loop: Loop): Promise<void> => persist(loop, () => loop.deps.store.giveBack(loop.left))

/** One round at a server without rate limits: a batch of messages. */
async function* batchRound(loop: Loop, messages: number): Events<Round> {
  const { isProbe } = loop
  const batch = await claim(loop, { ...BATCH, messages })
  if (isProbe) yield { kind: 'probe-claimed' }
  if (batch.length === 0) return { kind: 'nothing-due', attempted: 0 }
  if (batch.length >= messages && !isProbe) yield { kind: 'more-due' }
  return yield* sendBatch(loop, batch)
}

/** Claims messages in its turn. A loop that must end claims none, and gives back what it had just claimed. */
async function claim(loop: Loop, limits: typeof BATCH): Promise<readonly ClaimedMessage[]> {
  const { deps, queue, holder, isProbe, closing } = loop
  const { store, claims, leaseMs } = deps
  loop.left = await claims.using(1, async () => {
    if (closing.aborted) return []
    loop.onClaim()
    return store.claim(queue, holder, { ...limits, leaseMs, isProbe })
  })
  return closing.aborted ? [] : loop.left
}

/** One round at a server that limits messages and recipients: one message, under a rate-limit token. */
async function* rateLimitedRound(loop: Loop): Events<Round> {
  const { deps, queue, holder, isProbe } = loop
  const { store, clock } = deps
  if (!(await takeToken(loop))) return yield* waitForToken(loop)
  let restMs = 0
  try {
    const batch = await claim(loop, { messages: 1, bytes: 1 })
    if (isProbe) yield { kind: 'probe-claimed' }
    const [message] = batch
    if (!message) return { kind: 'nothing-due', attempted: 0 }
    // After the claim, so that other connections count this message's recipients too.
    const recipientsLeft = RECIPIENTS_A_DAY_MAX - (await store.recipientsToday(queue.rateLimitKey, holder))
    if (message.recipients.length > recipientsLeft && (await recipientsHere(deps, message)) > recipientsLeft) {
      yield { kind: 'rate-limited', until: new Date(clock.now().getTime() + DAY_USED_UP_MS) }
      return { kind: 'last', attempted: 0 }
    }
    if (!isProbe) yield { kind: 'more-due' }
    restMs = deps.messageRestMs
    const round = yield* sendBatch(loop, batch)
    // A message that belongs elsewhere was not sent, so it does not count against the limit.
    if (round.sent === 0) restMs = 0
    return round
  } finally {
    await persist(loop, () => releaseTokens(loop, restMs))
  }
}

const takeToken = async ({ deps: { store, worker, leaseMs }, queue, holder }: Loop): Promise<boolean> =>
  (await store.takeRateLimitToken(queue.rateLimitKey, 'message', { holder, worker, leaseMs })) !== null

const releaseTokens = ({ deps: { store }, queue, holder }: Loop, restMs: number): Promise<void> =>
  store.releaseRateLimitTokens(queue.rateLimitKey, { kind: 'message', holder, restMs })

async function tokenFreeIn({ deps: { store, clock }, queue }: Loop): Promise<{ until: Date; waitMs: number }> {
  const until = (await store.rateLimitTokenFreeAt(queue.rateLimitKey, 'message')) ?? clock.now()
  return { until, waitMs: Math.max(until.getTime() - clock.now().getTime(), TOKEN_WAIT_MS_MIN) }
}

/**
 * Whether a further group of recipients of the message under way may be attempted. The server gets it as one more message, so it
 * waits for one more rate-limit token. When the loop must end before that, its recipients wait for the next attempt.
 */
async function mayAttemptGroup(loop: Loop): Promise<boolean> {
  if (!loop.queue.isRateLimited) return true
  // If the groups of a message kept their tokens until its end, large messages could hold all of them and wait for each other forever.
  await releaseTokens(loop, loop.deps.messageRestMs)
  while (!loop.closing.aborted) {
    if (await takeToken(loop)) return true
    const { waitMs } = await tokenFreeIn(loop)
    await pause(waitMs, undefined, { signal: loop.closing }).catch(() => {})
  }
  return false
}

/** Waits for a token on the open connection if one is free soon, and otherwise gives the connection up. */
async function* waitForToken(loop: Loop): Events<Round> {
  const { until, waitMs } = await tokenFreeIn(loop)
  if (waitMs > LINGER_MS) {
    yield { kind: 'rate-limited', until }
    return { kind: 'last', attempted: 0 }
  }
  await pause(waitMs, undefined, { signal: loop.closing }).catch(() => {})
  return { kind: 'continue', attempted: 0 }
}

async function* sendBatch(loop: Loop, batch: readonly ClaimedMessage[]): Events<Round> {
  const { connection, results, holder, closing } = loop
  let attempted = 0
  let sent = 0
  let rules = 0
  let ahead: Promise<MessageOutcome> | null = null
  for (const [at, message] of batch.entries()) {
    message.rules = Math.max(message.rules, rules)
    loop.left = batch.slice(at + 1)
    connection.closeIfOutdated(message.version)
    if (connection.isOpen()) results.expect(holder)
    if (!ahead) connection.mayFollow = null
    const outcome = yield* reportIfFailed(loop, message, await (ahead ?? attempt(loop, message)))
    const wasAttempted = outcome.result.attempts.length > 0
    attempted++
    if (wasAttempted) sent++
    const continues = outcome.scope === 'message' && !closing.aborted
    const next = continues ? (batch[at + 1] ?? null) : null
    if (next) next.rules = Math.max(next.rules, rules)
    const recorded = await record(loop, outcome, next)
    rules = recorded.rules
    ahead = recorded.ahead
    if (ahead) loop.left = batch.slice(at + 2)
    if (continues && recorded.isRecorded && wasAttempted) yield { kind: 'passed', outcome }
    if (!continues || !(recorded.isRecorded || next === null || recorded.hasBegunNext))
      return { kind: 'last', attempted, sent }
    // It was taken back since it was claimed, or its mail server was paused or changed: what is left is claimed again if it may be.
    if (!recorded.hasBegunNext) break
  }
  return { kind: 'continue', attempted, sent }
}

const attempt = (loop: Loop, message: ClaimedMessage): Promise<MessageOutcome> =>
  attemptMessage(loop.deps, loop.connection, message, { cut: loop.cut, mayAttemptGroup: () => mayAttemptGroup(loop) })

/**
 * Records a result. The envelope of the next message is sent when `results.left` has waited for the statement; its text follows once the
 * result and its own beginning are durable. If it may not, because it was taken back or the rules have changed, the connection is closed
 * and the attempt counts for nothing.
 *
 * @returns `ahead` is the attempt of the next message, whose envelope was sent at the same time, or null
 */
async function record(loop: Loop, { result }: MessageOutcome, next: ClaimedMessage | null) {
  const { connection, results, holder } = loop
  const write = () => results.record(holder, { result, next })
  const writing = write()
  const alone = async () => ({ ahead: null, ...(await persist(loop, write, writing)) })
  if (!next || !connection.isOpen()) return alone()
  const mayFollow = writing.then(
    ({ hasBegunNext, rules }) => hasBegunNext && rules <= next.rules,
    () => false,
  )
  await results.left()
  if (!connection.isOpen()) return alone()
  connection.mayFollow = mayFollow
  const ahead = attempt(loop, next)
  ahead.catch(() => {}) // It is awaited below or by the caller.
  const recorded = await persist(loop, write, writing)
  if (await mayFollow) return { ahead, ...recorded }
  await ahead
  return { ahead: null, ...recorded }
}

/**
 * Reports a failure of the queue or the server before the message is free again, so that no other worker repeats it. Returns the outcome
 * to record, which is another one if the server is paused.
 */
async function* reportIfFailed(loop: Loop, message: ClaimedMessage, outcome: MessageOutcome): Events<MessageOutcome> {
  const { deps, queue } = loop
  const { store, clock } = deps
  const { scope, diagnosis } = outcome
  if (scope === 'message' || diagnosis === null) return outcome
  const { mailServerId, mailbox, hasFailover } = queue
  const isOfServer = isServerFault(diagnosis, { scope, isOwnMailbox: mailbox === '' })
  // A fault that may pass only slows the queue down. With a failover server its messages need not wait, so the server is paused.
  const pausesServer = scope === 'server' || (isOfServer && hasFailover)
  yield { kind: 'failed', outcome, message, isServerFault: isOfServer, pausesServer }
  if (!pausesServer) return outcome
  const failoverServerId = hasFailover ? await persist(loop, () => store.failoverServerOf(mailServerId)) : null
  return outcomeAfterPause(outcome, message, { failoverServerId, now: clock.now() })
}

/** Writes for as long as it takes, since the message may have been sent: while the database is unreachable no other worker claims messages either. */
async function persist<T>({ deps, cut }: Loop, write: () => Promise<T>, first = write()): Promise<T> {
  for (let running = first; ; running = write()) {
    try {
      return await running
    } catch (error) {
      if (cut.aborted) throw error
      // Otherwise nothing would say why this connection sends nothing more. The log leaves out what repeats in an outage.
      if (isDatabaseAway(error)) deps.log.warn('a delivery cannot write to the database', { error })
      else if (running === first) deps.log.error('a delivery cannot write to the database', { error })
      await pause(WRITE_AGAIN_MS, undefined, { signal: cut }).catch(() => {})
    }
  }
}
