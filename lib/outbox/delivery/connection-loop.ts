import { setTimeout as pause } from 'node:timers/promises'
import { type Diagnosis, diagnose } from '../../diagnosis'
import { fail, ok, type Result } from '../../kernel/result'
import type { MailConnection } from '../../smtp/contracts'
import type { ClaimedMessage, Route, Settlement } from '../message'
import type { DeliveryDeps, RouteLogin, Settled } from '../ports'
import { type Attempted, afterPause, attemptMessage, type Carrier } from './attempt'
import { RECIPIENTS_A_DAY_MAX } from './limits'

/** Claimed at once: a claim costs as much for ten as for one. */
const BATCH = { messages: 10, bytes: 4 * 1024 ** 2 }
/** And as much for eighty. Where a whole batch leaves in less than a second, the next one is twice as large. */
const BATCH_MESSAGES_MAX = 80
const QUICK_MS = 1_000
/** An open connection waits so long for the next mail; it counts among the three. */
const LINGER_MS = 3_000
/** While the database is away, results are kept and offered again so often. */
const SETTLE_AGAIN_MS = 1_000
/** 60 s after a message's end its permit is free: so no 60 seconds at the server see more than 30 (Exchange Online). */
export const MESSAGE_REST_MS = 60_000
/** A mailbox whose day is full is looked at again so often. */
const FULL_DAY_MS = 10 * 60_000

/** Why a lane ended, for whoever opens the next one. */
export type LaneEnd =
  /** Nothing is due. */
  | { kind: 'empty' }
  /** The process stops, the server wants fewer connections, or nothing goes through here for now. */
  | { kind: 'told' }
  /** Nothing before then: the pace of the mailbox. */
  | { kind: 'pace'; until: Date }

export interface LaneOptions {
  route: Route
  /** Whose leases its mails and permits are. */
  holder: string
  isPaced: boolean
  /** As `DueRoute` has it. */
  pace: Route
  /** One message only, although the server is paused. */
  probe: boolean
  /** The lane is to end after its message. */
  stopped(): boolean
  /** Ends the attempt under way. */
  end: AbortSignal
  /** More is due than this lane takes at once. */
  onMore(): void
  /** A mail was taken by the server, or refused for its own sake: the way there is open. */
  onPassed(attempted: Attempted): void
  /** Not this mail alone is held up: its connections, or the whole mail server. `paused`: that is paused, and who takes over. */
  onStuck(attempted: Attempted, message: ClaimedMessage): Promise<{ paused: boolean; standIn: string | null }>
  /** Resolves when something may be due again, or after `ms`. */
  idle(ms: number): Promise<void>
  /** A mail begins on a connection that is open: its result is about to come. */
  onTry(): void
  settle(result: { settlement: Settlement; next: { id: string; fence: number } | null }): Promise<Settled>
}

/** One connection's work: claims, tries one message after another, and has each result written before it begins the next. */
export async function runLane(deps: DeliveryDeps, options: LaneOptions): Promise<LaneEnd> {
  const carrier = new LaneCarrier(deps, options.route)
  try {
    let hasWaited = false
    let { messages } = BATCH
    for (;;) {
      if (options.stopped()) return { kind: 'told' }
      const beganMs = deps.clock.monotonicMs()
      const turn = options.isPaced
        ? await pacedTurn(deps, options, carrier)
        : await openTurn(deps, options, carrier, options.probe ? 1 : messages)
      const isQuick = turn.tried >= messages && deps.clock.monotonicMs() - beganMs < QUICK_MS
      messages = isQuick ? Math.min(2 * messages, BATCH_MESSAGES_MAX) : BATCH.messages
      if (turn.end) return turn.end
      if (options.probe) return { kind: 'empty' }
      if (turn.tried === 0) {
        if (hasWaited || !carrier.isOpen()) return { kind: 'empty' }
        await options.idle(LINGER_MS)
      }
      hasWaited = turn.tried === 0
    }
  } finally {
    carrier.end()
  }
}

interface Turn {
  tried: number
  end: LaneEnd | null
}

/** At a server that does not count: a batch at a time. */
async function openTurn(
  deps: DeliveryDeps,
  options: LaneOptions,
  carrier: LaneCarrier,
  messages: number,
): Promise<Turn> {
  const { store, leaseMs, crash } = deps
  const batch = await store.claim(options.route, options.holder, { ...BATCH, messages, leaseMs, probe: options.probe })
  if (batch.length > 0) crash('after-claim')
  if (batch.length >= messages && !options.probe) options.onMore()
  return workThrough(deps, options, carrier, batch)
}

/** At one that counts messages and recipients: each message under a permit of its own. */
async function pacedTurn(deps: DeliveryDeps, options: LaneOptions, carrier: LaneCarrier): Promise<Turn> {
  const { store, leaseMs, clock, crash, worker } = deps
  const { route, pace, holder } = options
  const slot = await store.takePermit(pace, 'message', { holder, worker, leaseMs })
  if (slot === null) {
    const until = (await store.permitFreeAt(pace, 'message')) ?? clock.now()
    const waitMs = until.getTime() - clock.now().getTime()
    if (waitMs > LINGER_MS) return { tried: 0, end: { kind: 'pace', until } }
    await pause(Math.max(waitMs, 5), undefined, { signal: options.end }).catch(() => {})
    return { tried: 1, end: null }
  }
  let restMs = 0
  try {
    const left = RECIPIENTS_A_DAY_MAX - (await store.recipientsToday(pace))
    const batch =
      left > 0 ? await store.claim(route, holder, { messages: 1, bytes: 1, leaseMs, probe: options.probe }) : []
    const [message] = batch
    if (left <= 0 || (message && message.recipients.length > left)) {
      await store.giveBack(batch)
      return { tried: 0, end: { kind: 'pace', until: new Date(clock.now().getTime() + FULL_DAY_MS) } }
    }
    if (!message) return { tried: 0, end: null }
    crash('after-claim')
    if (!options.probe) options.onMore()
    restMs = deps.messageRestMs
    return await workThrough(deps, options, carrier, batch)
  } finally {
    await store.releasePermit(pace, 'message', slot, holder, restMs)
  }
}

async function workThrough(
  deps: DeliveryDeps,
  options: LaneOptions,
  carrier: LaneCarrier,
  batch: readonly ClaimedMessage[],
): Promise<Turn> {
  const { store } = deps
  let tried = 0
  let isBegun = true
  let rules = 0
  for (const [at, claimed] of batch.entries()) {
    const message = { ...claimed, rules: Math.max(claimed.rules, rules) }
    // Cancelled, held, or taken over since it was claimed.
    if (!isBegun && !(await store.begin(message.id, message.fence))) continue
    carrier.follow(message.version)
    if (carrier.isOpen()) options.onTry()
    let attempted = await attemptMessage(deps, carrier, message, options.end)
    tried++
    const isStuck = attempted.scope !== 'message'
    if (isStuck) {
      // Before the mail is free again: nobody else is to try it the same way.
      const { paused, standIn } = await options.onStuck(attempted, message)
      deps.crash('after-pause')
      if (paused) attempted = afterPause(attempted, message, { standIn, now: deps.clock.now() })
    }
    const goesOn = !isStuck && !options.stopped()
    const following = goesOn ? (batch[at + 1] ?? null) : null
    const { settled, begun, ...newest } = await settleInTheEnd(options, attempted, following)
    isBegun = begun
    rules = newest.rules
    if (goesOn && settled) options.onPassed(attempted)
    if (goesOn && (settled || following === null || begun)) continue
    await store.giveBack(batch.slice(at + 1))
    return { tried, end: { kind: 'told' } }
  }
  return { tried, end: null }
}

/** The mail may have left: its result is worth more than this connection's time. Without a database nobody else claims either. */
async function settleInTheEnd(
  { settle, end }: LaneOptions,
  { settlement }: Attempted,
  next: ClaimedMessage | null,
): Promise<Settled> {
  for (;;) {
    try {
      return await settle({ settlement, next: next && { id: next.id, fence: next.fence } })
    } catch (error) {
      if (end.aborted) throw error
      await pause(SETTLE_AGAIN_MS, undefined, { signal: end }).catch(() => {})
    }
  }
}

/** The lane's connection, made when the first message needs it. */
class LaneCarrier implements Carrier {
  #connection: MailConnection | null = null
  #login: RouteLogin | null = null
  #version: number | null = null

  constructor(
    private readonly deps: Pick<DeliveryDeps, 'logins' | 'transport' | 'clock'>,
    private readonly route: Route,
  ) {}

  isOpen(): boolean {
    return this.#connection !== null && !this.#connection.ended
  }

  login(): RouteLogin | null {
    return this.#login
  }

  /** Another version of the settings: another way there, perhaps. */
  follow(version: number): void {
    if (this.#version !== null && this.#version !== version) this.end()
    this.#version = version
  }

  async connection(signal: AbortSignal) {
    if (this.#connection && !this.#connection.ended) return ok({ connection: this.#connection, isKept: true })
    const opened = await this.#open(signal)
    if (!opened.ok) return opened
    this.#connection = opened.value
    return ok({ connection: opened.value, isKept: false })
  }

  drop(): void {
    this.#connection = null
  }

  end(): void {
    this.#connection?.end()
    this.#connection = null
  }

  async #open(signal: AbortSignal): Promise<Result<MailConnection, Diagnosis>> {
    const { logins, transport, clock } = this.deps
    let login: Result<RouteLogin, Diagnosis> = await logins.login(this.route, signal)
    for (let renewed = false; ; renewed = true) {
      if (!login.ok) return login
      const { server, token } = login.value
      this.#login = login.value
      const opened = await transport.connect(server, { signal, onStep() {} })
      if (opened.ok) return opened
      const { stage, fault } = opened.error
      const isRefusal = stage === 'auth' && fault.kind === 'smtp' && fault.code === 535
      if (isRefusal && token && !renewed) {
        const again = await login.value.renew(signal)
        if (!again.ok) return again
        if (again.value) {
          login = ok(again.value)
          continue
        }
      }
      const circumstances = { stage, claims: login.value.claims(), now: clock.now(), login: server.login.kind }
      return fail(diagnose(fault, circumstances))
    }
  }
}
