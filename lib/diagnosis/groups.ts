import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { FAULTS } from '../kernel/generated/faults/codes'

/** The groups of diagnosis codes, in the order of the stages of a test. */
export const DIAGNOSIS_GROUPS = [...new Set(DIAGNOSIS_CODES.map((code) => FAULTS[code].group))]

export const codesOfGroup = (group: (typeof DIAGNOSIS_GROUPS)[number]): DiagnosisCode[] =>
  DIAGNOSIS_CODES.filter((code) => FAULTS[code].group === group)

export const isDiagnosisCode = (text: string): text is DiagnosisCode => DIAGNOSIS_CODES.some((code) => code === text)
