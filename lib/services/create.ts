import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createAlerts } from '../alerts'
import { createAuditLog } from '../audit'
import { diskFullText } from '../config/disk-full'
import { type Environment, readEnvironment } from '../config/environment'
import type { EnvironmentFault } from '../config/environment-fault'
import { createLog } from '../config/logger'
import { createCalendar } from '../credentials/calendar'
import { createInventory } from '../credentials/inventory/list'
import { chainKeysIn } from '../crypto/audit-keys'
import { createVault } from '../crypto/vault'
import { createDb, createSharedClock } from '../db'
import { passwordOf } from '../db/connection'
import { REQUEST_LOCKED_S } from '../db/time-budget'
import { systemClock } from '../kernel'
import { createSenders } from '../mail-server/senders'
import { createSenderCache } from '../mail-server/senders/cache'
import { createDatabaseDisk } from '../operations/database-disk'
import { createRefusals } from '../operations/refusals'
import { watchForProxy } from '../operations/unknown-proxy'
import { createSetupGuide } from '../setup-guide'
import { createSubmissionService } from '../submission'
import { createApi } from '../submission/api/handle'
import { createFailureReports } from '../submission/failure-reports'
import { createMessageEvents } from '../submission/message-events'
import { createOperatorMessages } from '../submission/operator-message'
import { composeAccounts } from './accounts'
import { composeCredentials } from './credentials'
import { composeMailServers } from './mail-server'
import { composeNotifications, outboxMails } from './notifications'
import { createOutbox } from './outbox'
import { composePolicy } from './policy'
import { createVendorClients, greetingName } from './vendor-clients'

/** The environment cannot be used. The host checks it before it starts a process, so here it is a bug. */
const unusable = ({ variable, problem }: EnvironmentFault): Error => new Error(`${variable}: ${problem}`)

/** Every service, created once per process. */
export type Services = ReturnType<typeof createServices>

export function servicesOfProcess(): Services {
  const read = readEnvironment(process.env)
  if (!read.ok) throw unusable(read.error)
  return createServices(read.value)
}

/** Creates all services. The host has started the database and passes its address on. */
export function createServices(environment: Environment, { process: name = 'console' }: { process?: string } = {}) {
  const { baseUrl, databaseUrl, dataDir, authSecret, metricsToken, keys, clouds, managedIdentity, logLevel } =
    environment
  if (!databaseUrl) throw unusable({ variable: 'DATABASE_URL', problem: 'is not set: the host passes it on' })
  const header = managedIdentity?.service.kind === 'app-service' ? managedIdentity.service.header : null
  const configured = [authSecret, metricsToken, header, ...keys.map(({ key }) => key), ...passwordOf(databaseUrl)]
  const secrets = configured.filter((secret) => secret !== null)
  const log = createLog({ level: logLevel, process: name, secrets, explain: diskFullText(environment) })
  const db = createDb(databaseUrl, chainKeysIn(environment), name === 'console' ? REQUEST_LOCKED_S : undefined)
  // One for all processes: what one of them dates, another one compares with its time.
  const clock = createSharedClock(db)
  const vault = createVault(keys, systemClock)
  const audit = createAuditLog(db, clock, { vault, dataDir })
  const common = { baseUrl, clock, db, vault, log }
  const refusals = createRefusals({ audit, log })
  const vendors = createVendorClients({ environment, clock: systemClock })
  const senderCache = createSenderCache({ environment, db })
  const mailServers = composeMailServers({ environment, clock, db, vault, audit, vendors, senderCache, log })
  const credentials = composeCredentials({ environment, clock, db, vault, audit, vendors })
  const rules = composePolicy({ clock, db, audit, mailServers, senders: senderCache })
  const alerts = createAlerts({ db, clock, log, environment })
  const outbox = createOutbox({ environment, clock, db, log, credentials, rules, senders: senderCache, vendors })
  const submission = createSubmissionService({ db, clock, log, outbox, audit })
  return {
    environment,
    clock,
    log,
    clouds,
    db,
    vault,
    audit,
    /** Records denials, with a bounded number of entries for callers without a session. */
    refusals,
    databaseDisk: createDatabaseDisk(db, clock),
    unknownProxy: watchForProxy(environment.trustedProxies, log),
    signIn: composeAccounts(db, clock, environment, { ...outboxMails(db, outbox, 'notice'), log }, refusals),
    mailServers,
    rules,
    senders: createSenders({ db, clock, audit, servers: mailServers, senderCache }),
    setupGuide: createSetupGuide({ clouds, clock, db, mailServers }),
    credentials,
    inventory: createInventory({ db, clock, vault, audit, clouds, directory: vendors.directory, pause: wait }),
    calendar: createCalendar({ baseUrl, clock, db, credentials }),
    alerts,
    notifications: composeNotifications({ ...common, audit, credentials, vendors, outbox, alerts }),
    outbox,
    submission,
    messageEvents: createMessageEvents({ ...common, webhooks: vendors.webhooks }),
    operatorMessages: createOperatorMessages({ db, clock, baseUrl, outbox }),
    api: createApi({
      db,
      clock,
      log,
      baseUrl,
      submission,
      outbox,
      refusals,
      spoolFolder: path.join(dataDir, 'api-spool'),
    }),
    failureReports: createFailureReports({
      ...common,
      name: greetingName(baseUrl),
      ...outboxMails(db, outbox, 'report'),
    }),
  }
}
