import type { DiagnosisCode } from '../../kernel/diagnosis-code'
import type { Stage } from '../../kernel/stage'
import { isSenderRefusal } from '../../mail-server/senders/rejection'
import type { Scope } from './retry-plan'

/**
 * What a fault says of the mail server, for its backup (docs/decisions/0016).
 * `way`: it is not reached, or does not let us in; so it is only as long as no mail was begun. `server`: it refuses all our mail, at
 * whatever step. `pace`: it wants us slower, which a second mail server would only hide. `block`: it takes us for a sender of spam,
 * and another one's good name is not spent on that. `mail`: this sender, recipient or content.
 */
type Concern = 'way' | 'server' | 'pace' | 'block' | 'mail'

const CONCERN = {
  'settings-incomplete': 'way',
  'secret-missing': 'way',
  'secret-unreadable': 'way',
  'name-not-found': 'way',
  'name-lookup-failed': 'way',
  'address-not-allowed': 'way',
  'connection-refused': 'way',
  'connection-timed-out': 'way',
  'connection-lost': 'way',
  'network-unreachable': 'way',
  'certificate-untrusted': 'way',
  'certificate-expired': 'way',
  'certificate-name-mismatch': 'way',
  'tls-version-unsupported': 'way',
  'tls-handshake-refused': 'way',
  'tls-expected': 'way',
  'starttls-not-offered': 'way',
  'starttls-required': 'server',
  'not-an-smtp-server': 'way',
  'deadline-passed': 'way',
  'secret-invalid': 'way',
  'secret-expired': 'way',
  'application-not-found': 'way',
  'application-disabled': 'way',
  'tenant-not-found': 'way',
  'tenant-restricted-by-proxy': 'way',
  'assignment-required': 'way',
  'tenant-not-specific': 'way',
  'wrong-cloud': 'way',
  'exchange-not-in-tenant': 'way',
  'scope-invalid': 'way',
  'request-malformed': 'way',
  'public-client': 'way',
  'service-principal-missing': 'way',
  'consent-missing': 'way',
  'permission-misconfigured': 'way',
  'blocked-by-conditional-access': 'way',
  'certificate-rejected': 'way',
  'assertion-time-invalid': 'way',
  'assertion-mismatch': 'way',
  'federated-credential-mismatch': 'way',
  'wrong-flow': 'way',
  'entra-unavailable': 'way',
  'entra-throttled': 'pace',
  'token-reply-invalid': 'way',
  'clock-wrong': 'way',
  'token-wrong-audience': 'way',
  'token-wrong-tenant': 'way',
  'token-delegated': 'way',
  'role-missing': 'way',
  'role-wrong': 'way',
  'smtp-auth-disabled-for-tenant': 'way',
  'smtp-auth-disabled-for-mailbox': 'way',
  'blocked-by-security-defaults': 'way',
  'blocked-by-sign-in-policy': 'way',
  'basic-auth-disabled': 'way',
  'credentials-incorrect': 'way',
  'exchange-rejected-token': 'way',
  'auth-mechanism-unavailable': 'way',
  'token-expires-too-soon': 'way',
  'not-authenticated': 'server',
  'send-as-denied': 'server',
  'mailbox-permission-missing': 'server',
  'concurrency-exceeded': 'pace',
  'recipient-throttled': 'pace',
  'daily-quota-exceeded': 'pace',
  'mailbox-full': 'mail',
  'sender-blocked': 'block',
  'sender-domain-invalid': 'mail',
  'sender-authentication-failed': 'mail',
  'tenant-blocked': 'block',
  'tenant-recipient-limit': 'pace',
  'domain-not-registered': 'server',
  'reputation-block': 'block',
  'server-busy': 'way',
  'temporarily-refused': 'way',
  'message-too-large': 'mail',
  'too-many-recipients': 'mail',
  'address-malformed': 'mail',
  'recipient-not-found': 'mail',
  'recipient-refused': 'mail',
  'relay-denied': 'mail',
  'wrong-region': 'server',
  'our-address-blocked': 'block',
  'helo-rejected': 'server',
  'from-header-invalid': 'mail',
  'content-rejected': 'mail',
  'smtputf8-unsupported': 'mail',
  unrecognised: 'way',
} as const satisfies Record<DiagnosisCode, Concern>

/** MAIL FROM begins a mail. */
const BEFORE_ANY_MAIL: readonly Stage[] = ['settings', 'token', 'claims', 'connect', 'tls', 'auth']

/**
 * A fault that is certainly the mail server's own, and none that a mail met which it may have taken: its backup takes over.
 * Total: every code at every step has an answer. Whether an outcome is unknown is asked of the attempt, not here.
 */
export function isOwnFault(
  { code, stage }: { code: DiagnosisCode; stage: Stage },
  { scope, isOwnMailbox }: { scope: Scope; isOwnMailbox: boolean },
): boolean {
  // One mail's fault is that mail's; and what another mailbox may not do says nothing of the mail server.
  if (scope === 'message' || (!isOwnMailbox && isSenderRefusal(code, { ownLogin: true }))) return false
  const concern: Concern = CONCERN[code]
  return concern === 'server' || (concern === 'way' && BEFORE_ANY_MAIL.includes(stage))
}
