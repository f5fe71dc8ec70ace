import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { WakeUp } from '../../db/notify'
import { isDatabaseAway } from '../../db/outage'
import { MINUTE_MS, newId, SECOND_MS } from '../../kernel'
import type { DeliveryQueue } from '../message'
import type { DueQueue } from '../store/due-queues'
import { type ConnectionEvent, connectionLoop, type FailedEvent, LINGER_MS } from './connection-loop'
import { crashedWorkers } from './crashed-workers'
import type { DeliveryDeps } from './deps'
import { CONNECTIONS_MAX } from './limits'
import { QueueShare } from './queue-share'
import { type OpenConnection, QueueState } from './queue-state'
import { ResultWriter } from './result-writer'
import { RevisionVerifier } from './revision-verifier'
import { Rounds } from './rounds'
import { isProbeDue, pauseByDiagnosis, resumeAfterProbe, takeProbe } from './server-pauses'

/** How often the queues are read without a wake-up. */
const POLL_MS = 5 * SECOND_MS
/** A queue that is due sooner than this is looked at after this time, so that looks do not follow one another without a pause. */
const LOOK_MS_MIN = 5
/** How often they are read while a connection is being closed for a queue that has none. */
const FREED_LOOK_MS = SECOND_MS / 2
/**
 * After a look at the queues, a worker rests for this many times the time that the look took. Workers are woken up to twenty times a second,
 * and a look at a thousand queues would fill that time.
 */
const REST = 3
const REST_MS_MAX = SECOND_MS
/** Queues for which connections are opened at a time: each needs the database, and the last one waits for all before it. */
const SERVED_AT_ONCE = 10
/** A look ends when other workers have taken this number of its queues: each costs a statement, and reading again finds what is left. */
const LOST_MAX = 10
/** A worker with this number of connections opens no second one for a queue, because each needs memory. */
const CONNECTIONS_MANY = 200
/** How often a queue that another worker may stop serving is looked for while queues are shared. */
const SHARE_LOOK_MS = SECOND_MS
/** A worker that has enough first rounds to begin looks for further queues after that. */
const FULL_LOOK_MS = SECOND_MS / 2
/** How soon after a probe has begun the other messages of the paused server are looked at again. */
export const AFTER_PROBE_MS = 250
/** How often messages of crashed workers are looked for, in each lease. */
const REAPS_PER_LEASE = 9
/** How often leases are renewed, in each lease. */
const RENEWALS_PER_LEASE = 4
/** After five crashes a message is set aside, so that it cannot take the worker down again. */
const INTERRUPTIONS_MAX = 5
/** After "too many connections" (432 4.3.2), all connections but one stay closed for a random time within these bounds. */
const CLOSED_MS = { min: MINUTE_MS / 2, max: 2 * MINUTE_MS }

export interface Delivery {
  /** Ends when all connections have ended. What is claimed and not begun is given back. After `graceMs` attempts under way are cut. */
  stop(graceMs: number): Promise<void>
}

/** Delivers what is due until it is stopped: one scheduler in each process, in any number of processes. */
export const startDelivery = (deps: DeliveryDeps, wakeUp: WakeUp): Delivery => new DeliveryScheduler(deps).start(wakeUp)

/**
 * Opens connections for queues that are due, and handles what their loops report: pauses, verified settings, rate limits. Where queues are
 * many, `QueueShare` says which of them this worker serves, `Rounds` which of its connections claims next, and `Openings` how many connect
 * at a time.
 */
class DeliveryScheduler {
  readonly #queues = new Map<string, QueueState>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #cutting = new AbortController()
  readonly #results: ResultWriter
  readonly #share: QueueShare
  readonly #rounds: Rounds
  readonly #verifier: RevisionVerifier
  readonly #freeCrashedWorkers: () => Promise<number | null>
  #reapedMs = Number.NEGATIVE_INFINITY
  #restMs = 0
  /** Until when a connection of a mailbox that becomes free is for a queue that has none, and not for the one that gives it up. */
  readonly #reserved = new Map<string, { untilMs: number; from: QueueState }>()
  /** How many queues other workers have taken since they were read. */
  #lost = 0

  constructor(private readonly deps: DeliveryDeps) {
    const { store, clock, worker } = deps
    this.#results = new ResultWriter(store)
    this.#share = new QueueShare(clock)
    this.#rounds = new Rounds(clock)
    this.#verifier = new RevisionVerifier(store)
    this.#freeCrashedWorkers = crashedWorkers({ store, clock, worker })
    // Every attempt listens to this signal and stops listening when it ends. Node would report a leak from the eleventh on.
    setMaxListeners(0, this.#cutting.signal)
  }

  start(wakeUp: WakeUp): Delivery {
    const polling = this.#poll(wakeUp)
    const heartbeat = setInterval(
      () => void this.#renewLeases().catch(this.#logError),
      this.deps.leaseMs / RENEWALS_PER_LEASE,
    )
    return {
      stop: async (graceMs) => {
        this.#stopping.abort()
        for (const { closing, resume } of this.#connections()) {
          closing.abort()
          resume?.()
        }
        const cut = setTimeout(() => this.#cutting.abort(), graceMs)
        await polling
        while (this.#running.size > 0) await Promise.all(this.#running)
        clearTimeout(cut)
        clearInterval(heartbeat)
      },
    }
  }

  async #poll(wakeUp: WakeUp): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#tick().catch((error: unknown) => {
        this.#logError(error)
        return POLL_MS
      })
      await pause(this.#restMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
      await wakeUp.wait(waitMs, this.#stopping.signal)
    }
  }

  /** Starts what may start now. Returns after how many milliseconds to look again. */
  async #tick(): Promise<number> {
    const { store, clock, random } = this.deps
    // A timer would not notice a suspension of the machine, and leases may have run out in between.
    await clock.current()
    await this.#reap()
    const beganMs = clock.monotonicMs()
    this.#lost = 0
    const due = await store.dueQueues()
    await this.#share.update(this.#shared(due), () => store.countWorkers(this.deps.worker))
    // Each worker in another order: what others have taken since the queues were read is not side by side then, so that a look finds more.
    const turns = new Map(due.map((queue) => [queue, random()]))
    const queues = due.toSorted((one, other) => (turns.get(one) ?? 0) - (turns.get(other) ?? 0))
    const waits: number[] = [POLL_MS]
    for (let first = 0; first < queues.length; first += SERVED_AT_ONCE)
      waits.push(
        ...(await Promise.all(queues.slice(first, first + SERVED_AT_ONCE).map((queue) => this.#lookAt(queue)))),
      )
    this.#restMs = Math.min(REST * (clock.monotonicMs() - beganMs), REST_MS_MAX)
    return Math.min(...waits)
  }

  /** The queues that can be delivered now and are shared: a rate limit is one of all mail servers that log in as its mailbox. */
  #shared(due: readonly DueQueue[]) {
    return due
      .filter((queue) => !queue.isRateLimited && !queue.paused && this.#stateOf(queue).waitMs(queue) <= 0)
      .map((queue) => {
        const isOwn = this.#stateOf(queue).connections.size > 0
        return { key: keyOf(queue), isOwn, isServed: isOwn || queue.isServed }
      })
  }

  async #lookAt(queue: DueQueue): Promise<number> {
    const state = this.#stateOf(queue)
    const untilMs = state.waitMs(queue)
    return untilMs > 0 ? Math.max(untilMs, LOOK_MS_MIN) : this.#serve(state, queue)
  }

  /** Frees the messages of workers whose leases have run out. Its own run out too if the clock is set forward, or the machine was suspended. */
  async #reap(): Promise<void> {
    const { store, clock, log, leaseMs } = this.deps
    if (clock.monotonicMs() - this.#reapedMs < leaseMs / REAPS_PER_LEASE) return
    this.#reapedMs = clock.monotonicMs()
    await this.#renewLeases()
    const { freed, begun } = await store.reap(INTERRUPTIONS_MAX)
    if (freed > 0)
      log.warn('messages of a worker that ended are taken over', { count: freed, outcome: `${begun} begun` })
  }

  #stateOf(queue: DeliveryQueue): QueueState {
    const key = keyOf(queue)
    const state = this.#queues.get(key) ?? new QueueState(this.deps.clock)
    this.#queues.set(key, state)
    return state
  }

  /** Serves a queue whose messages may be attempted now. Returns after how many milliseconds to look again. */
  async #serve(state: QueueState, queue: DueQueue): Promise<number> {
    const { store, clock } = this.deps
    if (this.#stopping.signal.aborted) return POLL_MS
    if (state.connections.size === 0 && isProbeDue(queue, clock.now()) && (await this.#probe(state, queue)))
      return queue.hasFailover ? AFTER_PROBE_MS : POLL_MS
    // A message that is about to probe the server must not be moved away from it.
    if ([...state.connections].some(({ isClaimingProbe }) => isClaimingProbe)) return AFTER_PROBE_MS
    const mayMove = queue.hasMoved || (queue.paused && queue.hasFailover)
    if (mayMove && (await store.moveMessages(queue.mailServerId)) > 0) return 0
    if (queue.paused) return POLL_MS
    return (await this.#addConnection(state, queue)) ?? POLL_MS
  }

  /** Probes a paused server, unless another worker does. Returns false if no connection is free; the probe is still due then. */
  async #probe(state: QueueState, queue: DueQueue): Promise<boolean> {
    if (!(await takeProbe(this.deps, queue))) return true
    const hasBegun = () => state.connections.size > 0
    try {
      await this.#openConnection(state, queue, { isProbe: true })
    } finally {
      if (!hasBegun()) await this.deps.store.giveProbeBack(queue.mailServerId)
    }
    return hasBegun()
  }

  /** Lets one more connection work, an open one if there is one. Returns after how many milliseconds to look again, or null if that can wait. */
  async #addConnection(state: QueueState, queue: DueQueue): Promise<number | null> {
    const idle = [...state.connections].find(({ resume }) => resume !== null)
    if (!idle) {
      state.isWanted = true
      return this.#openConnection(state, queue, { isProbe: false })
    }
    idle.goesFirst = true
    idle.resume?.()
    return null
  }

  /** Opens a connection if the rate limit allows one. Returns after how many milliseconds to look again, or null if that can wait. */
  async #openConnection(state: QueueState, queue: DueQueue, { isProbe }: { isProbe: boolean }): Promise<number | null> {
    const isSingle = (this.#share.isMany && !queue.isRateLimited) || this.#connections().length >= CONNECTIONS_MANY
    if (state.connections.size >= (isSingle ? 1 : CONNECTIONS_MAX) || this.#stopping.signal.aborted) return null
    // A probe must come through.
    const isShared = this.#share.isMany && !isProbe && !queue.isRateLimited
    const waitMs = isShared ? await this.#shareWaitMs(queue) : null
    if (waitMs !== null) return waitMs
    const { store, worker, leaseMs } = this.deps
    const { rateLimitKey } = queue
    const reserved = this.#reserved.get(keyOf(rateLimitKey))
    const isReserved = reserved !== undefined && this.deps.clock.monotonicMs() < reserved.untilMs
    if (isReserved && (state === reserved.from || state.connections.size > 0)) return FREED_LOOK_MS
    const holder = newId()
    const connection: OpenConnection = {
      holder,
      slot: null,
      openedMs: this.deps.clock.monotonicMs(),
      queue,
      isClaimingProbe: isProbe,
      closing: new AbortController(),
      hasBegun: false,
      isAskedFor: false,
      resume: null,
      goesFirst: true,
      round: null,
    }
    state.connections.add(connection)
    const taking = { holder, worker, leaseMs, ...(isShared && { max: 1 }) }
    try {
      connection.slot = await store.takeRateLimitToken(rateLimitKey, 'connection', taking)
    } finally {
      if (connection.slot === null) state.connections.delete(connection)
    }
    if (connection.slot === null) {
      if (isShared) this.#lost++
      const wait = await this.#freeCrashedWorkers()
      if (wait !== null || state.connections.size > 0) return wait
      return (await this.#closeOne(rateLimitKey, queue)) ? FREED_LOOK_MS : null
    }
    const ended = this.#runConnection(state, connection, isProbe)
    this.#running.add(ended)
    void ended.finally(() => this.#running.delete(ended))
    return null
  }

  /**
   * Closes a connection of a mailbox for another mail server that logs in as it and has none in any worker: otherwise its messages would wait
   * until the first one has no more. The oldest is closed, so that of many mail servers each has its turn, but never the first of all
   * workers: the mailbox may have no more at present. Returns whether to look again soon.
   */
  async #closeOne(rateLimitKey: DeliveryQueue, queue: DueQueue): Promise<boolean> {
    const [oldest] = this.#furtherAt(rateLimitKey).sort((one, other) => one.openedMs - other.openedMs)
    // One that is being opened may be about to have its slot.
    if (!oldest) return this.#connectionsAt(rateLimitKey).some(({ slot }) => slot === null)
    if (await this.deps.store.isBeingSent(queue)) return false
    oldest.isAskedFor = true
    endTurn(oldest)
    const untilMs = this.deps.clock.monotonicMs() + 2 * FREED_LOOK_MS
    this.#reserved.set(keyOf(rateLimitKey), { untilMs, from: this.#stateOf(oldest.queue) })
    return true
  }

  /** Returns after how many milliseconds this worker looks at one of many queues again, or null if it begins to serve it now. */
  async #shareWaitMs(queue: DueQueue): Promise<number | null> {
    if (queue.isServed) return (await this.#freeCrashedWorkers()) ?? SHARE_LOOK_MS
    if (this.#lost >= LOST_MAX) return 0
    if (this.#rounds.isFull) return FULL_LOOK_MS
    return this.#share.takes(keyOf(queue)) ? null : SHARE_LOOK_MS
  }

  /** Runs a connection loop to its end and handles what it reports. Never rejects. */
  async #runConnection(state: QueueState, connection: OpenConnection, isProbe: boolean) {
    const { holder, slot, queue, closing } = connection
    const turn = async () => isProbe || this.#turn(connection)
    const onClaim = () => {
      state.isWanted = false
    }
    const options = { queue, holder, isProbe, closing: closing.signal, cut: this.#cutting.signal, turn, onClaim }
    let isProbeOpen = isProbe
    try {
      for await (const event of connectionLoop(this.deps, this.#results, options)) {
        if (event.kind === 'idle') await Promise.all([idle(connection), this.#lookAgain(state)])
        else if (event.kind === 'probe-claimed') connection.isClaimingProbe = false
        else {
          connection.hasBegun ||= event.kind === 'more-due'
          endTurn(connection)
          if (event.kind === 'passed' || event.kind === 'failed') isProbeOpen = false
          if (event.kind === 'passed') connection.round?.hold()
          await this.#handle(event, state, queue, isProbe)
        }
      }
    } catch (error) {
      this.#logError(error)
    }
    connection.round?.leave()
    // Nothing was attempted: a stop came first, or the message was taken back or belongs elsewhere. The next message probes.
    if (isProbeOpen) await this.deps.store.giveProbeBack(queue.mailServerId).catch(this.#logError)
    if (slot !== null)
      await this.deps.store
        .releaseRateLimitTokens(queue.rateLimitKey, { kind: 'connection', holder, restMs: 0 })
        .catch(this.#logError)
    state.connections.delete(connection)
    await this.#lookAgain(state)
  }

  /** Nothing else would wake this worker for a message that came after the last claim, while no connection was free to take it. */
  async #lookAgain(state: QueueState): Promise<void> {
    if (!state.isWanted) return
    state.isWanted = false
    await this.deps.store.wake().catch(this.#logError)
  }

  async #handle(
    event: Exclude<ConnectionEvent, { kind: 'idle' | 'probe-claimed' }>,
    state: QueueState,
    queue: DueQueue,
    isProbe: boolean,
  ): Promise<void> {
    switch (event.kind) {
      case 'more-due':
        void this.#addConnection(state, queue).catch(this.#logError)
        break
      case 'passed':
        state.passed()
        void this.#verifier.verify(queue, event.outcome.result).catch(this.#logError)
        if (isProbe) void resumeAfterProbe(this.deps, queue).catch(this.#logError)
        break
      case 'rate-limited':
        state.rateLimitedUntil(event.until)
        break
      case 'failed':
        // What the attempt came to must be recorded even if the pause cannot be.
        await this.#handleFailure(event, state, queue).catch(this.#logError)
    }
  }

  async #handleFailure(event: FailedEvent, state: QueueState, queue: DueQueue): Promise<void> {
    const { store, log, random } = this.deps
    const { outcome, message, isServerFault, pausesServer } = event
    const { diagnosis } = outcome
    if (diagnosis === null) return
    if (pausesServer) return pauseByDiagnosis(this.deps, queue, diagnosis, { version: message.version, isServerFault })
    const { code } = diagnosis
    if (code === 'concurrency-exceeded') {
      await store.closeConnections(queue.rateLimitKey, CLOSED_MS)
      for (const { closing } of this.#furtherAt(queue.rateLimitKey)) closing.abort()
      state.tooManyConnections(random())
    } else state.failed(diagnosis, message, random())
    log.warn('delivery waits', { code, subject: `mail-server:${queue.mailServerId}` })
  }

  /** Extends the leases of all connections, and closes those that must close because the server allows fewer. */
  async #renewLeases(): Promise<void> {
    const holders = this.#connections().map(({ holder }) => holder)
    if (holders.length === 0) return
    const closed = await this.deps.store.renewLeases(holders, this.deps.leaseMs)
    for (const { slot, ...key } of closed)
      for (const connection of this.#connectionsAt(key)) if (connection.slot === slot) connection.closing.abort()
  }

  /**
   * Before each round of a connection. Where queues are many, those that have had none have theirs first, and none has more in a round than
   * the others. Returns whether the next round may have more messages.
   */
  async #turn(connection: OpenConnection): Promise<boolean> {
    const { slot, queue, closing, goesFirst } = connection
    connection.round?.leave()
    if (queue.isRateLimited || !this.#share.isMany) return true
    if (this.#share.gives(slot)) closing.abort()
    connection.goesFirst = false
    connection.round = await this.#rounds.begin(closing.signal, goesFirst)
    return false
  }

  #connections(): OpenConnection[] {
    return [...this.#queues.values()].flatMap(({ connections }) => [...connections])
  }

  #connectionsAt({ mailServerId, mailbox }: DeliveryQueue): OpenConnection[] {
    return this.#connections().filter(
      ({ queue: { rateLimitKey: key } }) => key.mailServerId === mailServerId && key.mailbox === mailbox,
    )
  }

  /** All but the first connection of this mailbox in all workers. */
  #furtherAt(key: DeliveryQueue): OpenConnection[] {
    return this.#connectionsAt(key).filter(({ slot }) => slot !== null && slot > 0)
  }

  #logError = (error: unknown): void =>
    isDatabaseAway(error)
      ? this.deps.log.warn('the outbox cannot use the database', { error })
      : this.deps.log.error('a delivery ended with an error', { error })
}

const keyOf = ({ mailServerId, mailbox }: DeliveryQueue): string => `${mailServerId} ${mailbox}`

/** Closes a connection that another queue asked for, unless it has sent nothing yet. */
function endTurn({ isAskedFor, hasBegun, closing, resume }: OpenConnection): void {
  if (!isAskedFor || !hasBegun) return
  closing.abort()
  resume?.()
}

/** Until the scheduler has something to do for this connection, or it has waited long enough. */
async function idle(connection: OpenConnection): Promise<void> {
  connection.round?.leave()
  if (connection.closing.signal.aborted) return
  await new Promise<void>((resolve) => {
    connection.resume = () => {
      clearTimeout(timer)
      connection.resume = null
      resolve()
    }
    const timer = setTimeout(connection.resume, LINGER_MS)
  })
}
