import { type Clock, PgBoss, systemClock } from 'pg-boss'
import type { Redacted } from '../kernel'
import { connectionOf } from './connection'

/** What workers run by the clock: each time once, however many workers there are. */
export interface ScheduledJob {
  name: string
  /** Five fields, UTC. */
  cron: string
  /** @param stopping is aborted when the scheduler stops, so that a job does not wait for its next turn then */
  run(stopping: AbortSignal): Promise<void>
}

export type Scheduler = Awaited<ReturnType<typeof startScheduler>>

/** Two are enough for jobs that run one at a time. */
const CONNECTIONS_MAX = 2
const EXPIRE_S = 15 * 60
/** How often new jobs are looked for. It matters only while the connection that notifies of them is away. */
export const POLL_S = 10
/** A job whose worker has crashed is started again after this. */
const HEARTBEAT_S = 60

/** The longest wait that Node takes. It ends a longer one after a millisecond, with a warning. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** pg-boss waits for times of the calendar: after that was set back by weeks, it waits too long for a timer, and then again. */
export const schedulerClock: Clock = {
  ...systemClock,
  setTimeout: (act, ms) => systemClock.setTimeout(act, Math.min(ms, TIMER_MS_MAX)),
}

/**
 * pg-boss passes errors on as plain copies, which a log would not recognise as errors. Name, cause and stack are kept, and what shows that
 * PostgreSQL reported it: its severity and SQLSTATE.
 */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const { message, stack, name, code, severity, queue } = Object(thrown) as Record<string, unknown>
  const explanation = typeof thrown === 'string' ? thrown : message
  const text =
    typeof explanation === 'string' && explanation !== '' ? explanation : 'the queue failed without a message'
  const error = new Error(typeof queue === 'string' ? `${queue}: ${text}` : text, { cause: thrown })
  if (typeof stack === 'string') error.stack = stack
  if (typeof name === 'string') error.name = name
  if (typeof code === 'string') Object.assign(error, { code })
  return typeof severity === 'string' ? Object.assign(error, { severity }) : error
}

/**
 * @param onError temporary faults of the queue itself, for example a database that is away, and what it warns of, for example that it is
 * not notified of jobs. The queue continues afterwards.
 */
export async function startScheduler(
  databaseUrl: Redacted,
  jobs: readonly ScheduledJob[],
  onError: (error: unknown, isWarning?: true) => void,
) {
  const boss = new PgBoss({
    ...connectionOf(databaseUrl, 'postroom scheduler'),
    max: CONNECTIONS_MAX,
    clock: schedulerClock,
    createSchema: false, // a migration makes it: this role may not
    registerInstance: false, // only a dashboard of pg-boss would read it, and after a start on a full disk each renewal fails
    useListenNotify: true,
  })
  const stopping = new AbortController()
  boss.on('error', (thrown) => onError(asError(thrown)))
  boss.on('warning', (warning) => onError(asError(warning), true))
  try {
    await boss.start()
    for (const { name, cron, run } of jobs) {
      await boss.createQueue(name, {
        policy: 'exclusive',
        expireInSeconds: EXPIRE_S,
        heartbeatSeconds: HEARTBEAT_S,
        retryLimit: 2,
      })
      await boss.updateQueue(name, { notify: true }) // an earlier version may have created the queue
      await boss.schedule(name, cron)
      await boss.work(name, { pollingIntervalSeconds: POLL_S }, () => run(stopping.signal))
    }
  } catch (thrown) {
    await boss.stop({ graceful: false }).catch(() => {}) // its connections
    throw thrown
  }
  return {
    /** Lets running jobs finish for `graceMs`; what is left is taken up by the next worker. */
    stop(graceMs: number): Promise<void> {
      stopping.abort()
      return boss.stop({ graceful: true, timeout: graceMs })
    },
  }
}
