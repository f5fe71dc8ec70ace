import { setTimeout as wait } from 'node:timers/promises'
import { anchorFile } from '../audit/anchor'
import { moveAnchor } from '../audit/store/anchor'
import { diskFullText } from '../config/disk-full'
import { readEnvironment } from '../config/environment'
import { createLog } from '../config/logger'
import { createLogNotifier, planNow } from '../credentials/reminders/send'
import { probeIsDue, rotationIsDue } from '../credentials/store/due'
import { inventoryIsDue } from '../credentials/store/inventory'
import { reminderIsDue } from '../credentials/store/reminders'
import { chainKeysIn } from '../crypto/audit-keys'
import { createDb } from '../db/client'
import { type Clockwork, startClockwork } from '../db/jobs'
import { holdPresence } from '../db/maintenance/presence'
import { systemClock } from '../kernel/clock'
import { whenStarterGone } from '../kernel/starter'
import { beat, removeExpired } from '../operations/clean-up'
import type { Delivery } from '../outbox/delivery/scheduler'
import { createOutboxService } from '../outbox/service'
import { writeMessageTexts } from '../outbox/store/search'
import { createOutboxStore, outboxIsDue } from '../outbox/store/store'
import type { Services } from '../services'
import { retryIsDue } from '../setup-guide/store/retry-plans'
import { createRecordEnd } from './record-end'

const HEARTBEAT_MS = 30_000
/** Every five minutes; REMINDERS_SILENT_MS in lib/operations/status.ts goes by it. */
const REMINDERS_CRON = '*/5 * * * *'
const DRAIN_MS = 25_000
/** A fresh secret is asked about every 15 seconds; the clock itself ticks once a minute. */
const ROTATION_TURN_MS = 15_000
const ROTATION_TURNS = 3
const OUTBOX_LOOK_MS = 2_000
/** A database that is away is waited for: dying of it would only be a crash loop. */
const DATABASE_PAUSE_MS = 3_000

/** The clock's process. It opens the stores it needs and nothing else: it is to stay small. */
async function main(): Promise<void> {
  const read = readEnvironment(process.env)
  if (!read.ok) return refuse(`${read.error.variable} ${read.error.problem}`)
  const environment = read.value
  const { databaseUrl, logLevel, authSecret, keys } = environment
  if (databaseUrl === null) return refuse('DATABASE_URL is not set: the host passes it on')
  const secrets = [authSecret, ...keys.map(({ key }) => key)]
  const log = createLog({ level: logLevel, process: 'worker', secrets, explain: diskFullText(environment) })
  const recordKeys = chainKeysIn(environment)
  const db = createDb(databaseUrl, recordKeys)
  holdPresence(databaseUrl, 'worker') // until this process ends

  const sayAlive = (): Promise<void> =>
    beat(db, 'worker', systemClock.now()).catch((error: unknown) => log.warn('heartbeat not written', { error }))
  await sayAlive()
  const anchor = anchorFile(environment.dataDir, recordKeys)
  const keepRecordEnd = createRecordEnd(() => moveAnchor(db, anchor), log)
  void keepRecordEnd()
  const heart = setInterval(() => void sayAlive().then(keepRecordEnd), HEARTBEAT_MS)

  let services: Services | null = null
  /** What speaks with Microsoft is loaded when there is something to say: the worker stays small. */
  const allServices = async (): Promise<Services> => {
    const { createServices } = await import('../services')
    services ??= createServices(environment, { process: 'worker' })
    return services
  }
  const notifyLog = createLogNotifier(log)
  /** Planning needs only the database. The services are created once something is to be sent. */
  async function remind(): Promise<void> {
    notifyLog(await planNow({ db, clock: systemClock }))
    if (await reminderIsDue(db)) {
      const { sent, failed } = await (await allServices()).reminders.work()
      if (sent + failed > 0) log.info('reminders sent', { count: sent, outcome: failed === 0 ? 'all' : 'some failed' })
    }
    await beat(db, 'reminders', systemClock.now())
  }
  let stopping = false
  let delivery: Delivery | null = null
  /** Polls until the first message arrives, and only then loads the code that delivers it. */
  async function deliver(): Promise<void> {
    while (!stopping) {
      try {
        if (await outboxIsDue(db)) {
          const started = await (await allServices()).outbox.deliver()
          log.info('delivery runs')
          delivery = started
          return
        }
      } catch (error) {
        log.warn('the outbox does not answer', { error })
      }
      await wait(OUTBOX_LOOK_MS)
    }
  }
  const startClock = () =>
    startClockwork(
      databaseUrl,
      [
        {
          name: 'housekeeping',
          cron: '17 * * * *',
          async run() {
            const { removed } = await removeExpired(db, systemClock.now())
            log.info('housekeeping done', {
              count:
                removed +
                (await createOutboxService({
                  store: createOutboxStore(db, systemClock),
                  clock: systemClock,
                }).removeOld()),
            })
          },
        },
        {
          name: 'message-texts',
          cron: '* * * * *',
          run: async () => void (await writeMessageTexts(db)),
        },
        {
          name: 'rotation',
          cron: '* * * * *',
          async run() {
            for (let turn = 0; turn < ROTATION_TURNS; turn++) {
              if (turn > 0) await wait(ROTATION_TURN_MS)
              if (!(await rotationIsDue(db, systemClock.now()))) continue
              const count = await (await allServices()).credentials.advanceDueRotations()
              log.info('rotations taken further', { count })
            }
          },
        },
        {
          name: 'reminders',
          cron: REMINDERS_CRON,
          run: remind,
        },
        {
          name: 'credentials',
          cron: '*/5 * * * *',
          async run() {
            if (!(await probeIsDue(db, systemClock.now()))) return
            const { probed } = await (await allServices()).credentials.runDailyChecks()
            log.info('credentials probed', { count: probed })
          },
        },
        {
          name: 'inventory',
          cron: '* * * * *',
          async run() {
            if (!(await inventoryIsDue(db, systemClock.now()))) return
            const count = await (await allServices()).inventory.runDailyScan()
            log.info('app registrations read', { count })
          },
        },
        {
          name: 'settling-retry',
          cron: '* * * * *',
          async run() {
            if (!(await retryIsDue(db, systemClock.now()))) return
            await (await allServices()).setupGuide.runDueRetries()
          },
        },
      ],
      (error) => log.error('clock failed', { error }),
    )
  let clockwork: Clockwork | null = null

  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info('worker stops', { reason })
    clearInterval(heart)
    await Promise.all([clockwork?.stop(DRAIN_MS), delivery?.stop(DRAIN_MS)])
    await services?.db.$disconnect()
    await db.$disconnect()
    process.exit(0)
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void stop(name))
  whenStarterGone(() => void stop('the host is gone'))

  while (!clockwork && !stopping) {
    try {
      clockwork = await startClock()
    } catch (error) {
      log.warn('the database does not answer yet', { error })
      await wait(DATABASE_PAUSE_MS)
    }
  }
  void deliver()
  // Work that became due while no worker ran does not wait for the next tick.
  if (!stopping) await remind().catch((error: unknown) => log.error('clock failed', { error }))
  log.info('worker runs')
}

function refuse(line: string): void {
  process.stderr.write(`postroom worker: ${line}\n`)
  process.exitCode = 1
  process.disconnect?.()
}

await main()
