import type { Limiter } from '../access/rate-limits'
import type { SignIn } from '../accounts'
import { type Alerts, createAlerts } from '../alerts'
import type { AuditLog } from '../audit/store/log'
import { createAuditLog } from '../audit/store/log'
import { diskFullText } from '../config/disk-full'
import { type Environment, readEnvironment } from '../config/environment'
import { createLog } from '../config/logger'
import type { Credentials } from '../credentials'
import { type CalendarFeeds, createCalendar } from '../credentials/calendar'
import type { Inventory } from '../credentials/inventory'
import type { Reminders } from '../credentials/reminders'
import { createVault } from '../crypto'
import { chainKeysIn } from '../crypto/audit-keys'
import { createDb, type Db } from '../db/client'
import { type Clock, systemClock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { Logger } from '../kernel/log'
import { Redacted } from '../kernel/redacted'
import type { Vault } from '../kernel/sealing'
import { createSenders, type Senders } from '../mail-server/senders'
import { sendersKnown } from '../mail-server/senders/cache'
import type { MailServers } from '../mail-server/servers'
import { createRefusals, type Refusals } from '../operations/refusals'
import { type UnknownProxy, watchForProxy } from '../operations/unknown-proxy'
import type { PolicyService } from '../policy'
import type { SetupGuide } from '../setup-guide'
import { createSubmissionService, type SubmissionService } from '../submission'
import { type Api, createApi } from '../submission/api'
import type { FailureReports } from '../submission/failure-reports'
import { createMessageEvents, type MessageEvents } from '../submission/message-events'
import { createOperatorMessages, type OperatorMessages } from '../submission/operator-message'
import { composeAccounts } from './accounts'
import { calendarReads } from './calendar'
import { composeCredentials } from './credentials'
import { composeFailureReports } from './failure-reports'
import { composeInventory } from './inventory'
import { composeMailServers } from './mail-servers'
import { createClients } from './microsoft'
import { createOutbox, type Outbox } from './outbox'
import { composePolicy } from './policy'
import { composeReminders } from './reminders'
import { composeSetupGuide } from './setup-guide'

/** Every service, created once per process. */
export interface Services {
  environment: Environment
  clock: Clock
  log: Logger
  clouds: readonly Cloud[]
  db: Db
  vault: Vault
  audit: AuditLog
  /** Records denials, with a bounded number of entries for callers without a session. */
  refusals: Refusals
  unknownProxy: UnknownProxy
  signIn: SignIn
  mailServers: MailServers
  rules: PolicyService
  senders: Senders
  setupGuide: SetupGuide
  credentials: Credentials
  inventory: Inventory
  calendar: CalendarFeeds
  /** Limits reads of private calendar addresses by client address, because readers have no account. */
  calendarReads: Limiter
  reminders: Reminders
  outbox: Outbox
  submission: SubmissionService
  api: Api
  failureReports: FailureReports
  operatorMessages: OperatorMessages
  messageEvents: MessageEvents
  alerts: Alerts
}

/** The environment cannot be used. The host checks it before it starts a process, so here it is a bug. */
class UnusableEnvironment extends Error {
  constructor(
    readonly variable: string,
    problem: string,
  ) {
    super(`${variable}: ${problem}`)
  }
}

/** Where the services of a process are kept. */
export const HOLDER = Symbol.for('postroom.services')
const holder = globalThis as { [HOLDER]?: Services }

/** Created on first use. A bundler may load this module more than once, so the instance is stored outside of it. */
export function services(): Services {
  holder[HOLDER] ??= fromProcess()
  return holder[HOLDER]
}

function fromProcess(): Services {
  const read = readEnvironment(process.env)
  if (!read.ok) throw new UnusableEnvironment(read.error.variable, read.error.problem)
  return createServices(read.value)
}

/** Creates all services. The host has started the database and passes its address on. */
export function createServices(
  environment: Environment,
  { process: name = 'console' }: { process?: string } = {},
): Services {
  const { databaseUrl, dataDir, authSecret, metricsToken, keys, clouds, managedIdentity, logLevel } = environment
  if (!databaseUrl) throw new UnusableEnvironment('DATABASE_URL', 'is not set: the host passes it on')
  const clock = systemClock
  const header = managedIdentity?.service.kind === 'app-service' ? managedIdentity.service.header : null
  const configuredSecrets = [authSecret, metricsToken, header].filter((secret) => secret !== null)
  const secrets = [...configuredSecrets, ...keys.map(({ key }) => key), ...databasePassword(databaseUrl)]
  const log = createLog({ level: logLevel, process: name, secrets, explain: diskFullText(environment) })
  const db = createDb(databaseUrl, chainKeysIn(environment))
  const vault = createVault(keys, clock)
  const audit = createAuditLog(db, clock, { vault, dataDir })
  const refusals = createRefusals({ audit, log })
  const clients = createClients({ environment, clock })
  const known = sendersKnown({ environment, db, vault })
  const mailServers = composeMailServers({ environment, clock, db, vault, audit, clients, known, log })
  const credentials = composeCredentials({ environment, clock, db, vault, audit, clients })
  const rules = composePolicy({ clock, db, audit, mailServers, senders: known })
  const alerts = createAlerts({ db, clock, log, environment })
  const outbox = createOutbox({ environment, clock, db, log, credentials, rules, senders: known, clients })
  const submission = createSubmissionService({ db, clock, log, outbox })
  return {
    environment,
    clock,
    log,
    clouds,
    db,
    vault,
    audit,
    refusals,
    unknownProxy: watchForProxy(environment.trustedProxies, log),
    signIn: composeAccounts(db, clock, environment, refusals),
    mailServers,
    rules,
    senders: createSenders({ db, clock, audit, servers: mailServers, known }),
    setupGuide: composeSetupGuide({ clouds, clock, db, mailServers }),
    credentials,
    inventory: composeInventory({ environment, clock, db, vault, clients }),
    calendar: createCalendar({ baseUrl: environment.baseUrl, clock, db, credentials }),
    calendarReads: calendarReads(db),
    reminders: composeReminders({ environment, clock, db, vault, audit, log, credentials, clients, outbox, alerts }),
    alerts,
    outbox,
    submission,
    messageEvents: createMessageEvents({ db, clock, log, vault, webhooks: clients.webhooks }),
    operatorMessages: createOperatorMessages({ db, clock, baseUrl: environment.baseUrl, outbox }),
    api: createApi({ db, clock, log, baseUrl: environment.baseUrl, submission, outbox }),
    failureReports: composeFailureReports({ environment, db, clock, log, outbox }),
  }
}

/** A shorter password could occur in ordinary text, which the log would then redact. */
const PASSWORD_CHARS_MIN = 8

function databasePassword(url: Redacted): Redacted[] {
  const password = URL.canParse(url.reveal()) ? decodeURIComponent(new URL(url.reveal()).password) : ''
  return password.length < PASSWORD_CHARS_MIN ? [] : [new Redacted(password)]
}
