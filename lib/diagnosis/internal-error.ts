import type { Stage } from '../kernel/stage'
import type { Diagnosis } from './diagnosis'

/**
 * Diagnoses an attempt that failed because of a bug. Only the kind of the error is kept, because its message may contain anything.
 * The log has the details. The attempt is retried, because a later version may not have the bug.
 */
export function diagnoseInternalError(error: unknown, stage: Stage): Diagnosis {
  const name = error instanceof Error ? error.name : typeof error
  return {
    code: 'unrecognised',
    stage,
    retry: 'yes',
    evidence: `an error in Postroom itself (${name}); the log has the details`,
  }
}
