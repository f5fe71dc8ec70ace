import os from 'node:os'
import type { Db } from '../db'
import { type Logger, SECOND_MS, systemClock } from '../kernel'
import { beat, endBeat } from './store/heartbeats'

const HEARTBEAT_MS = 30 * SECOND_MS

/** Says now and every 30 seconds that this process lives, each time followed by `also`. `end` when it ends in order. */
export async function keepBeating(db: Db, log: Pick<Logger, 'warn'>, name: string, also = async () => {}) {
  const host = os.hostname()
  const notWritten = (error: unknown): void => log.warn('heartbeat not written', { error })
  const sayAlive = () => beat(db, name, systemClock.now(), host).then(also).catch(notWritten)
  let beating = sayAlive()
  await beating
  const timer = setInterval(() => {
    beating = sayAlive()
  }, HEARTBEAT_MS)
  return {
    /** Waits for a heartbeat that is under way: it would lose the database, or report a process that has ended. */
    async end() {
      clearInterval(timer)
      await beating
      await endBeat(db, name, host).catch(notWritten)
    },
  }
}
