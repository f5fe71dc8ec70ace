import type { PortalLabel } from '../diagnosis'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Choices, Part } from './choices'
import type { SavedServer } from './store/evidence'

export const STEP_IDS = [
  'register',
  'secret',
  'certificate',
  'permission',
  'consent',
  'noPermission',
  'objectId',
  'servicePrincipal',
  'mailboxPermission',
  'rbacRole',
  'smtpAuth',
  'fillIn',
  'save',
  'test',
] as const
export type StepId = (typeof STEP_IDS)[number]

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

const ROLE_CODES = ['consent-missing', 'permission-misconfigured', 'role-missing', 'role-wrong'] as const
/** Exchange answers the same whether it does not know the application or does not allow it to use the mailbox. */
const LOGIN_REFUSED = 'exchange-rejected-token'
/** Diagnosis codes that concern the stored credential, by its kind. */
export const CREDENTIAL_CODES: Record<NonNullable<SavedServer['credential']>, readonly DiagnosisCode[]> = {
  secret: ['secret-invalid', 'secret-expired', 'secret-missing', 'secret-unreadable'],
  certificate: [
    'certificate-rejected',
    'assertion-time-invalid',
    'assertion-mismatch',
    'secret-missing',
    'secret-unreadable',
  ],
  secretless: [
    'federated-credential-mismatch',
    'certificate-rejected',
    'assertion-time-invalid',
    'assertion-mismatch',
    'secret-missing',
  ],
}
const MAILBOX_CODES = ['mailbox-permission-missing', 'send-as-denied', LOGIN_REFUSED] as const

const STEPS: Record<StepId, Omit<Step, 'id'>> = {
  register: {
    part: 'entra',
    portal: 'appList',
    rejectedBy: [
      'application-not-found',
      'application-disabled',
      'tenant-not-found',
      'tenant-not-specific',
      'wrong-cloud',
      'exchange-not-in-tenant',
      'service-principal-missing',
      'public-client',
      'token-wrong-tenant',
    ],
  },
  secret: {
    part: 'entra',
    portal: 'credentials',
    rejectedBy: CREDENTIAL_CODES.secret,
  },
  certificate: {
    part: 'entra',
    portal: 'credentials',
    page: '/credentials',
    rejectedBy: CREDENTIAL_CODES.certificate,
  },
  permission: { part: 'entra', portal: 'permissions', rejectedBy: ROLE_CODES },
  consent: { part: 'entra', portal: 'permissions', rejectedBy: ROLE_CODES },
  noPermission: { part: 'entra', portal: 'permissions', rejectedBy: [] },
  objectId: { part: 'entra', portal: 'enterpriseApp', rejectedBy: [] },
  servicePrincipal: { part: 'exchange', portal: null, rejectedBy: [LOGIN_REFUSED] },
  mailboxPermission: { part: 'exchange', portal: null, rejectedBy: MAILBOX_CODES },
  rbacRole: { part: 'exchange', portal: null, rejectedBy: MAILBOX_CODES },
  smtpAuth: {
    part: 'exchange',
    portal: 'usersAdmin',
    rejectedBy: ['smtp-auth-disabled-for-tenant', 'smtp-auth-disabled-for-mailbox'],
  },
  fillIn: { part: 'here', portal: null, page: '/mail-server', rejectedBy: ['settings-incomplete'] },
  save: { part: 'here', portal: null, rejectedBy: [] },
  test: { part: 'here', portal: null, page: '/mail-server', rejectedBy: [] },
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
