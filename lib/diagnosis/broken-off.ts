import type { Stage } from '../kernel/stage'
import type { Diagnosis } from './diagnosis'

/**
 * An attempt that an error of our own ended. Only the kind of error is kept, because its message may hold anything; the
 * log has the rest. Retried with back-off: a later version, or another circumstance, may not meet the error.
 */
export function brokenOff(error: unknown, stage: Stage): Diagnosis {
  const name = error instanceof Error ? error.name : typeof error
  return {
    code: 'unrecognised',
    stage,
    retry: 'yes',
    evidence: `an error in Postroom itself (${name}); the log has the details`,
  }
}
