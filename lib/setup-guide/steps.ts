import type { PortalLabel } from '../diagnosis'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Choices, Part } from './choices'
import type { SavedServer } from './ports'

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
  /** The page in Microsoft's portal where it is done. Null: none has it, only PowerShell. */
  portal: PortalLabel | null
  /** The page of this console where it is done or begins. */
  page?: '/mail-server' | '/credentials'
  /** These say that it is not done, or not right. */
  rejectedBy: readonly DiagnosisCode[]
}

const ROLE_CODES = ['consent-missing', 'permission-misconfigured', 'role-missing', 'role-wrong'] as const
/** Exchange refuses a login alike, whether it does not know the application or does not let it into the mailbox. */
const LOGIN_REFUSED = 'exchange-rejected-token'
/** What Entra, or our own store, says of the credential in use, whatever it is. */
export const CREDENTIAL_CODES: Record<NonNullable<SavedServer['proof']>, readonly DiagnosisCode[]> = {
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

/** The steps of a way through, in the order they are done. */
export function stepsFor({ path, proof }: Pick<Choices, 'path' | 'proof'>): Step[] {
  const left: readonly StepId[] = [
    proof === 'secret' ? 'certificate' : 'secret',
    ...(path === 'mailbox'
      ? (['noPermission', 'rbacRole'] as const)
      : (['permission', 'consent', 'mailboxPermission'] as const)),
  ]
  return STEP_IDS.filter((id) => !left.includes(id)).map((id) => ({ id, ...STEPS[id] }))
}
