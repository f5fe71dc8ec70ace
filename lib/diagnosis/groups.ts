import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'

/** The groups of diagnosis codes, in the order of the stages of a test. Each is given by its first code. */
const FIRST_OF = {
  settings: 'settings-incomplete',
  connection: 'name-not-found',
  token: 'secret-invalid',
  claims: 'token-wrong-audience',
  auth: 'smtp-auth-disabled-for-tenant',
  sending: 'not-authenticated',
} as const satisfies Record<string, DiagnosisCode>

export type DiagnosisGroup = keyof typeof FIRST_OF
export const DIAGNOSIS_GROUPS = Object.keys(FIRST_OF) as DiagnosisGroup[]

export function codesOfGroup(group: DiagnosisGroup): DiagnosisCode[] {
  const next = DIAGNOSIS_GROUPS[DIAGNOSIS_GROUPS.indexOf(group) + 1]
  const from = DIAGNOSIS_CODES.indexOf(FIRST_OF[group])
  return DIAGNOSIS_CODES.slice(from, next ? DIAGNOSIS_CODES.indexOf(FIRST_OF[next]) : undefined)
}

export const isDiagnosisCode = (text: string): text is DiagnosisCode => DIAGNOSIS_CODES.some((code) => code === text)
