import { randomInt } from 'node:crypto'
import type { Environment } from '../config/environment'
import type { Credentials } from '../credentials'
import type { Login, LoginFault } from '../credentials/login'
import type { Db } from '../db/client'
import { createDatabaseClock } from '../db/clock'
import { listenForWakeUps } from '../db/notify'
import type { Diagnosis } from '../diagnosis'
import { readClaims } from '../entra'
import type { Clock } from '../kernel/clock'
import { DEADLINES, type Deadlines } from '../kernel/deadline'
import type { Logger } from '../kernel/log'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { type SendersKnown, senderEvidence } from '../mail-server/senders/cache'
import { createAcceptance, createOutboxService, MESSAGE_REST_MS, type OutboxService, startDelivery } from '../outbox'
import { type Acceptance, BOUNDS, type Bounds } from '../outbox/accept'
import { incomplete, senderDecision } from '../outbox/delivery/choose-sender'
import type { Delivery } from '../outbox/delivery/scheduler'
import { type CrashPoint, nowhere, type RouteLogin, type RouteLogins } from '../outbox/ports'
import { createOutboxStore } from '../outbox/store/store'
import type { PolicyService } from '../policy'
import { createMailTransport, messageFactory } from '../smtp'
import { greetingName } from './mail-server'
import type { Clients } from './microsoft'

/** A worker that says nothing for so long is taken for dead. */
const LEASE_MS = 90_000
/** Of a worker's number, which is one half of an advisory lock's key. */
const WORKERS_MAX = 2 ** 31 - 1
/** The database's time is asked for so often. */
const SYNC_MS = 60_000

export interface Outbox extends OutboxService, Acceptance {
  wake(): Promise<void>
  /** For the worker: delivers until it is stopped. */
  deliver(): Promise<Delivery>
}

export interface OutboxDeps {
  environment: Pick<Environment, 'baseUrl'> & { databaseUrl: Redacted | null }
  clock: Clock
  db: Db
  log: Logger
  credentials: Pick<Credentials, 'login' | 'renew'>
  rules: Pick<PolicyService, 'current'>
  senders: SendersKnown
  clients: Pick<Clients, 'dialer'>
}

/** For tests: where a process dies, and less patience. */
export interface OutboxOverrides {
  crash?: CrashPoint
  leaseMs?: number
  deadlines?: Deadlines
  random?: () => number
  messageRestMs?: number
  bounds?: Bounds
}

export function createOutbox(
  { environment, clock, db, log, credentials, rules, senders, clients }: OutboxDeps,
  overrides: OutboxOverrides = {},
): Outbox {
  const { crash = nowhere, leaseMs = LEASE_MS, deadlines = DEADLINES, random = Math.random } = overrides
  const { messageRestMs = MESSAGE_REST_MS, bounds = BOUNDS } = overrides
  const databaseClock = createDatabaseClock(db, clock)
  const store = createOutboxStore(db, databaseClock)
  const decision = senderDecision({ db, clock, rules, senders })
  return {
    ...createAcceptance({ store, decision, clock: databaseClock, crash, bounds }),
    ...createOutboxService({ store, clock: databaseClock }),
    wake: () => store.wake(),
    async deliver() {
      const { baseUrl, databaseUrl } = environment
      if (!databaseUrl) throw new Error('The outbox without a database')
      await databaseClock.sync()
      const sync = setInterval(() => void databaseClock.sync().catch(() => {}), SYNC_MS)
      const worker = randomInt(1, WORKERS_MAX)
      const wakeUp = listenForWakeUps(databaseUrl, worker)
      const transport = createMailTransport(clients.dialer, { ehloName: greetingName(baseUrl), clock })
      const delivery = startDelivery(
        {
          ...{ store, log, decision, transport, crash, deadlines, leaseMs, random, messageRestMs, worker },
          clock: databaseClock,
          logins: routeLogins(credentials, clock),
          senders: senderEvidence({ db, clock: databaseClock, log }),
          factory: messageFactory,
        },
        wakeUp,
      )
      return {
        async stop(graceMs) {
          await delivery.stop(graceMs)
          clearInterval(sync)
          await wakeUp.close()
        },
      }
    },
  }
}

function routeLogins(credentials: OutboxDeps['credentials'], clock: Clock): RouteLogins {
  const diagnosisOf = (fault: LoginFault): Diagnosis =>
    fault.kind === 'failed' ? fault.diagnosis : incomplete('no mail server is configured', clock)

  const routeLogin = (login: Login, mailbox: string): RouteLogin => ({
    server: inMailbox(login.server, mailbox),
    token: login.token,
    claims: () => login.token && readClaims(login.token),
    async renew(signal): Promise<Result<RouteLogin | null, Diagnosis>> {
      const renewed = await credentials.renew(login, signal)
      if (renewed.ok) return ok(routeLogin(renewed.value, mailbox))
      return renewed.error.kind === 'paused' ? ok(null) : fail(diagnosisOf(renewed.error))
    },
  })

  return {
    async login({ mailServerId, mailbox }, signal) {
      const login = await credentials.login(signal, mailServerId)
      return login.ok ? ok(routeLogin(login.value, mailbox)) : fail(diagnosisOf(login.error))
    },
  }
}

const inMailbox = (server: Login['server'], mailbox: string): Login['server'] =>
  server.login.kind === 'xoauth2' && mailbox !== '' ? { ...server, login: { ...server.login, mailbox } } : server
