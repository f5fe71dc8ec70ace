import { setTimeout as wait } from 'node:timers/promises'
import type { Alerts } from '../alerts'
import { createLogNotifier, planNow } from '../credentials/reminders/plan-now'
import { dueRenewals } from '../credentials/rotation/due-renewals'
import { dueProbes, rotationIsDue } from '../credentials/store/due'
import { inventoryIsDue } from '../credentials/store/inventory'
import type { DatabaseClock, Db } from '../db'
import type { ScheduledJob } from '../db/jobs'
import { type Logger, systemClock } from '../kernel'
import { alertOrReportIsDue, notificationIsDue } from '../notifications/store/notifications'
import { removeExpired } from '../operations/clean-up'
import { beat } from '../operations/store/heartbeats'
import type { Delivery } from '../outbox/delivery/scheduler'
import { createOutboxService } from '../outbox/service'
import { writeMessageTexts } from '../outbox/store/search'
import { createOutboxStore } from '../outbox/store/store'
import type { Services } from '../services'
import { retryIsDue } from '../setup-guide/store/retry-plans'
import { noteFirstMessages } from '../submission/store/clients'
import { failureReportIsDue } from '../submission/store/failure-reports'
import { messageEventIsDue } from '../submission/store/message-events'
import { removeOldSessions } from '../submission/store/sessions'

const EVERY_MINUTE = '* * * * *'
/** REMINDERS_SILENT_MS in lib/operations/status.ts depends on it. */
const EVERY_FIVE_MINUTES = '*/5 * * * *'
/** A new secret is tested every 15 seconds, although jobs start once a minute. */
const ROTATION_TURN_MS = 15_000
const ROTATION_TURNS = 3

interface JobDeps {
  db: Db
  log: Logger
  /**
   * What is due, and what is old enough to be removed, is decided by the database's time: a clock of this machine may be wrong. A job calls
   * `current` before it uses what reads this clock, so that the database has been asked within the last minute.
   */
  clock: DatabaseClock
  /** Loads what talks to Microsoft, so each job first checks in the database whether anything is due. */
  services(): Promise<Services>
  remind(): Promise<void>
  /** Needs nothing but the database and the disk. */
  alerts: Pick<Alerts, 'watch' | 'weekly'>
}

export function scheduledJobs({ db, log, clock, services, remind, alerts }: JobDeps): ScheduledJob[] {
  return [
    job('housekeeping', '17 * * * *', () => cleanUp({ db, log, clock })),
    job('message-texts', EVERY_MINUTE, async () => void (await writeMessageTexts(db))),
    job('rotation', EVERY_MINUTE, async (stopping) => {
      for (let turn = 0; turn < ROTATION_TURNS; turn++) {
        if (turn > 0) await wait(ROTATION_TURN_MS, undefined, { signal: stopping }).catch(() => {})
        if (stopping.aborted) return
        if (!(await rotationIsDue(db, await clock.current()))) continue
        const count = await (await services()).credentials.advanceDueRotations()
        log.info('replacements continued', { count })
      }
    }),
    job('reminders', EVERY_FIVE_MINUTES, remind),
    job('alerts', EVERY_MINUTE, async () => {
      await clock.current()
      await alerts.watch()
      await alerts.weekly.plan()
      if (await alertOrReportIsDue(db)) await remind()
    }),
    job('failure-reports', EVERY_MINUTE, async () => {
      if (!(await failureReportIsDue(db))) return
      const count = await (await services()).failureReports.work()
      if (count > 0) log.info('failures reported', { count })
    }),
    job('credentials', EVERY_FIVE_MINUTES, async () => {
      const now = await clock.current()
      if ((await dueProbes(db, now)).length === 0 && (await dueRenewals(db, now)).length === 0) return
      const { probed } = await (await services()).credentials.runDailyChecks()
      if (probed > 0) log.info('credentials probed', { count: probed })
    }),
    job('inventory', EVERY_MINUTE, async () => {
      if (!(await inventoryIsDue(db, await clock.current()))) return
      const count = await (await services()).inventory.runDailyScan()
      log.info('app registrations read', { count })
    }),
    job('settling-retry', EVERY_MINUTE, async () => {
      if (await retryIsDue(db, await clock.current())) await (await services()).setupGuide.runDueRetries()
    }),
  ]
}

const job = (name: string, cron: string, run: ScheduledJob['run']): ScheduledJob => ({ name, cron, run })

/** Planning needs only the database. The services are loaded once something is to be sent. */
export function reminderRun({ db, log, clock, services }: Omit<JobDeps, 'remind' | 'alerts'>): () => Promise<void> {
  const notifyLog = createLogNotifier(log)
  return async () => {
    await clock.current()
    notifyLog(await planNow({ db, clock }))
    if (await notificationIsDue(db)) {
      const { sent, failed } = await (await services()).notifications.work()
      if (sent + failed > 0) log.info('reminders sent', { count: sent, outcome: failed === 0 ? 'all' : 'some failed' })
    }
    await beat(db, 'reminders', systemClock.now())
  }
}

/**
 * Waits for a first message, and only then begins to deliver, because what delivers takes a second to load. `stop` waits until it can stop a
 * delivery that is being begun: it would lose the database otherwise.
 */
export function deliveryRun({
  isDue,
  begin,
  log,
  lookMs,
}: {
  isDue(): Promise<boolean>
  begin(): Promise<Delivery>
  log: Logger
  lookMs: number
}) {
  let delivery: Promise<Delivery> | null = null
  let stopping = false
  return {
    async run(): Promise<void> {
      while (!stopping && !delivery) {
        try {
          if ((await isDue()) && !stopping) delivery = begin()
          await delivery
        } catch (error) {
          delivery = null
          log.warn('the outbox cannot use the database', { error })
        }
        if (!delivery) await wait(lookMs)
      }
      if (delivery) log.info('delivery started')
    },
    async stop(graceMs: number): Promise<void> {
      stopping = true
      await delivery?.then((begun) => begun.stop(graceMs)).catch(() => {})
    },
  }
}

/**
 * Begins to deliver events of messages. It does not wait for the end: each webhook is claimed, so that one that does not answer keeps no other
 * waiting. `stop` waits for the posts that are under way, so that none is repeated and no webhook remains claimed.
 */
export function eventRun({ db, log, clock, services }: Omit<JobDeps, 'remind' | 'alerts'>) {
  const warn = (error: unknown): void => log.warn('events of messages could not be delivered', { error })
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const begin = async (): Promise<void> => {
    if (!(await messageEventIsDue(db, await clock.current()))) return
    const { messageEvents } = await services()
    if (stopping.signal.aborted) return
    const delivery = messageEvents
      .deliver(stopping.signal)
      .then(() => {}, warn)
      .finally(() => running.delete(delivery))
    running.add(delivery)
  }
  const stop = async (): Promise<void> => {
    stopping.abort()
    await Promise.all(running)
  }
  return { run: () => begin().catch(warn), stop }
}

async function cleanUp({ db, log, clock }: Pick<JobDeps, 'db' | 'log' | 'clock'>): Promise<void> {
  const now = await clock.current()
  const { removed } = await removeExpired(db, now)
  const outbox = createOutboxService({ db, store: createOutboxStore(db, clock), clock })
  const sessions = await removeOldSessions(db, now)
  await noteFirstMessages(db)
  log.info('clean-up finished', { count: removed + sessions + (await outbox.removeOld()) })
}
