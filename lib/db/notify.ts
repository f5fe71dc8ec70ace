import type { Redacted } from '../kernel'
import { type Db, direct, type Tx } from './client'
import { heldOpen, longLived } from './connection'
import { WORKER_LOCK } from './locks'

const CHANNEL = 'postroom_outbox'
/** Less than others wait before they take an absent worker for ended (lib/outbox/delivery/crashed-workers.ts). */
const RECONNECT_MS = 1_000

/** With the caller's transaction. */
export const wakeOthers = async (tx: Tx): Promise<void> => {
  await tx.$executeRaw`SELECT pg_notify(${CHANNEL}, '')::text`
}

/** Wakes them at once. It is only a hint, so its commit does not wait for the disk. */
export const wakeOthersNow = async (db: Db): Promise<void> => {
  await direct(
    db,
  )`/* prepared: outbox-wake */ SELECT set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, '')::text`
}

/** One connection that listens, and by whose lock others see that this worker lives. It reconnects after the database was away. */
export function listenForWakeUps(databaseUrl: Redacted, worker: number) {
  const waiting = new Set<() => void>()
  /** Something arrived while there was no waiter. */
  let missed = false

  function wake(): void {
    missed = waiting.size === 0
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  const connect = () => longLived(databaseUrl, 'postroom outbox')
  const held = heldOpen(connect, RECONNECT_MS, async (client) => {
    client.on('notification', wake)
    await client.query('SELECT pg_advisory_lock_shared($1, $2)', [WORKER_LOCK, worker])
    await client.query(`LISTEN ${CHANNEL}`)
    wake()
  })

  return {
    ...held,
    /** Ends at a wake-up, after `ms`, or with the signal. */
    wait(ms: number, signal: AbortSignal): Promise<void> {
      if (missed || signal.aborted) {
        missed = false
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        signal.addEventListener('abort', done)
        waiting.add(done)
      })
    },
  }
}

/** Woken when any process accepts a message. Only a hint, because listeners also poll. */
export type WakeUp = Pick<ReturnType<typeof listenForWakeUps>, 'wait'>
