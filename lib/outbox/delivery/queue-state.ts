import type { Diagnosis } from '../../diagnosis'
import { type Clock, HOUR_MS, SECOND_MS } from '../../kernel'
import type { DueQueue } from '../store/due-queues'
import type { Place } from './places'
import { queuePauseMs } from './retry-plan'

/** How long a queue waits after "too many connections", until the server has noticed that the other connections are closed. */
const REOPEN_MS = { min: SECOND_MS / 2, max: 2 * SECOND_MS }

export interface OpenConnection {
  /**
   * Owner of its leases and rate-limit tokens. Each connection has its own: if a claim succeeded while its reply was lost, no
   * connection knows of the claimed messages, so nothing renews their leases and they become free again.
   */
  holder: string
  /** Slot of its rate-limit token; null until it has one. */
  slot: number | null
  openedMs: number
  queue: DueQueue
  /** It is to attempt one message of a paused server, and has not claimed it yet. */
  isClaimingProbe: boolean
  closing: AbortController
  /** Its first message is under way, or was. */
  hasBegun: boolean
  /** Another queue needs it, so it closes once it has begun: each of the two sends something in its turn. */
  isAskedFor: boolean
  /** Resumes the connection loop while it is idle; null while it works. */
  resume: (() => void) | null
  /** It has had no round since it was opened, or since its empty queue was due again. */
  goesFirst: boolean
  /** Its round, if that counts among those of the process. */
  round: Place | null
}

/** The settings and requests under which connections failed. Once they differ, the failures say nothing about the next connection. */
type Circumstances = Pick<DueQueue, 'version' | 'retryNowCount'>

export class QueueState {
  readonly connections = new Set<OpenConnection>()
  /** It was due while none of its connections was free, and none has claimed since. */
  isWanted = false
  #notBeforeMs = Number.NEGATIVE_INFINITY
  #failures = 0
  /** A failure before this time is of a connection that was open together with one whose failure is counted. */
  #failedUntilMs = Number.NEGATIVE_INFINITY
  #failedUnder: Circumstances | null = null

  constructor(private readonly clock: Clock) {}

  /** How long until messages of the queue may be attempted; 0 or less if they may be now. */
  waitMs(queue: DueQueue): number {
    this.#forgetOther(queue)
    return Math.max(queue.dueAt.getTime() - this.clock.now().getTime(), this.#notBeforeMs - this.clock.monotonicMs())
  }

  /** A message passed, so the next failure is the first of a new series. */
  passed(): void {
    this.#failures = 0
  }

  /** Pauses the queue after a failure that may pass, longer after each one. Connections that were open together and fail together count once. */
  failed({ retry }: Diagnosis, { version, retryNowCount }: Circumstances, random: number): void {
    const under = { version, retryNowCount }
    this.#forgetOther(under)
    if (this.#failures === 0 || this.clock.monotonicMs() >= this.#failedUntilMs) this.#failures += 1
    this.#failedUnder = under
    this.#pause(retry === 'later' ? HOUR_MS : queuePauseMs(this.#failures, random))
    this.#failedUntilMs = this.#notBeforeMs
  }

  /** Pauses the queue briefly after the server refused another connection. */
  tooManyConnections(random: number): void {
    this.#pause(REOPEN_MS.min + random * (REOPEN_MS.max - REOPEN_MS.min))
  }

  rateLimitedUntil(until: Date): void {
    this.#pause(Math.max(0, until.getTime() - this.clock.now().getTime()))
  }

  /** Forgets failures under other circumstances, and their pause. */
  #forgetOther({ version, retryNowCount }: Circumstances): void {
    const under = this.#failedUnder
    if (!under || (under.version === version && under.retryNowCount === retryNowCount)) return
    this.#notBeforeMs = Number.NEGATIVE_INFINITY
    this.#failures = 0
    this.#failedUnder = null
  }

  /** A longer pause stays: another connection may report a shorter one. */
  #pause(ms: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.clock.monotonicMs() + ms)
  }
}
