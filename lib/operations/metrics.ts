import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Credentials } from '../credentials'
import type { DbDeps } from '../db'
import { isDatabaseReady } from '../db/maintenance/readiness'
import type { MailServers } from '../mail-server/servers'
import { MAIL_STATES, worstState } from '../mail-server/status'
import type { OutboxService } from '../outbox/service'
import type { DatabaseDisk } from './database-disk'
import type { Refusals } from './refusals'
import { clocksApart, DEGRADATIONS, degradationsOf, pulsesOf, readDisk } from './status'
import { readDatabaseStatus } from './store/status'
import type { UnknownProxy } from './unknown-proxy'

export type Metrics = ReturnType<typeof createMetrics>

interface MetricsDeps extends DbDeps {
  mailServers: Pick<MailServers, 'list' | 'inUse' | 'of'>
  credentials: Pick<Credentials, 'measured' | 'warnings'>
  outbox: Pick<OutboxService, 'counts'>
  /** Every key that a stored secret needs is here and is the right one. */
  keysSound(): Promise<boolean>
  databaseDisk: Pick<DatabaseDisk, 'isFull'>
  dataDir: string
  unknownProxy: Pick<UnknownProxy, 'address'>
  refusals: Pick<Refusals, 'total'>
}

/** Values are read at each request: counts and times, never a name, an address or a secret. */
export function createMetrics(deps: MetricsDeps) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  countRefusals(registry, deps.refusals)
  const gauges = createGauges(registry)
  const { databaseReady, oldest: _, ...labelled } = gauges

  return {
    contentType: registry.contentType,
    async text() {
      const ready = await isDatabaseReady(deps.db)
      databaseReady.set(ready ? 1 : 0)
      for (const each of Object.values(labelled)) each.reset()
      if (ready) for (const show of [showServers, showHealth, showCredentials, showWaiting]) await show(gauges, deps)
      return registry.metrics()
    },
  }
}

type Gauges = ReturnType<typeof createGauges>

async function showServers({ mailState, expiry }: Gauges, { mailServers }: MetricsDeps): Promise<void> {
  const servers = await mailServers.list()
  const used = await mailServers.inUse(servers)
  const state = worstState(await Promise.all(used.map(({ id }) => mailServers.of(id).state())))
  for (const each of MAIL_STATES) mailState.set({ state: each }, each === state ? 1 : 0)
  for (const { id, isDefault } of servers) {
    const endsAt = (await mailServers.of(id).savedChange())?.secretExpiresAt
    if (endsAt) expiry.set({ mail_server: isDefault ? 'default' : id }, endsAt.getTime() / 1_000)
  }
}

async function showHealth({ degraded, heartbeat, reminders }: Gauges, { db, clock, ...deps }: MetricsDeps) {
  const status = await readDatabaseStatus(db, clock.now())
  const holding = degradationsOf({
    ...status,
    pulses: pulsesOf(status.heartbeats, clock.now()),
    clocksApart: clocksApart(status),
    credentials: await deps.credentials.warnings(),
    isFull: await deps.databaseDisk.isFull(),
    keysSound: await deps.keysSound(),
    disk: await readDisk(deps.dataDir),
    unknownProxy: deps.unknownProxy.address(),
  })
  for (const reason of DEGRADATIONS) degraded.set({ reason }, holding.includes(reason) ? 1 : 0)
  for (const { name, beatAt } of status.heartbeats) heartbeat.set({ name }, ageSeconds(beatAt, clock))
  reminders.set({ state: 'failed' }, status.remindersGivenUp)
}

async function showCredentials({ credentialState, daysLeft }: Gauges, { credentials }: MetricsDeps): Promise<void> {
  for (const { id: credential, slot, state, daysLeft: days } of await credentials.measured()) {
    if (slot === 'previous') continue
    credentialState.set({ credential, slot, state }, 1)
    if (days !== null) daysLeft.set({ credential, slot }, days)
  }
}

async function showWaiting({ messages, oldest, alerts, reminders }: Gauges, { db, clock, outbox }: MetricsDeps) {
  for (const [state, count] of Object.entries(await outbox.counts())) messages.set({ state }, count)
  const first = await db.message.findFirst({ where: { state: 'queued' }, orderBy: { id: 'asc' } })
  oldest.set(first ? ageSeconds(first.acceptedAt, clock) : 0)
  const open = await db.alert.groupBy({ by: ['kind'], where: { closedAt: null }, _count: true })
  for (const { kind, _count } of open) alerts.set({ kind }, _count)
  reminders.set({ state: 'due' }, await db.reminder.count({ where: { state: 'due' } }))
}

const ageSeconds = (at: Date, clock: MetricsDeps['clock']): number =>
  Math.max(0, (clock.now().getTime() - at.getTime()) / 1_000)

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `postroom_${name}`, help, labelNames, registers: [registry] })
  const ofCredential = ['credential', 'slot']
  return {
    databaseReady: gauge(
      'database_ready',
      '1 when the database answers, can be written to and its migrations are done',
    ),
    mailState: gauge('mail_state', '1 for the current state of mail, 0 for the others', ['state']),
    heartbeat: gauge('heartbeat_age_seconds', 'Seconds since a long-lived process last reported', ['name']),
    expiry: gauge('credential_expiry_timestamp_seconds', 'When a credential expires, if known', ['mail_server']),
    daysLeft: gauge('credential_days_left', DAYS_LEFT_HELP, ofCredential),
    credentialState: gauge('credential_state', '1 for the state of a credential', [...ofCredential, 'state']),
    reminders: gauge('reminders', 'Reminders that wait to be sent, and those that failed', ['state']),
    alerts: gauge('alerts', 'Alerts that are not over', ['kind']),
    degraded: gauge('degraded', '1 while this reason applies', ['reason']),
    messages: gauge('messages', 'Messages that wait, are being sent, are held, or failed (up to 1,000)', ['state']),
    oldest: gauge('oldest_message_age_seconds', OLDEST_HELP),
  }
}
const DAYS_LEFT_HELP = 'Days on the UTC calendar until a credential expires, where known'
const OLDEST_HELP = 'Seconds since the oldest waiting message was accepted, 0 if none waits'

function countRefusals(registry: Registry, refusals: MetricsDeps['refusals']): void {
  new Counter({
    name: 'postroom_refused_requests_total',
    help: 'Rejected requests of callers without a session',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(refusals.total())
    },
  })
}
