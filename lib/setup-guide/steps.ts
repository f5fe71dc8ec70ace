import type { PortalLabel } from '../diagnosis'
import type { DiagnosisCode } from '../kernel'
import { SET_UP_STEPS } from '../kernel/generated/faults/set-up-steps'
import type { Choices, Part } from './choices'
import type { SavedServer } from './store/evidence'

export type StepId = keyof typeof SET_UP_STEPS
export const STEP_IDS = Object.keys(SET_UP_STEPS) as StepId[]

export interface Step {
  id: StepId
  part: Part
  /** The page in Microsoft's portal where it is done, or null if only PowerShell can do it. */
  portal: PortalLabel | null
  /** The page of this console where it is done or started. */
  page?: '/mail-server' | '/credentials'
  /** Diagnosis codes which show that it is not done, or done wrongly. */
  rejectedBy: readonly DiagnosisCode[]
}

/** As docs/faults/set-up-steps.yaml has them. */
const STEPS: Record<StepId, Omit<Step, 'id'>> = SET_UP_STEPS

/** Diagnosis codes that concern the stored credential, by its kind. */
export const CREDENTIAL_CODES: Record<NonNullable<SavedServer['credential']>, readonly DiagnosisCode[]> = {
  secret: STEPS.secret.rejectedBy,
  certificate: STEPS.certificate.rejectedBy,
  secretless: [
    'federated-credential-mismatch',
    'certificate-rejected',
    'assertion-time-invalid',
    'assertion-mismatch',
    'secret-missing',
  ],
}

/** The steps for these choices, in the order in which they are done. */
export function stepsFor({ path, credential }: Pick<Choices, 'path' | 'credential'>): Step[] {
  const omitted: readonly StepId[] = [
    credential === 'secret' ? 'certificate' : 'secret',
    ...(path === 'mailbox'
      ? (['noPermission', 'rbacRole'] as const)
      : (['permission', 'consent', 'mailboxPermission'] as const)),
  ]
  return STEP_IDS.filter((id) => !omitted.includes(id)).map((id) => ({ id, ...STEPS[id] }))
}
