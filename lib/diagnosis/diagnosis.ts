import type { DiagnosisCode, Retry, Stage } from '../kernel'
import { scrub } from '../net'

/** A failure with its code. `remedy` gives the texts for it. */
export interface Diagnosis {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  /** The server's reply or the error, in one line. */
  evidence: string
}

/** Makes a text one printable line of limited length. */
export const evidenceLine = (text: string): string => scrub(text.replace(/\s+/g, ' ').trim())

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
