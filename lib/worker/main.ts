import { setTimeout as wait } from 'node:timers/promises'
import { type Alerts, createAlerts } from '../alerts'
import { createFullDatabaseWatch } from '../alerts/full-database'
import { anchorFile } from '../audit/anchor'
import { moveAnchor } from '../audit/store/anchor'
import { diskFullText } from '../config/disk-full'
import { type Environment, readEnvironment } from '../config/environment'
import { createLog } from '../config/logger'
import { chainKeysIn } from '../crypto/audit-keys'
import { createDatabaseClock, createDb, type Db, SYNC_MS } from '../db'
import { type Scheduler, startScheduler } from '../db/jobs'
import { endWaitsOfFastClock, watchCalendars } from '../db/maintenance/clock-set-back'
import { holdPresence } from '../db/maintenance/presence'
import { isDatabaseAway } from '../db/outage'
import { type Logger, MINUTE_MS } from '../kernel'
import { refuseToStart, whenStarterGone } from '../kernel/starter'
import { makeProbesDue } from '../mail-server/store/pauses'
import { keepBeating } from '../operations/heartbeat'
import { outboxIsDue } from '../outbox/store/store'
import type { Services } from '../services'
import { createAnchoring } from './anchor-audit-log'
import { deliveryRun, eventRun, reminderRun, scheduledJobs } from './jobs'

const DRAIN_MS = 25_000
/** How often a first message is looked for, and events of messages. */
const LOOK_MS = 2_000
/** How long to wait for a database that is away before the next attempt. To end instead would only be a crash loop. */
const DATABASE_PAUSE_MS = 3_000

/** What talks to Microsoft is loaded only when it is needed, so that the worker is small. */
function servicesOnDemand(environment: Environment) {
  let loaded: Services | null = null
  const load = async (): Promise<Services> => {
    const { createServices } = await import('../services/create')
    loaded ??= createServices(environment, { process: 'worker' })
    return loaded
  }
  const current = async (): Promise<Services> => {
    const services = await load()
    await services.clock.current()
    return services
  }
  return {
    load,
    /** With the time of the database, so over a connection to it. */
    current,
    loaded: () => loaded,
  }
}

/** The worker. It opens only the stores that it needs, so that it stays small. */
async function main(): Promise<void> {
  const read = readEnvironment(process.env)
  if (!read.ok) return refuseToStart('worker', `${read.error.variable} ${read.error.problem}`)
  const environment = read.value
  const { databaseUrl, logLevel, authSecret, keys } = environment
  if (databaseUrl === null) return refuseToStart('worker', 'DATABASE_URL is not set: the host passes it on')
  const secrets = [authSecret, ...keys.map(({ key }) => key)]
  const log = createLog({ level: logLevel, process: 'worker', secrets, explain: diskFullText(environment) })
  const chainKeys = chainKeysIn(environment)
  const db = createDb(databaseUrl, chainKeys)
  holdPresence(databaseUrl, 'worker', keys, () => log.info('connected to the database again')) // until this process ends

  const services = servicesOnDemand(environment)
  const clock = createDatabaseClock(db)
  const events = eventRun({ db, log, clock, services: services.current })
  const remind = reminderRun({ db, log, clock, services: services.current })
  let reminding = Promise.resolve()
  const remindNow = () => {
    reminding = remind().catch(reportTo(log))
    return reminding
  }
  let stopping = false
  const alerts = createAlerts({ db, clock, log, environment })
  const watchFullDatabase = createFullDatabaseWatch({
    db,
    clock,
    send: async (...notice) => (await services.load()).notifications.sendUnstored(...notice),
  })
  const onStep = { back: () => void stop('the clock was set back'), ahead: () => void remindNow() }
  const heart = await startHeartbeat(db, log, anchorFile(environment.dataDir, chainKeys), alerts, onStep)
  const delivery = deliveryRun({
    isDue: () => outboxIsDue(db),
    begin: async () => (await services.current()).outbox.deliver(),
    log,
    lookMs: LOOK_MS,
  })
  const every = async (ms: number, run: () => Promise<void>): Promise<void> => {
    while (!stopping) await wait(ms).then(run)
  }
  const jobs = scheduledJobs({ db, log, clock, services: services.current, remind, alerts })
  let scheduler: Scheduler | null = null

  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info('worker stopping', { reason })
    const sent = Promise.race([reminding, wait(DRAIN_MS)]) // else what is being sent would be sent again
    await Promise.all([heart.end(), scheduler?.stop(DRAIN_MS), delivery.stop(DRAIN_MS), events.stop(), sent])
    await services.loaded()?.db.$disconnect()
    await db.$disconnect()
    process.exit(0)
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void stop(name))
  whenStarterGone(() => void stop('the host is gone'))

  while (!scheduler && !stopping) {
    try {
      await endWaitsOfFastClock(db)
      await makeProbesDue(db)
      scheduler = await startScheduler(databaseUrl, jobs, reportTo(log))
    } catch (error) {
      log.warn('the database cannot be used yet', { error })
      await wait(DATABASE_PAUSE_MS)
    }
  }
  // What the console and the listeners accepted until they looked at the time again waits too, if the database’s clock was set back.
  setTimeout(() => {
    if (!stopping) endWaitsOfFastClock(db).catch(reportTo(log))
  }, 2 * SYNC_MS)
  void delivery.run()
  void every(LOOK_MS, events.run) // webhooks get an event within seconds
  const lookAtDisk = () => watchFullDatabase().catch(reportTo(log))
  void lookAtDisk()
  void every(MINUTE_MS, lookAtDisk)
  // Work that became due while no worker ran does not wait for the next tick.
  if (!stopping) await remindNow()
  log.info('worker started')
}

/** A fault of the scheduler. A database that is away is no error of ours. */
const reportTo =
  (log: Logger) =>
  (error: unknown, isWarning = isDatabaseAway(error)): void =>
    isWarning ? log.warn('scheduler warning', { error }) : log.error('scheduler failed', { error })

/**
 * Says that the worker lives and how its machine is, and keeps the end of the audit log where the database cannot change it.
 *
 * @param onStep.back ends this process: its timers wait for times of the earlier clock, and its successor does not.
 * @param onStep.ahead what is due since then does not wait for the next tick, and the reminders do not look as if they had stopped.
 */
function startHeartbeat(
  db: Db,
  log: Logger,
  anchor: ReturnType<typeof anchorFile>,
  alerts: Pick<Alerts, 'reportMachine'>,
  onStep: Record<'back' | 'ahead', () => void>,
) {
  const stepOf = watchCalendars(db)
  const anchorAuditLog = createAnchoring(() => moveAnchor(db, anchor), log)
  return keepBeating(db, log, 'worker', async () => {
    const step = await stepOf()
    if (step !== null) onStep[step]()
    await anchorAuditLog()
    await alerts.reportMachine()
  })
}

await main()
