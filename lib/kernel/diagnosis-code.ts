import { recordOf } from './record-of'

/** Whether the outbox retries automatically: `later` after hours only, `settling` for up to two hours after a change at Microsoft. */
export type Retry = 'no' | 'yes' | 'later' | 'settling'

/**
 * What a fault says about the mail server, for its failover server (docs/decisions/0016).
 *
 * - `connection`: the server is not reached, or does not let us log in. It is the server's fault only before any message has begun.
 * - `server`: it refuses all our messages, at whatever stage.
 * - `rate`: it wants us to send more slowly, which a second mail server would only hide.
 * - `block`: it takes us for a sender of spam, and the good reputation of another server is not risked for that.
 * - `message`: this sender, recipient or content.
 */
export type Concern = 'connection' | 'server' | 'rate' | 'block' | 'message'

/** One name for each fault, with its retry class and its concern. It is a public contract of JSON answers, logs and `/help/<code>`. */
const FAULTS = {
  'settings-incomplete': ['no', 'connection'],
  'secret-missing': ['no', 'connection'],
  'secret-unreadable': ['no', 'connection'],
  'name-not-found': ['no', 'connection'],
  'name-lookup-failed': ['yes', 'connection'],
  'address-not-allowed': ['no', 'connection'],
  'connection-refused': ['yes', 'connection'],
  'connection-timed-out': ['yes', 'connection'],
  'connection-lost': ['yes', 'connection'],
  'network-unreachable': ['no', 'connection'],
  'certificate-untrusted': ['no', 'connection'],
  'certificate-expired': ['no', 'connection'],
  'certificate-name-mismatch': ['no', 'connection'],
  'tls-version-unsupported': ['no', 'connection'],
  'tls-handshake-refused': ['no', 'connection'],
  'tls-expected': ['no', 'connection'],
  'starttls-not-offered': ['no', 'connection'],
  'starttls-required': ['no', 'server'],
  'not-an-smtp-server': ['no', 'connection'],
  'deadline-passed': ['yes', 'connection'],
  'secret-invalid': ['settling', 'connection'],
  'secret-expired': ['no', 'connection'],
  'application-not-found': ['no', 'connection'],
  'application-disabled': ['no', 'connection'],
  'tenant-not-found': ['no', 'connection'],
  'tenant-restricted-by-proxy': ['no', 'connection'],
  'assignment-required': ['no', 'connection'],
  'tenant-not-specific': ['no', 'connection'],
  'wrong-cloud': ['no', 'connection'],
  'exchange-not-in-tenant': ['no', 'connection'],
  'scope-invalid': ['no', 'connection'],
  'request-malformed': ['no', 'connection'],
  'public-client': ['no', 'connection'],
  'service-principal-missing': ['no', 'connection'],
  'consent-missing': ['settling', 'connection'],
  'permission-misconfigured': ['no', 'connection'],
  'blocked-by-conditional-access': ['no', 'connection'],
  'certificate-rejected': ['settling', 'connection'],
  'assertion-time-invalid': ['no', 'connection'],
  'assertion-mismatch': ['no', 'connection'],
  'federated-credential-mismatch': ['settling', 'connection'],
  'wrong-flow': ['no', 'connection'],
  'entra-unavailable': ['yes', 'connection'],
  'entra-throttled': ['yes', 'rate'],
  'token-reply-invalid': ['yes', 'connection'],
  'clock-wrong': ['no', 'connection'],
  'token-wrong-audience': ['no', 'connection'],
  'token-wrong-tenant': ['no', 'connection'],
  'token-delegated': ['no', 'connection'],
  'role-missing': ['settling', 'connection'],
  'role-wrong': ['settling', 'connection'],
  'smtp-auth-disabled-for-tenant': ['settling', 'connection'],
  'smtp-auth-disabled-for-mailbox': ['settling', 'connection'],
  'blocked-by-security-defaults': ['no', 'connection'],
  'blocked-by-sign-in-policy': ['no', 'connection'],
  'basic-auth-disabled': ['no', 'connection'],
  'credentials-incorrect': ['no', 'connection'],
  'exchange-rejected-token': ['settling', 'connection'],
  'auth-mechanism-unavailable': ['no', 'connection'],
  'token-expires-too-soon': ['yes', 'connection'],
  'not-authenticated': ['no', 'server'],
  'send-as-denied': ['settling', 'server'],
  'mailbox-permission-missing': ['settling', 'server'],
  'concurrency-exceeded': ['yes', 'rate'],
  'recipient-throttled': ['yes', 'rate'],
  'daily-quota-exceeded': ['later', 'rate'],
  'mailbox-full': ['no', 'message'],
  'sender-blocked': ['no', 'block'],
  'sender-domain-invalid': ['no', 'message'],
  'sender-authentication-failed': ['no', 'message'],
  'tenant-blocked': ['no', 'block'],
  'tenant-recipient-limit': ['later', 'rate'],
  'domain-not-registered': ['no', 'server'],
  'reputation-block': ['yes', 'block'],
  'server-busy': ['yes', 'connection'],
  'temporarily-refused': ['yes', 'connection'],
  'message-too-large': ['no', 'message'],
  'too-many-recipients': ['yes', 'message'],
  'address-malformed': ['no', 'message'],
  'recipient-not-found': ['no', 'message'],
  'recipient-refused': ['no', 'message'],
  'relay-denied': ['no', 'message'],
  'wrong-region': ['no', 'server'],
  'our-address-blocked': ['no', 'block'],
  'helo-rejected': ['no', 'server'],
  'from-header-invalid': ['no', 'message'],
  'content-rejected': ['no', 'message'],
  'smtputf8-unsupported': ['no', 'message'],
  unrecognised: ['no', 'connection'],
} as const satisfies Record<string, readonly [Retry, Concern]>

export type DiagnosisCode = keyof typeof FAULTS
export const DIAGNOSIS_CODES = Object.keys(FAULTS) as DiagnosisCode[]

export const RETRY_OF = recordOf<DiagnosisCode, Retry>(DIAGNOSIS_CODES, (code) => FAULTS[code][0])
export const CONCERN_OF = recordOf<DiagnosisCode, Concern>(DIAGNOSIS_CODES, (code) => FAULTS[code][1])
