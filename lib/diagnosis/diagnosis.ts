import type { DiagnosisCode, Retry } from '../kernel/diagnosis-code'
import type { Stage } from '../kernel/stage'

/** One failure, named. The words for it come from `remedy`. */
export interface Diagnosis {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  /** What the other side said, one line. */
  evidence: string
}
