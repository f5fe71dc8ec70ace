import type { DiagnosisCode } from '../../kernel/diagnosis-code'
import { BEFORE_ANY_MESSAGE, type Stage } from '../../kernel/stage'
import { isSenderRefusal } from '../../mail-server/senders/rejection'
import type { Scope } from './scope'

/**
 * What a fault says about the mail server, for its failover server (docs/decisions/0016).
 *
 * - `connection`: the server is not reached, or does not let us log in. It is the server's fault only before any message has begun.
 * - `server`: it refuses all our messages, at whatever stage.
 * - `rate`: it wants us to send more slowly, which a second mail server would only hide.
 * - `block`: it takes us for a sender of spam, and the good reputation of another server is not risked for that.
 * - `message`: this sender, recipient or content.
 */
type Concern = 'connection' | 'server' | 'rate' | 'block' | 'message'

const CONCERN = {
  'settings-incomplete': 'connection',
  'secret-missing': 'connection',
  'secret-unreadable': 'connection',
  'name-not-found': 'connection',
  'name-lookup-failed': 'connection',
  'address-not-allowed': 'connection',
  'connection-refused': 'connection',
  'connection-timed-out': 'connection',
  'connection-lost': 'connection',
  'network-unreachable': 'connection',
  'certificate-untrusted': 'connection',
  'certificate-expired': 'connection',
  'certificate-name-mismatch': 'connection',
  'tls-version-unsupported': 'connection',
  'tls-handshake-refused': 'connection',
  'tls-expected': 'connection',
  'starttls-not-offered': 'connection',
  'starttls-required': 'server',
  'not-an-smtp-server': 'connection',
  'deadline-passed': 'connection',
  'secret-invalid': 'connection',
  'secret-expired': 'connection',
  'application-not-found': 'connection',
  'application-disabled': 'connection',
  'tenant-not-found': 'connection',
  'tenant-restricted-by-proxy': 'connection',
  'assignment-required': 'connection',
  'tenant-not-specific': 'connection',
  'wrong-cloud': 'connection',
  'exchange-not-in-tenant': 'connection',
  'scope-invalid': 'connection',
  'request-malformed': 'connection',
  'public-client': 'connection',
  'service-principal-missing': 'connection',
  'consent-missing': 'connection',
  'permission-misconfigured': 'connection',
  'blocked-by-conditional-access': 'connection',
  'certificate-rejected': 'connection',
  'assertion-time-invalid': 'connection',
  'assertion-mismatch': 'connection',
  'federated-credential-mismatch': 'connection',
  'wrong-flow': 'connection',
  'entra-unavailable': 'connection',
  'entra-throttled': 'rate',
  'token-reply-invalid': 'connection',
  'clock-wrong': 'connection',
  'token-wrong-audience': 'connection',
  'token-wrong-tenant': 'connection',
  'token-delegated': 'connection',
  'role-missing': 'connection',
  'role-wrong': 'connection',
  'smtp-auth-disabled-for-tenant': 'connection',
  'smtp-auth-disabled-for-mailbox': 'connection',
  'blocked-by-security-defaults': 'connection',
  'blocked-by-sign-in-policy': 'connection',
  'basic-auth-disabled': 'connection',
  'credentials-incorrect': 'connection',
  'exchange-rejected-token': 'connection',
  'auth-mechanism-unavailable': 'connection',
  'token-expires-too-soon': 'connection',
  'not-authenticated': 'server',
  'send-as-denied': 'server',
  'mailbox-permission-missing': 'server',
  'concurrency-exceeded': 'rate',
  'recipient-throttled': 'rate',
  'daily-quota-exceeded': 'rate',
  'mailbox-full': 'message',
  'sender-blocked': 'block',
  'sender-domain-invalid': 'message',
  'sender-authentication-failed': 'message',
  'tenant-blocked': 'block',
  'tenant-recipient-limit': 'rate',
  'domain-not-registered': 'server',
  'reputation-block': 'block',
  'server-busy': 'connection',
  'temporarily-refused': 'connection',
  'message-too-large': 'message',
  'too-many-recipients': 'message',
  'address-malformed': 'message',
  'recipient-not-found': 'message',
  'recipient-refused': 'message',
  'relay-denied': 'message',
  'wrong-region': 'server',
  'our-address-blocked': 'block',
  'helo-rejected': 'server',
  'from-header-invalid': 'message',
  'content-rejected': 'message',
  'smtputf8-unsupported': 'message',
  unrecognised: 'connection',
} as const satisfies Record<DiagnosisCode, Concern>

/**
 * Whether a fault is certainly the mail server's own, so that its failover server takes over. Every code has an answer at every
 * stage. Whether the server may have accepted the message is a question to the attempt, not to this function.
 */
export function isServerFault(
  { code, stage }: { code: DiagnosisCode; stage: Stage },
  { scope, isOwnMailbox }: { scope: Scope; isOwnMailbox: boolean },
): boolean {
  // A fault of one message is not the server's, and a permission that another mailbox lacks says nothing about the server.
  if (scope === 'message' || (!isOwnMailbox && isSenderRefusal(code, { ownLogin: true }))) return false
  const concern: Concern = CONCERN[code]
  return concern === 'server' || (concern === 'connection' && BEFORE_ANY_MESSAGE.includes(stage))
}
