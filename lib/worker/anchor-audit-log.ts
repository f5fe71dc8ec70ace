import type { Anchoring } from '../audit/store/anchor'
import type { Logger } from '../kernel'

const LOG_EVERY_MS = 60 * 60_000

/**
 * Keeps the end of the audit log outside the database with each heartbeat, and once an hour in the log, which may be collected on
 * another machine. That it is missing, or could not be kept, is logged at once and then once an hour. Never throws.
 */
export function createAnchoring(
  move: () => Promise<Anchoring>,
  log: Logger,
  nowMs: () => number = () => performance.now(),
): () => Promise<void> {
  let logged: { outcome: Anchoring['state'] | 'failed'; atMs: number } | null = null
  return async () => {
    let error: unknown = null
    const done = await move().catch((thrown: unknown) => {
      error = thrown
    })
    const outcome = done?.state ?? 'failed'
    if (logged?.outcome === outcome && nowMs() - logged.atMs < LOG_EVERY_MS) return
    logged = { outcome, atMs: nowMs() }
    if (outcome === 'failed') log.warn('the end of the audit log could not be recorded', { error })
    if (outcome === 'lost') log.error('the end of the audit log is missing: run `postroom audit verify`')
    if (done?.end) log.info('end of the audit log', { sequence: Number(done.end.sequence), digest: done.end.hash })
  }
}
