import { randomInt } from 'node:crypto'
import type { Environment } from '../config/environment'
import type { Credentials } from '../credentials'
import type { DatabaseClock, DbDeps } from '../db'
import { listenForWakeUps } from '../db/notify'
import { bind, type Logger, SECOND_MS } from '../kernel'
import { Budget } from '../kernel/budget'
import { DEADLINES, type Deadlines } from '../kernel/deadline'
import { type SenderCache, senderRecorder } from '../mail-server/senders/cache'
import { createAcceptance } from '../outbox/accept'
import { BOUNDS, type Bounds } from '../outbox/capacity'
import { chooseQueues, chooseSenders, declinedNow } from '../outbox/delivery/choose-sender'
import { MESSAGE_REST_MS } from '../outbox/delivery/connection-loop'
import { Openings } from '../outbox/delivery/places'
import { type Delivery, startDelivery } from '../outbox/delivery/scheduler'
import { SenderSources } from '../outbox/delivery/sender-sources'
import { createOutboxService } from '../outbox/service'
import { createOutboxStore } from '../outbox/store/store'
import type { PolicyService } from '../policy'
import { messageFactory } from '../smtp/message'
import type { VendorClients } from './vendor-clients'

/** A worker that has not renewed its leases for this long counts as crashed. */
const LEASE_MS = 90 * SECOND_MS
/** Bound of a worker's number, which is one half of an advisory lock's key. */
const WORKERS_MAX = 2 ** 31 - 1

/**
 * Claims of a worker at a time: one less than connections for such statements, so that results need not wait behind them. The others wait
 * without an end, because a wait for a connection has one, and a delivery that ends there must open its own connection again.
 */
const CLAIMS_MAX = 4

interface AcceptanceDeps extends DbDeps {
  clock: DatabaseClock
  rules: Pick<PolicyService, 'current'>
  senders: SenderCache
}

export interface OutboxServices extends AcceptanceDeps {
  environment: Pick<Environment, 'databaseUrl'>
  log: Logger
  credentials: Pick<Credentials, 'login' | 'renew'>
  vendors: Pick<VendorClients, 'transport'>
}

/** For tests: a store that crashes, and shorter times. */
export interface OutboxOverrides {
  createStore?: typeof createOutboxStore
  leaseMs?: number
  deadlines?: Deadlines
  messageRestMs?: number
  bounds?: Bounds
}

export type Outbox = ReturnType<typeof createOutbox>

/** The outbox without delivery, for which no credential is needed. */
export function createOutboxWithoutDelivery(
  { db, clock, rules, senders }: AcceptanceDeps,
  { createStore = createOutboxStore, bounds = BOUNDS }: OutboxOverrides = {},
) {
  const store = createStore(db, clock)
  const sources = new SenderSources(db, clock, rules)
  const choice = bind({ db, rules, senders, sources }, { chooseQueues, chooseSenders, declinedNow })
  const outbox = {
    /** The database's time: one for all listeners and consoles, so that the ids of their messages are in the order of acceptance. */
    now: clock.current,
    ...createAcceptance({ store, chooseQueues: choice.chooseQueues, clock, bounds }),
    ...createOutboxService({ db, store, clock }),
    wake: store.wake,
    declinedNow: choice.declinedNow,
  }
  return { store, choice, outbox }
}

export function createOutbox(services: OutboxServices, overrides: OutboxOverrides = {}) {
  const { store, choice, outbox } = createOutboxWithoutDelivery(services, overrides)

  /** For the worker: delivers until it is stopped. */
  async function deliver(): Promise<Delivery> {
    const { environment, clock, log, credentials, vendors } = services
    const { databaseUrl } = environment
    if (!databaseUrl) throw new Error('The outbox without a database')
    await clock.sync()
    const worker = randomInt(1, WORKERS_MAX)
    const wakeUp = listenForWakeUps(databaseUrl, worker)
    const { leaseMs = LEASE_MS, deadlines = DEADLINES, messageRestMs = MESSAGE_REST_MS } = overrides
    const delivery = startDelivery(
      {
        store,
        clock,
        log,
        credentials,
        deadlines,
        leaseMs,
        random: Math.random,
        messageRestMs,
        worker,
        claims: new Budget(CLAIMS_MAX),
        chooseSenders: choice.chooseSenders,
        senders: senderRecorder({ db: services.db, clock }),
        openings: new Openings(),
        transport: vendors.transport,
        factory: messageFactory,
      },
      wakeUp,
    )
    return {
      async stop(graceMs) {
        await delivery.stop(graceMs)
        await wakeUp.close()
      },
    }
  }

  return { ...outbox, deliver }
}
