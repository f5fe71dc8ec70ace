import type { DiagnosisCode, Retry } from '../kernel/diagnosis-code'
import type { Stage } from '../kernel/stage'

/** A failure with its code. `remedy` gives the texts for it. */
export interface Diagnosis {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  /** The server's reply or the error, in one line. */
  evidence: string
}
