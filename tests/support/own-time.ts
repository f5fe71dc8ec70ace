import { existsSync, readFileSync } from 'node:fs'

/** Time on the processor, and time ready for one, both in nanoseconds (schedstat in proc(5)). */
const SCHEDSTAT = '/proc/thread-self/schedstat'

/**
 * Milliseconds on a clock that stops while this thread is ready to work and other programs have the processors: what a bound on waiting is
 * measured by, whatever else the machine does.
 */
export function ownMs(): number {
  const waited = existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[1]) / 1e6 : 0
  return performance.now() - waited
}
