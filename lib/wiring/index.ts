import type { Limiter } from '../access/limits'
import { chainKeysIn } from '../audit/chain-keys'
import type { AuditLog } from '../audit/log'
import type { CredentialsRoom } from '../credentials'
import type { CalendarRoom } from '../credentials/calendar'
import type { InventoryRoom } from '../credentials/inventory-room'
import { createDb, type Db } from '../db/client'
import { type Clock, systemClock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { Logger } from '../kernel/log'
import { Redacted } from '../kernel/redacted'
import type { Vault } from '../kernel/sealing'
import type { MailServerRoom } from '../mail-server'
import type { SendersRoom } from '../mail-server/senders'
import type { MailServersRoom } from '../mail-server/servers'
import type { RulesRoom } from '../rules'
import type { SetUpRoom } from '../set-up'
import type { SignIn } from '../sign-in/sign-in'
import { createVault } from '../vault'
import { auditLog } from './audit'
import { calendarReads, calendarRoom } from './calendar'
import { credentialsRoom } from './credentials'
import { diskFullText } from './disk-full'
import { type Environment, readEnvironment } from './environment'
import { inventoryRoom } from './inventory'
import { createLog } from './log'
import { mailServersRoom, roomOfDefault } from './mail-servers'
import { createOutbox, type Outbox } from './outbox'
import { createOutward } from './outward'
import { createRefusals, type Refusals } from './refusals'
import { type RemindersRoom, remindersRoom } from './reminders'
import { rulesRoom } from './rules'
import { sendersRoom } from './senders'
import { sendersKnown } from './senders-known'
import { setUpRoom } from './set-up'
import { signInRoom } from './sign-in'
import { type UnknownProxy, watchForProxy } from './unknown-proxy'

/** Everything joined, once for each process. Only this room and the adapters touch `db`. */
export interface Wiring {
  environment: Environment
  clock: Clock
  log: Logger
  clouds: readonly Cloud[]
  db: Db
  vault: Vault
  audit: AuditLog
  /** What gates refused; of strangers, a bounded number of rows. */
  refusals: Refusals
  unknownProxy: UnknownProxy
  signIn: SignIn
  /** All of them, and each by its id. */
  mailServers: MailServersRoom
  /** The default one, whichever that is at each call. */
  mailServer: MailServerRoom
  rules: RulesRoom
  senders: SendersRoom
  setUp: SetUpRoom
  credentials: CredentialsRoom
  inventory: InventoryRoom
  calendar: CalendarRoom
  /** By address: what reads private calendar addresses has no account to count by. */
  calendarReads: Limiter
  reminders: RemindersRoom
  outbox: Outbox
}

/** The environment is not usable; the host says so before it starts a process, so here it is a bug of whoever started us. */
class UnusableEnvironment extends Error {
  constructor(
    readonly variable: string,
    problem: string,
  ) {
    super(`${variable}: ${problem}`)
  }
}

const KEPT = Symbol.for('postroom.wiring')
const kept = globalThis as { [KEPT]?: Wiring }

/** Made on first use; a bundler may load this module more than once, so it is kept outside of it. */
export function wiring(): Wiring {
  kept[KEPT] ??= fromProcess()
  return kept[KEPT]
}

function fromProcess(): Wiring {
  const read = readEnvironment(process.env)
  if (!read.ok) throw new UnusableEnvironment(read.error.variable, read.error.problem)
  return createWiring(read.value)
}

/** Joins ports to adapters. The host has started the database and passes its address on. */
export function createWiring(
  environment: Environment,
  { process: name = 'console' }: { process?: string } = {},
): Wiring {
  const { databaseUrl, dataDir, authSecret, metricsToken, keys, clouds, managedIdentity, logLevel } = environment
  if (!databaseUrl) throw new UnusableEnvironment('DATABASE_URL', 'is not set: the host passes it on')
  const clock = systemClock
  const header = managedIdentity?.service.kind === 'app-service' ? managedIdentity.service.header : null
  const given = [authSecret, metricsToken, header].filter((secret) => secret !== null)
  const secrets = [...given, ...keys.map(({ key }) => key), ...databasePassword(databaseUrl)]
  const log = createLog({ level: logLevel, process: name, secrets, explain: diskFullText(environment) })
  const db = createDb(databaseUrl, chainKeysIn(environment))
  const vault = createVault(keys, clock)
  const audit = auditLog(db, clock, { vault, dataDir })
  const refusals = createRefusals({ audit, log })
  const outward = createOutward({ environment, clock })
  const known = sendersKnown({ environment, db, vault })
  const mailServers = mailServersRoom({ environment, clock, db, vault, audit, outward, known, log })
  const mailServer = roomOfDefault(mailServers)
  const credentials = credentialsRoom({ environment, clock, db, vault, audit, outward })
  const rules = rulesRoom({ clock, db, audit, mailServers, senders: known })
  const outbox = createOutbox({ environment, clock, db, log, credentials, rules, senders: known, outward })
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
    signIn: signInRoom(db, clock, environment, refusals),
    mailServers,
    mailServer,
    rules,
    senders: sendersRoom({ clock, db, audit, mailServers, known }),
    setUp: setUpRoom({ clouds, clock, db, mailServers }),
    credentials,
    inventory: inventoryRoom({ environment, clock, db, vault, outward }),
    calendar: calendarRoom({ environment, clock, db, vault, credentials }),
    calendarReads: calendarReads(db),
    reminders: remindersRoom({ environment, clock, db, vault, audit, log, credentials, outward, outbox }),
    outbox,
  }
}

/** A short password would be found in ordinary words and erase them. */
const PASSWORD_CHARS_MIN = 8

function databasePassword(url: Redacted): Redacted[] {
  const password = URL.canParse(url.reveal()) ? decodeURIComponent(new URL(url.reveal()).password) : ''
  return password.length < PASSWORD_CHARS_MIN ? [] : [new Redacted(password)]
}
