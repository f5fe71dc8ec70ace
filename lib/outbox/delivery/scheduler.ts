import { setMaxListeners } from 'node:events'
import type { AuditEntry } from '../../audit/entry'
import type { WakeUp } from '../../db/notify'
import { type Diagnosis, isDiagnosisCode } from '../../diagnosis'
import { SYSTEM_CALLER } from '../../kernel/actor'

import { RETRY_OF, type Retry } from '../../kernel/diagnosis-code'
import { newId } from '../../kernel/ids'
import { endedWorkers } from '../crashed-workers'
import { coalesce } from '../group-commit'
import type { ClaimedMessage, Route, Settlement } from '../message'
import { type DeliveryDeps, type DueRoute, isOfOne, type Settled } from '../ports'
import type { Attempted } from './attempt'
import { type LaneEnd, runLane } from './connection-loop'
import { isOwnFault } from './failover'
import { UnderWay } from './in-flight'
import { isSettling, probePauseMs, routePauseMs } from './retry-plan'

/** Exchange Online lets a mailbox have three; more would help no other server either. */
const LANES_MAX = 3
/** Without a wake-up the queue is looked at so often. */
const POLL_MS = 5_000
/** What waits beside a try of a paused mail server is looked at again then: that one is claimed by now. */
const AFTER_PROBE_MS = 250
/** A dead worker's messages are looked for so many times in a lease. */
const REAPS_A_LEASE = 9
/** Over such a mail workers died five times: it is set aside. */
const INTERRUPTIONS_MAX = 5
/** After "too many connections" (432 4.3.2) all but one stay closed, each for its own time (F-39). */
const CLOSED_MS = { min: 30_000, max: 120_000 }
/** And that one begins again when the server has seen the others go. */
const REOPENED_MS = { min: 500, max: 2_000 }
/** Results written in one commit. */
const SETTLED_AT_ONCE_MAX = 100

export interface Delivery {
  /** Ends when all lanes have; what is claimed and not begun is given back. After `graceMs` attempts under way are cut. */
  stop(graceMs: number): Promise<void>
}

interface RouteState {
  route: Route
  lanes: Set<Lane>
  notBefore: number
  failures: number
  /** Under what its connections failed; null: they did not. Once anything of it has changed, nothing of that is known any more. */
  failedUnder: Circumstances | null
}

interface Lane {
  /**
   * Whose leases its mails and permits are. One for each lane, so that what was claimed while the database's answer was lost, and which no
   * lane knows of, is renewed by nobody and comes free.
   */
  holder: string
  slot: number
  pace: Route
  told: boolean
  idle: (() => void) | null
}

type Circumstances = Pick<DueRoute, 'version' | 'retryNowCount'>

/** Delivers whatever is due, until it is stopped. One for each process; any number of processes. */
export function startDelivery(deps: DeliveryDeps, wakeUp: WakeUp): Delivery {
  const { store, clock, log, crash, leaseMs, random, worker } = deps
  const routes = new Map<string, RouteState>()
  const stopping = new AbortController()
  const cutting = new AbortController()
  // Each lane of each mailbox listens, and each lets go again: Node's guess of a leak from the eleventh on is wrong here.
  setMaxListeners(0, stopping.signal, cutting.signal)
  let reapedMs = Number.NEGATIVE_INFINITY

  const verified = new Set<string>()
  const freeEnded = endedWorkers({ store, clock, own: worker })
  const underWay = new UnderWay()
  type Result = { settlement: Settlement; next: { id: string; fence: number } | null }
  const settle = coalesce<Result, Settled>(
    async (results) => {
      const settled = await store.settle(results)
      // Where it goes on, somebody may be waiting for something to do. Only a hint, as at acceptance.
      if (results.some(({ settlement }) => settlement.nextRoute !== null)) await store.wake().catch(() => {})
      return settled
    },
    {
      ...{ itemsMax: SETTLED_AT_ONCE_MAX, weightMax: SETTLED_AT_ONCE_MAX, weigh: () => 1 },
      gather: () => underWay.end(),
      isOfOne,
    },
  )

  function stateOf({ mailServerId, mailbox }: Route): RouteState {
    const key = `${mailServerId} ${mailbox}`
    const known = routes.get(key)
    if (known) return known
    const route = { mailServerId, mailbox }
    const state: RouteState = { route, lanes: new Set(), notBefore: 0, failures: 0, failedUnder: null }
    routes.set(key, state)
    return state
  }

  /** What may start now is started; tells after how many milliseconds to look again. */
  async function look(): Promise<number> {
    if (clock.monotonicMs() - reapedMs >= leaseMs / REAPS_A_LEASE) {
      reapedMs = clock.monotonicMs()
      const { freed, begun } = await store.reap(INTERRUPTIONS_MAX)
      if (freed > 0)
        log.warn('mail of a worker that ended is taken up again', { count: freed, outcome: `${begun} begun` })
    }
    let waitMs = POLL_MS
    for (const due of await store.dueRoutes()) {
      const state = stateOf(due)
      if (isOver(state.failedUnder, due)) Object.assign(state, { notBefore: 0, failures: 0, failedUnder: null })
      const untilMs = Math.max(due.dueAt.getTime() - clock.now().getTime(), state.notBefore - clock.monotonicMs())
      if (untilMs > 0) waitMs = Math.min(waitMs, Math.max(untilMs, 5))
      else waitMs = Math.min(waitMs, await open(state, due))
    }
    return waitMs
  }

  async function open(state: RouteState, due: DueRoute): Promise<number> {
    if (stopping.signal.aborted) return POLL_MS
    if (state.lanes.size === 0 && mayProbe(due)) {
      const code = due.paused?.code ?? ''
      const retry = isDiagnosisCode(code) ? RETRY_OF[code] : 'no'
      if (await store.takeProbe(due.mailServerId, nextProbe(due, retry, false))) await openLane(state, due, true)
      return due.hasBackup ? AFTER_PROBE_MS : POLL_MS
    }
    if (due.hasMoved || (due.paused && due.hasBackup)) {
      const moved = await store.move(due.mailServerId)
      if (moved > 0) {
        crash('after-move')
        return 0
      }
    }
    if (due.paused) return POLL_MS
    const waiting = [...state.lanes].find(({ idle }) => idle !== null)
    if (!waiting) return (await openLane(state, due, false)) ?? POLL_MS
    waiting.idle?.()
    return POLL_MS
  }

  const mayProbe = ({ paused, version }: DueRoute): boolean =>
    paused?.by === 'diagnosis' &&
    (paused.nextProbeAt === null || paused.nextProbeAt <= clock.now() || paused.version !== version)

  function nextProbe({ paused }: DueRoute, retry: Retry, settling: boolean): Date {
    const now = clock.now()
    const lastedMs = paused ? now.getTime() - paused.at.getTime() : 0
    return new Date(now.getTime() + probePauseMs(retry, { settling, lastedMs }))
  }

  /** Resolves with the milliseconds after which to look again; null if there is no hurry. */
  async function openLane(state: RouteState, due: DueRoute, probe: boolean): Promise<number | null> {
    if (state.lanes.size >= LANES_MAX || stopping.signal.aborted) return null
    const lane: Lane = { holder: newId(), slot: -1, pace: due.pace, told: false, idle: null }
    state.lanes.add(lane)
    const slot = await store
      .takePermit(due.pace, 'connection', { holder: lane.holder, worker, leaseMs })
      .catch((thrown) => {
        state.lanes.delete(lane)
        throw thrown
      })
    if (slot === null) {
      state.lanes.delete(lane)
      return freeEnded()
    }
    lane.slot = slot
    const ended = runLane(deps, {
      route: state.route,
      holder: lane.holder,
      isPaced: due.isPaced,
      pace: due.pace,
      probe,
      stopped: () => lane.told || stopping.signal.aborted,
      end: cutting.signal,
      onMore: () => void openLane(state, due, false).catch(failed),
      onPassed(attempted) {
        state.failures = 0
        void verify(state.route, attempted.settlement).catch(failed)
        if (!probe) return
        void store
          .resume(state.route.mailServerId, 'diagnosis', pauseEntry('mail-server.resume', state.route, null))
          .catch(failed)
      },
      onStuck: (attempted, message) => stuck(state, due, attempted, message),
      idle: (ms) =>
        new Promise((resolve) => {
          const done = () => {
            clearTimeout(timer)
            lane.idle = null
            resolve()
          }
          const timer = setTimeout(done, ms)
          lane.idle = done
          if (stopping.signal.aborted) done()
        }),
      onTry: () => underWay.add(lane),
      settle(result) {
        const settled = settle(result)
        underWay.delete(lane)
        return settled
      },
    })
    running.add(
      ended
        .then((end) => concluded(state, end), failed)
        .finally(async () => {
          underWay.delete(lane)
          await store.releasePermit(due.pace, 'connection', slot, lane.holder, 0).catch(failed)
          state.lanes.delete(lane)
        }),
    )
    return null
  }
  const running = new (class extends Set<Promise<void>> {
    override add(promise: Promise<void>): this {
      void promise.finally(() => this.delete(promise))
      return super.add(promise)
    }
  })()
  const failed = (error: unknown): void => log.error('a delivery broke off', { error })

  function concluded(state: RouteState, end: LaneEnd): void {
    if (end.kind !== 'pace') return
    state.notBefore = clock.monotonicMs() + Math.max(0, end.until.getTime() - clock.now().getTime())
  }

  async function stuck(state: RouteState, due: DueRoute, { scope, diagnosis }: Attempted, message: ClaimedMessage) {
    const { mailServerId, mailbox } = state.route
    if (diagnosis === null) return { paused: false, standIn: null }
    const isOwn = isOwnFault(diagnosis, { scope, isOwnMailbox: mailbox === '' })
    // What may pass by itself slows its connections down; where there is a backup, its mail need not wait.
    const paused = scope === 'server' || (isOwn && due.hasBackup)
    if (paused) await pauseServer(due, diagnosis, { version: message.version, isOwn })
    else await slowDown(state, due.pace, { diagnosis, circumstances: message })
    return { paused, standIn: paused && due.hasBackup ? await store.standIn(mailServerId) : null }
  }

  /** Once for each version of the settings and each sender that a message left as; most are the same. */
  async function verify({ mailServerId, mailbox }: Route, { id: messageId, attempts }: Settlement): Promise<void> {
    for (const { outcome, version, decision, at } of attempts) {
      const { from } = decision
      if (outcome !== 'accepted' || mailbox !== '' || typeof from !== 'string') continue
      const key = `${mailServerId} ${version} ${from}`
      if (verified.has(key)) continue
      verified.add(key)
      await store.verify({ mailServerId, version, from, messageId, at }).catch((thrown) => {
        verified.delete(key)
        throw thrown
      })
    }
  }

  /** Those whose connections are counted together. */
  const lanesAt = ({ mailServerId, mailbox }: Route) =>
    [...routes.values()]
      .flatMap(({ lanes }) => [...lanes])
      .filter(({ pace }) => pace.mailServerId === mailServerId && pace.mailbox === mailbox)

  async function slowDown(
    state: RouteState,
    pace: Route,
    { diagnosis: { code, retry }, circumstances }: { diagnosis: Diagnosis; circumstances: Circumstances },
  ): Promise<void> {
    if (code === 'concurrency-exceeded') {
      await store.closeConnections(pace, CLOSED_MS)
      for (const lane of lanesAt(pace)) if (lane.slot > 0) lane.told = true
      state.notBefore = clock.monotonicMs() + REOPENED_MS.min + random() * (REOPENED_MS.max - REOPENED_MS.min)
    } else {
      state.failures += 1
      state.failedUnder = { version: circumstances.version, retryNowCount: circumstances.retryNowCount }
      const pauseMs = retry === 'later' ? 3_600_000 : routePauseMs(state.failures, random())
      state.notBefore = clock.monotonicMs() + pauseMs
    }
    log.warn('mail waits', { code, subject: `mail-server:${state.route.mailServerId}` })
  }

  async function pauseServer(
    due: DueRoute,
    { code, evidence, retry }: Diagnosis,
    { version, isOwn }: { version: number; isOwn: boolean },
  ): Promise<void> {
    const { mailServerId } = due
    const settling = isSettling(await store.changedAt(mailServerId), clock.now())
    const nextProbeAt = nextProbe(due, retry, settling)
    const note = { by: 'diagnosis', code, evidence, version, nextProbeAt, isOwn }
    const isNew = await store.pause(mailServerId, note, pauseEntry('mail-server.pause', due, code))
    if (isNew) log.error('mail is paused', { code, subject: `mail-server:${mailServerId}` })
  }

  const heartbeat = setInterval(() => {
    const holders = [...routes.values()].flatMap(({ lanes }) => [...lanes].map(({ holder }) => holder))
    if (holders.length === 0) return
    void store.renewLeases(holders, leaseMs).then(({ closed }) => {
      for (const { slot, ...pace } of closed) for (const lane of lanesAt(pace)) if (lane.slot === slot) lane.told = true
    }, failed)
  }, leaseMs / 4)

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      let waitMs = POLL_MS
      try {
        waitMs = await look()
      } catch (error) {
        log.warn('the outbox does not answer', { error })
      }
      await wakeUp.wait(waitMs, stopping.signal)
    }
  })()

  return {
    async stop(graceMs) {
      stopping.abort()
      for (const { lanes } of routes.values()) for (const { idle } of lanes) idle?.()
      const cut = setTimeout(() => cutting.abort(), graceMs)
      await looking
      while (running.size > 0) await Promise.all(running)
      clearTimeout(cut)
      clearInterval(heartbeat)
    },
  }
}

const isOver = (failedUnder: Circumstances | null, { version, retryNowCount }: Circumstances): boolean =>
  failedUnder !== null && (failedUnder.version !== version || failedUnder.retryNowCount !== retryNowCount)

const pauseEntry = (action: AuditEntry['action'], { mailServerId }: Route, code: string | null): AuditEntry => ({
  action,
  ...SYSTEM_CALLER,
  result: 'done',
  subject: `mail-server:${mailServerId}`,
  details: { by: 'diagnosis', code },
})
