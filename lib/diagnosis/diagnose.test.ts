import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EntraFault, Fault, NetFault, SmtpFault, TokenClaims } from '../kernel'
import { DIAGNOSIS_CODES, type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import { STAGES, type Stage } from '../kernel/stage'
import { type Circumstances, diagnose } from './diagnose'

const now = new Date('2026-11-24T16:00:00Z')
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)

const claims: TokenClaims = {
  aud: 'https://outlook.office365.com',
  tid: '9b1d8a5e-2c44-4d8e-9c1a-0d6f8f0a1b2c',
  appid: '5f2c7f40-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  oid: 'c0ffee00-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  roles: ['SMTP.SendAsApp'],
  scp: null,
  notBefore: now,
  expiresAt: later(75),
}
const TAIL = ' [AM0PR10CA0001.EURPRD10.PROD.OUTLOOK.COM 2026-11-24T16:00:00.000Z 08DD0C3B7E5A1F20]'

type Case = [fault: Fault, circumstances?: Partial<Circumstances>]

/** A reply as the transport hands it over: lines joined, the code read from its start. */
function smtp(stage: Stage, lines: string, more: Partial<SmtpFault> & { claims?: TokenClaims | null } = {}): Case {
  const { claims: carried = claims, ...fault } = more
  const reply = lines.replace(/\r?\n/g, ' ')
  const [, code = '0', enhanced = null] = /^(\d{3})(?:[ -]+(\d\.\d+\.\d+))?/.exec(reply) ?? []
  return [
    { kind: 'smtp', code: Number(code), enhanced, reply, login: 'xoauth2', ...fault },
    { stage, claims: carried },
  ]
}
const withPassword = (stage: Stage, reply: string): Case => smtp(stage, reply, { login: 'password', claims: null })

function entra(number: number | null, evidence: string, more: Partial<EntraFault> = {}): Case {
  const reply = { badReply: false, peerDate: now, retryAfterMs: null }
  return [
    { kind: 'entra', number, httpStatus: 401, error: 'invalid_client', evidence, ...reply, ...more },
    { stage: 'token' },
  ]
}
/** The number as a field, the number only in the text, and the number after another one in a longer text. */
const aadsts = (...numbers: number[]): Case[] =>
  numbers.flatMap((number) => [
    entra(number, `AADSTS${number}: refused. Trace ID: 3f1c Correlation ID: 77ab Timestamp: 2026-11-24 16:00:00Z`),
    entra(number, 'the words changed, the number did not', { httpStatus: 403, error: 'server_error' }),
    entra(null, `Error(s): ${number} - Description: aadsts${number}: see also AADSTS50000000`, { httpStatus: 400 }),
  ])

function net(code: NetFault['code'], ...evidence: string[]): Case[] {
  return evidence.map((text, index) => [
    { kind: 'net', code, host: 'mail.contoso.example', port: 587, evidence: text },
    { stage: (['connect', 'tls', 'token'] as const)[index % 3] ?? 'connect' },
  ])
}
const settings = (code: 'settings-incomplete' | 'secret-missing' | 'secret-unreadable', ...texts: string[]): Case[] =>
  texts.map((evidence) => [{ kind: 'settings', code, evidence }, { stage: 'settings' }])
const inClaims = (code: Extract<Fault, { kind: 'claims' }>['code'], ...texts: string[]): Case[] =>
  texts.map((evidence) => [{ kind: 'claims', code, evidence }, { stage: 'claims' }])

const roles = (...names: string[]): { claims: TokenClaims } => ({ claims: { ...claims, roles: names } })
const VARIANTS: Record<DiagnosisCode, Case[]> = {
  'settings-incomplete': settings('settings-incomplete', 'tenantId', 'host, port', 'senderAddress: not an address'),
  'secret-missing': settings('secret-missing', 'none stored', 'the destination changed', 'password'),
  'secret-unreadable': settings('secret-unreadable', 'key k1 is not here', 'not openable', 'moved'),
  'name-not-found': net('name-not-found', 'getaddrinfo ENOTFOUND mail', 'no address', 'ENODATA'),
  'name-lookup-failed': net('name-lookup-failed', 'EAI_AGAIN', 'SERVFAIL', 'resolver timed out'),
  'address-not-allowed': net('address-not-allowed', '10.0.0.1 is private', '127.0.0.1', '169.254.169.254'),
  'connection-refused': net('connection-refused', 'ECONNREFUSED 1.2.3.4:587', 'connect ECONNREFUSED', 'refused'),
  'connection-timed-out': net('connection-timed-out', 'ETIMEDOUT', 'Greeting never received', 'no answer'),
  'connection-lost': [
    ...net('connection-lost', 'ECONNRESET', 'closed before the greeting', 'EPIPE'),
    smtp('connect', `421 4.4.2 Connection dropped due to SocketError${TAIL}`),
    smtp('data', '421-4.4.1 Connection timed out\r\n421 4.4.1 closing transmission channel'),
    smtp('sender', '421 4.4.0 idle too long, goodbye'),
  ],
  'network-unreachable': net(
    'network-unreachable',
    'ENETUNREACH 2001:db8::1',
    'EHOSTUNREACH 203.0.113.1',
    'EAFNOSUPPORT ::1',
  ),
  'certificate-untrusted': net(
    'certificate-untrusted',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
  ),
  'certificate-expired': net(
    'certificate-expired',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'certificate has expired',
  ),
  'certificate-name-mismatch': net(
    'certificate-name-mismatch',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "Hostname/IP does not match certificate's altnames",
    'altnames: DNS:other.example',
  ),
  'tls-version-unsupported': [
    ...net('tls-version-unsupported', 'UNSUPPORTED_PROTOCOL', 'TLSv1.1', 'protocol version'),
    ...aadsts(1002016),
    smtp('auth', `421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade your client${TAIL}`),
  ],
  'tls-handshake-refused': net('tls-handshake-refused', 'unrecognized name', 'certificate required', 'bad certificate'),
  'tls-expected': net('tls-expected', 'ERR_SSL_WRONG_VERSION_NUMBER', 'a TLS alert as banner', 'wrong version number'),
  'starttls-not-offered': [
    ...net('starttls-not-offered', 'no STARTTLS in EHLO'),
    smtp('tls', '454 4.7.0 TLS not available due to local problem'),
    smtp('tls', '502 5.5.1 Command not implemented'),
    smtp('tls', '554 5.7.3 Unable to initialize security subsystem'),
    smtp('tls', '530 refused'),
  ],
  'starttls-required': [
    smtp('sender', '451 5.7.3 STARTTLS is required to send mail', { login: 'none', claims: null }),
    smtp('sender', '530 5.7.0 Must issue a STARTTLS command first', { login: 'none', claims: null }),
    smtp('recipient', '550 5.7.1 Use STARTTLS before sending mail', { login: 'none', claims: null }),
    smtp('auth', '530-5.7.0 Must issue\r\n530 5.7.0 a STARTTLS command first'),
  ],
  'not-an-smtp-server': net('not-an-smtp-server', 'HTTP/1.1 400', 'SSH-2.0-OpenSSH', 'garbage'),
  'deadline-passed': net('deadline-passed', 'tarpit', 'silent after TLS', 'over 30 s'),
  'secret-invalid': aadsts(7000215),
  'secret-expired': aadsts(7000222),
  'application-not-found': aadsts(700016, 700011),
  'application-disabled': aadsts(7000112, 70001),
  'tenant-not-found': aadsts(90002, 900023, 5000224),
  'tenant-restricted-by-proxy': aadsts(500021),
  'assignment-required': aadsts(501051),
  'tenant-not-specific': [
    ...aadsts(9001023),
    entra(null, 'missing_tenant_id_error', { httpStatus: null, error: 'missing_tenant_id_error' }),
  ],
  'wrong-cloud': aadsts(50049, 90038, 900382, 900432),
  'exchange-not-in-tenant': aadsts(500011, 50001, 650052),
  'scope-invalid': aadsts(1002012, 70011, 28002, 28003, 901002),
  'request-malformed': aadsts(9002313, 900144, 90014, 50059, 7000218, 7000216),
  'public-client': aadsts(700025),
  'service-principal-missing': aadsts(7000229),
  'consent-missing': aadsts(65001),
  'permission-misconfigured': aadsts(650053, 650056, 650057),
  'blocked-by-conditional-access': aadsts(53003, 530032, 530035, 50131, 53011),
  'certificate-rejected': aadsts(700027, 700030, 50012),
  'assertion-time-invalid': aadsts(700024),
  'assertion-mismatch': aadsts(700022, 700023),
  'federated-credential-mismatch': aadsts(70021, 700211, 700212, 700213, 7002131, 7002137, 7002138, 700229),
  'wrong-flow': aadsts(50034, 50126),
  'entra-unavailable': [
    ...aadsts(90033, 90006, 90012, 90024, 50033, 90090, 50000),
    entra(null, 'HTTP 503: no JSON', { httpStatus: 503, badReply: true }),
    entra(null, 'HTTP 500 without an error in it', { httpStatus: 500 }),
    entra(99999999, 'AADSTS99999999: something new', { httpStatus: 502 }),
    entra(7000215, 'AADSTS7000215: told by a broken gateway', { httpStatus: 503 }),
  ],
  'entra-throttled': [
    ...aadsts(90055, 50196),
    entra(null, 'HTTP 429', { httpStatus: 429, retryAfterMs: 60_000 }),
    entra(7000215, 'AADSTS7000215: told beside a limit', { httpStatus: 429 }),
    entra(50196, 'AADSTS50196: a loop', { httpStatus: 500 }),
    entra(null, 'throttled here', { httpStatus: null, error: '90033' }),
  ],
  'token-reply-invalid': [
    entra(null, 'HTTP 302: a redirect, which is never followed', { httpStatus: 302, badReply: true }),
    entra(null, 'HTTP 200: no JSON, a page that tells of AADSTS7000215', { httpStatus: 200, badReply: true }),
    entra(null, 'HTTP 200 without a usable token', { httpStatus: 200, badReply: true }),
    ...inClaims('token-reply-invalid', 'exp in the past'),
  ],
  'clock-wrong': inClaims('clock-wrong', 'nbf tomorrow', 'exp an hour ago', 'exp ten hours ago'),
  'token-wrong-audience': inClaims('token-wrong-audience', 'https://graph.microsoft.com', '00000003-0000', '-'),
  'token-wrong-tenant': inClaims('token-wrong-tenant', 'tid: other', 'tid: -', 'tid: x'),
  'token-delegated': inClaims('token-delegated', 'scp: SMTP.Send', 'scp: offline_access', 'scp: x'),
  'role-missing': [
    smtp('auth', `535 5.7.3 Authentication unsuccessful${TAIL}`, roles()),
    smtp('auth', '535-5.7.3 Authentication\r\n535 5.7.3 unsuccessful', roles()),
    smtp('auth', '535 5.7.3 AUTHENTICATION UNSUCCESSFUL', roles()),
  ],
  'role-wrong': [
    smtp('auth', `535 5.7.3 Authentication unsuccessful${TAIL}`, roles('IMAP.AccessAsApp')),
    smtp('auth', '535 5.7.3 no', roles('full_access_as_app', 'Mail.Send')),
    smtp('auth', '535 5.7.3 authentication failed', roles('smtp.sendasapp')),
  ],
  'smtp-auth-disabled-for-tenant': [
    smtp(
      'auth',
      `535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.${TAIL}`,
    ),
    smtp(
      'auth',
      '535-5.7.139 Authentication unsuccessful,\r\n535 5.7.139 SmtpClientAuthentication is off for this tenant',
    ),
    withPassword('auth', '535 5.7.139 SMTPCLIENTAUTHENTICATION IS DISABLED FOR THE TENANT'),
  ],
  'smtp-auth-disabled-for-mailbox': [
    smtp(
      'auth',
      `535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information.${TAIL}`,
    ),
    smtp('auth', '535 5.7.139 smtpclientauthentication disabled for mailbox'),
    withPassword('auth', '535-5.7.139 SmtpClientAuthentication is\r\n535 5.7.139 disabled for the Mailbox'),
  ],
  'blocked-by-security-defaults': [
    withPassword(
      'auth',
      `535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator.${TAIL}`,
    ),
    smtp('auth', '535 5.7.139 blocked by Security Defaults'),
    smtp('auth', '535-5.7.139 Authentication unsuccessful\r\n535 5.7.139 SECURITY DEFAULTS POLICY'),
  ],
  'blocked-by-sign-in-policy': [
    smtp(
      'auth',
      `535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator.${TAIL}`,
    ),
    withPassword('auth', '535 5.7.139 The request DID NOT MEET THE CRITERIA'),
    withPassword('auth', '535-5.7.139 the sign-in did not\r\n535 5.7.139 meet the criteria'),
  ],
  'basic-auth-disabled': [
    withPassword('auth', `535 5.7.139 Authentication unsuccessful, basic authentication is disabled.${TAIL}`),
    withPassword('auth', '550 5.7.30 Basic authentication is not supported for Client Submission.'),
    withPassword('auth', '535-5.7.139 Basic Auth\r\n535 5.7.139 has been disabled'),
    withPassword('data', '550 5.7.30 Basic authentication is not supported for Client Submission.'),
  ],
  'credentials-incorrect': [
    withPassword('auth', `535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.${TAIL}`),
    smtp('auth', '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.'),
    withPassword('auth', '535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6'),
    withPassword('auth', '535 Incorrect authentication data'),
    withPassword('auth', `535 5.7.3 Authentication unsuccessful${TAIL}`),
    withPassword('auth', '535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 https://support.example/'),
    withPassword('auth', '534-5.7.9 Application-specific password required.\r\n534 5.7.9 https://support.example/'),
    withPassword('auth', '535 5.7.139 something new'),
    withPassword('auth', '550 5.7.1 The client Payroll is disabled.'),
    withPassword('sender', '550 5.7.1 The client Payroll was removed.'),
  ],
  'exchange-rejected-token': [
    smtp('auth', `535 5.7.3 Authentication unsuccessful${TAIL}`),
    smtp('auth', '535-5.7.3 Authentication\r\n535 5.7.3 unsuccessful'),
    smtp('auth', '535 5.7.3 nope', { claims: null }),
    smtp('auth', '535 5.7.8 Authentication failed'),
    smtp('auth', '535 Authentication failed'),
    smtp('auth', `535 5.7.3 ${TAIL}`, roles('IMAP.AccessAsApp', 'SMTP.SendAsApp')),
  ],
  'auth-mechanism-unavailable': [
    smtp('auth', '504 5.7.4 Unrecognized authentication type'),
    smtp('auth', `504 5.7.3 Unrecognized authentication type${TAIL}`),
    smtp('auth', '535 5.7.4 mechanism too weak'),
    smtp('auth', '504 unsupported'),
    smtp('auth', '535 5.7.3 Unrecognized authentication type'),
    smtp('auth', '504 AUTH XOAUTH2 is not offered', { missing: 'auth-mechanism' }),
  ],
  'token-expires-too-soon': [
    smtp('auth', '501 5.5.127 Invalid XOAUTH2 auth data'),
    smtp('auth', `501 5.5.127 Token will expire soon${TAIL}`),
    smtp('auth', '501-5.5.127 TOKEN\r\n501 5.5.127 EXPIRES'),
  ],
  'not-authenticated': [
    smtp('sender', '530 5.7.57 Client not authenticated to send mail.'),
    smtp('sender', `550 5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM${TAIL}`),
    smtp('sender', '530 5.5.1 Log in first', { login: 'none', claims: null }),
    smtp('recipient', '530-5.7.1 Authentication\r\n530 5.7.1 required, not authorized'),
    smtp(
      'recipient',
      '550-Please turn on SMTP Authentication in your mail client.\r\n550 mail.contoso.example is not permitted to relay through this server without authentication.',
    ),
  ],
  'send-as-denied': [
    withPassword('sender', '550 5.7.1 Payroll may not send as app@contoso.example.'),
    withPassword('data', '550 5.7.1 Payroll may not send messages from app@contoso.example.'),
    smtp('data', `550 5.7.60 SMTP; Client does not have permissions to send as this sender${TAIL}`),
    smtp(
      'data',
      '554 5.2.252 SendAsDenied; noreply@contoso.example not allowed to send as ceo@contoso.example; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message [Hostname=AM0PR10MB0001.eurprd10.prod.outlook.com]',
    ),
    smtp(
      'data',
      '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message',
    ),
    smtp('data', '550-5.2.0 storedrv.submission;\r\n550 5.2.0 sendasdenied'),
    smtp('data', '554 5.9.9 SendAsDenied under a new code'),
    smtp('data', '550 5.7.1 Client does not have permissions to send as this sender'),
  ],
  'mailbox-permission-missing': [
    smtp(
      'data',
      `430 4.2.0 STOREDRV; mailbox logon failure; Failed to process message due to a transient exception with message Cannot open mailbox. 16.55847:8B000000, 17.43559:00000000, 20.52176:140F4289, ConnectionFailedTransientException.MapiExceptionLogonFailed${TAIL}`,
    ),
    smtp('data', '430-4.2.0 STOREDRV;\r\n430 4.2.0 mapiexceptionlogonfailed'),
    smtp('data', '430 4.2.0 STOREDRV.Submission; MapiExceptionLogonFailed'),
  ],
  'concurrency-exceeded': [
    smtp('data', `432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded${TAIL}`),
    smtp('data', '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending'),
    smtp('data', '432-4.3.2 CONCURRENT\r\n432 4.3.2 CONNECTIONS'),
  ],
  'recipient-throttled': [
    smtp('data', '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded'),
    smtp('recipient', `550 5.2.121 RESOLVER.ADR.SenderRateExceeded${TAIL}`),
    smtp('data', '554 5.2.122 The recipient has exceeded their limit for the number of messages per hour'),
  ],
  'daily-quota-exceeded': [
    smtp(
      'data',
      '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message mailbox full',
    ),
    smtp('data', `550 5.2.2 Submission quota exceeded${TAIL}`),
    smtp('sender', '550 5.1.90 Your message cannot be sent because you have reached your daily limit'),
    smtp('data', '554-5.2.2 STOREDRV\r\n554 5.2.2 SubmissionQuotaExceeded, mailbox full'),
  ],
  'mailbox-full': [
    smtp('data', '552 5.2.2 mailbox full'),
    smtp(
      'data',
      `554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded; Failed${TAIL}`,
    ),
    smtp('recipient', '552-5.2.2 The email account that you tried to reach is\r\n552 5.2.2 over quota'),
    smtp('recipient', '550 5.2.2 MAILBOX IS FULL'),
  ],
  'sender-blocked': [
    smtp('sender', `550 5.1.8 Access denied, bad outbound sender AS(42003)${TAIL}`),
    smtp('sender', '550 5.1.8 Bad outbound sender'),
    smtp('data', '550 5.7.501 Access denied, spam abuse detected'),
    smtp('data', '550-5.7.502 Access denied,\r\n550 5.7.502 banned sender'),
    smtp('data', '550 5.7.503 banned'),
  ],
  'sender-domain-invalid': [
    smtp('recipient', '550 5.1.8 <noreply@contoso.example>: Sender address rejected: Domain not found'),
    smtp('recipient', '450 4.1.8 <noreply@contoso.example>: Sender address rejected: Domain not found'),
    smtp(
      'sender',
      '553 5.1.8 <noreply@contoso.example>... Domain of sender address noreply@contoso.example does not exist',
    ),
    smtp('sender', '550 Sender address rejected: domain does not exist'),
  ],
  'sender-authentication-failed': [
    smtp(
      'data',
      '550-5.7.30 This mail has been blocked because DKIM does not pass.\r\n550 5.7.30 The sender must authenticate with DKIM.',
    ),
    smtp(
      'data',
      '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.',
    ),
    smtp(
      'data',
      '550 5.7.515 Access denied, sending domain CONTOSO.EXAMPLE does not meet the required authentication level.',
    ),
    smtp('data', '550 5.7.509 Access denied, sending domain does not pass DMARC verification'),
    smtp('recipient', '550 5.7.23 Message rejected due to: SPF fail - not authorized'),
    smtp('recipient', '550 5.7.1 SPF: 203.0.113.7 is not allowed to send mail from contoso.example, check failed'),
  ],
  'tenant-blocked': [
    smtp('data', `550 5.7.705 Access denied, tenant has exceeded threshold${TAIL}`),
    smtp('data', '550 5.7.708 Access denied, traffic not accepted from this IP'),
    smtp('sender', '550-5.7.705 TENANT\r\n550 5.7.705 THRESHOLD'),
  ],
  'tenant-recipient-limit': [
    smtp(
      'data',
      "550 5.7.233 Your message can't be sent because your tenant exceeded its external recipient rate limit",
    ),
    smtp('data', `550 5.7.232 trial tenant${TAIL}`),
    smtp('data', '550 5.7.236 your tenant exceeded its daily limit for sending email from onmicrosoft.com domains'),
    smtp('recipient', '550-5.7.233 tenant\r\n550 5.7.233 limit'),
  ],
  'domain-not-registered': [
    smtp('data', '550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains'),
    smtp('sender', `550 5.7.750 UNREGISTERED DOMAIN${TAIL}`),
    smtp('data', '550-5.7.750 Client blocked\r\n550 5.7.750 from sending'),
  ],
  'reputation-block': [
    smtp('sender', `451 4.7.500 Server busy. Please try again later from [203.0.113.9]. (AS77712)${TAIL}`),
    smtp('data', '451 4.7.650 The mail server has been temporarily rate limited due to IP reputation'),
    smtp('connect', '421 4.7.699 Access denied, please try again later'),
    smtp('sender', '450 4.7.851 wait'),
  ],
  'server-busy': [
    smtp('connect', '421 4.3.2 Service not active'),
    smtp('data', `451 4.7.0 Temporary server error. Please try again later. PRX4${TAIL}`),
    smtp('sender', '421 4.4.2 Message submission rate for this client has exceeded the configured limit'),
    smtp('recipient', '450 greylisted, come back'),
    smtp('auth', '454 4.7.0 Temporary authentication failure'),
    smtp('data', '432 4.3.2 STOREDRV.Storage; mailbox server is too busy'),
    smtp('connect', '421 4.3.2 Too many concurrent connections'),
  ],
  'temporarily-refused': [
    smtp('recipient', '451 4.4.0 DNS query failed'),
    smtp('data', '451 4.7.1 Not today'),
    smtp('sender', '450 4.1.0 no'),
    smtp('recipient', '450 4.7.1 Client host rejected: cannot find your hostname'),
  ],
  'message-too-large': [
    smtp('sender', '552 5.3.4 Message size exceeds fixed maximum message size'),
    smtp('data', `552 message exceeds the limit${TAIL}`),
    smtp('data', '554 5.3.4 too big'),
    smtp('sender', '552 5.3.4 larger than SIZE', { missing: 'size' }),
  ],
  'too-many-recipients': [
    smtp('recipient', '452 4.5.3 Too many recipients'),
    smtp('recipient', `452 4.5.3 Recipients belong to multiple regions ATTR38${TAIL}`),
    smtp('recipient', '452-4.5.3 TOO MANY\r\n452 4.5.3 RECIPIENTS'),
  ],
  'mail-loop': [
    smtp('data', '554 5.4.6 The message has passed 50 servers already, so it is in a loop.'),
    smtp('data', `554 5.4.14 Hop count exceeded - possible mail loop ATTR34${TAIL}`),
    smtp('data', '554 5.4.0 Error: too many hops'),
    smtp('data', "550 Too many 'Received' headers - suspected mail loop"),
    smtp('data', '554 too many hops, this message is looping (#5.4.6)'),
  ],
  'address-malformed': [
    smtp('recipient', '501 5.1.3 Invalid address'),
    smtp('sender', `501 5.1.7 Invalid address${TAIL}`),
    smtp('recipient', '553 5.1.7 The sender address does not conform'),
    smtp('recipient', '553 5.1.3 anna@ is not a valid address.'),
    smtp('recipient', '501-5.1.1 bad\r\n501 5.1.1 address syntax'),
  ],
  'recipient-not-found': [
    smtp('recipient', '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'),
    smtp('recipient', `550 5.1.1 <nobody@contoso.example>: Recipient address rejected: User unknown${TAIL}`),
    smtp('data', '550-5.1.1 The email account that you tried\r\n550 5.1.1 to reach does not exist'),
  ],
  'recipient-refused': [
    smtp('recipient', `550 5.4.1 Recipient address rejected: Access denied. AS(201806281)${TAIL}`),
    smtp('recipient', '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized'),
    smtp('data', '550 5.7.1 Delivery not authorized, message refused'),
    smtp('recipient', '550 5.7.12 Access denied, sender not inside the organization'),
    smtp('recipient', '550 5.7.124 Sender not in the allowed list'),
    smtp('recipient', '550-5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup;\r\n550 5.7.133 internal senders only'),
    smtp('recipient', '550 5.7.139 restricted'),
    smtp(
      'recipient',
      '550 5.7.1 Rule 1 (No mail abroad) declines messages from app@contoso.example to anna@fabrikam.example.',
    ),
  ],
  'relay-denied': [
    smtp('recipient', `550 5.7.64 TenantAttribution; Relay Access Denied SMTP${TAIL}`),
    smtp('sender', '550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization'),
    smtp('recipient', '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain'),
    smtp('recipient', '554 5.7.1 <someone@litware.example>: Relay access denied'),
    smtp('recipient', '550 5.4.1 RELAY ACCESS DENIED'),
    smtp('recipient', '550 5.7.1 Unable to relay'),
    smtp('recipient', '454 4.7.1 Relay access denied'),
    smtp('recipient', '550 relay not permitted'),
  ],
  'wrong-region': [
    smtp('recipient', '451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35'),
    smtp('recipient', `421 4.4.62 wrong region${TAIL}`),
    smtp('recipient', '451-4.4.62 Mail sent\r\n451 4.4.62 elsewhere'),
  ],
  'our-address-blocked': [
    smtp('connect', '550 5.7.606 Access denied, banned sending IP [203.0.113.9]'),
    smtp('connect', '554 mail.litware.example Your IP address 203.0.113.9 is blocked'),
    // Our own listener says this.
    smtp('connect', '550 5.7.1 The address 203.0.113.9 may not submit messages here.'),
    withPassword('auth', '550 5.7.1 The address 203.0.113.9 may not submit messages here.'),
    withPassword('sender', '550 5.7.1 The address 2001:db8::9 may not submit messages here.'),
    smtp('recipient', '554 5.7.1 <unknown[203.0.113.7]>: Client host rejected: Access denied'),
    smtp('sender', `550 5.7.649 Access denied${TAIL}`),
    smtp('recipient', '550-5.7.511 Access denied,\r\n550 5.7.511 banned sender[203.0.113.9]'),
  ],
  'helo-rejected': [
    smtp('connect', '550 5.7.506 Access Denied, Bad HELO'),
    smtp('connect', `501 5.7.506 bad helo${TAIL}`),
    smtp('tls', '550-5.7.506 BAD\r\n550 5.7.506 HELO'),
    smtp('recipient', '450 4.7.1 <postroom>: Helo command rejected: Host not found'),
    smtp('connect', '501 5.5.4 Invalid domain name'),
  ],
  'from-header-invalid': [
    smtp(
      'data',
      '550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant and include a valid From address',
    ),
    smtp('data', `550 5.1.20 Multiple From addresses are not allowed without Sender address${TAIL}`),
    smtp('data', '554-5.7.512 MUST BE\r\n554 5.7.512 COMPLIANT'),
    smtp('data', '551 5.7.1 Not authorised to send from this header address'),
    smtp('data', '551-5.7.1 NOT AUTHORIZED TO SEND\r\n551 5.7.1 FROM THIS HEADER ADDRESS'),
    smtp('data', '554 5.6.0 The message has more than one From address.'),
    smtp('data', '554 5.6.0 The From header is not one valid address that all programs read alike.'),
  ],
  'content-rejected': [
    smtp('data', '550 5.7.1 Message rejected as spam'),
    smtp('data', '554 5.6.0 Virus found in message'),
    smtp('data', '554 5.6.0 A line does not end with CR LF.'),
    smtp('data', '550 5.6.0 CAT.InvalidContent.Exception: cannot handle content of message'),
    smtp(
      'data',
      '552-5.7.0 This message was blocked because its content presents a potential\r\n552 5.7.0 security issue.',
    ),
    smtp('data', '554 5.7.1 Message contains spam or virus'),
  ],
  'smtputf8-unsupported': [
    smtp('sender', '553 5.6.7 the address needs SMTPUTF8', { missing: 'smtputf8' }),
    smtp('recipient', '', { missing: 'smtputf8', code: 0 }),
    smtp('recipient', '550 not offered', { missing: 'smtputf8' }),
  ],
  unrecognised: [
    smtp('data', '554 5.9.99 A rule nobody has heard of'),
    smtp('auth', '535 5.7.139 the federated STS could not be reached'),
    smtp('data', '550 5.7.1 Not on our list'),
    entra(500014, 'AADSTS500014: the resource is disabled'),
    entra(null, 'invalid_client', { httpStatus: 401 }),
    entra(null, 'untrusted_authority', { httpStatus: null, error: 'untrusted_authority' }),
    smtp('data', '250 2.0.0 OK'),
  ],
}

const codeOf = ([fault, more]: Case): DiagnosisCode => diagnose(fault, { stage: 'connect', claims: null, ...more }).code

describe.each(DIAGNOSIS_CODES)('%s', (code) => {
  test('is recognised in each of its variants', () => {
    expect(VARIANTS[code].length).toBeGreaterThanOrEqual(3)
    const read = VARIANTS[code].map((variant) => [
      variant[0].kind === 'smtp' ? variant[0].reply : variant[0],
      codeOf(variant),
    ])
    expect(read).toEqual(read.map(([what]) => [what, code]))
  })
})

test.each<[what: string, variant: Case, code: DiagnosisCode]>([
  ['50001 with a digit more', entra(null, 'AADSTS500014: x'), 'unrecognised'],
  ['7000215 with a digit more', entra(null, 'AADSTS70002159: x'), 'unrecognised'],
  ['a new number, which MSAL repeats', entra(90999, 'x', { httpStatus: null, error: '90999' }), 'unrecognised'],
  ['an error that is a number, of an answer', entra(null, 'x', { error: '90033' }), 'unrecognised'],
  ['a number without its prefix', entra(null, 'error 7000215'), 'unrecognised'],
  ['a code of another class at the end', smtp('recipient', '450 not now (#5.1.1)'), 'temporarily-refused'],
  [
    'another code, without an enhanced one, further on',
    smtp('data', '550 Not on our list 552-virus found'),
    'unrecognised',
  ],
  ['5.7.60 with a digit more', smtp('data', '550 5.7.600 x'), 'unrecognised'],
  ['just before the range', smtp('data', '550 5.7.605 x'), 'unrecognised'],
  ['just after the range', smtp('data', '550 5.7.650 x'), 'unrecognised'],
  ['4.7.499 is outside the range', smtp('data', '451 4.7.499 x'), 'temporarily-refused'],
  ['4.7.700 is outside the range', smtp('data', '451 4.7.700 x'), 'temporarily-refused'],
  ['5.1.10 is not 5.1.1', smtp('recipient', '550 5.1.100 x'), 'unrecognised'],
  ['a 535 in the greeting', smtp('connect', '535 Authentication failed'), 'unrecognised'],
  ['a 535 5.7.3 in reply to EHLO', smtp('connect', '535 5.7.3 Authentication unsuccessful'), 'unrecognised'],
  ['a 535 before a password', withPassword('connect', '535 5.7.8 Authentication failed'), 'unrecognised'],
  ['a 535 after the login', smtp('sender', '535 5.7.8 Not authorised'), 'unrecognised'],
  ['a permanent 5.2.0 without a keyword', smtp('data', '554 5.2.0 STOREDRV failed'), 'unrecognised'],
  ['a temporary 4.2.0 without a keyword', smtp('data', '430 4.2.0 STOREDRV; try later'), 'server-busy'],
  ['535 5.7.3 after an IMAP role of another case', smtp('auth', '535 5.7.3 x', roles('smtp.SendAsApp')), 'role-wrong'],
  [
    'a missing role beside a switch that is off',
    smtp('auth', '535 5.7.139 SmtpClientAuthentication is disabled for the Tenant', roles()),
    'smtp-auth-disabled-for-tenant',
  ],
  ['5.7.1 without a keyword', smtp('data', '550 5.7.1 Message rejected by policy'), 'unrecognised'],
  ['504 about a host name', smtp('recipient', '504 5.5.2 <localhost>: Helo command rejected'), 'helo-rejected'],
  [
    'a tail that names a mailbox',
    smtp('auth', '535 5.7.139 SmtpClientAuthentication is disabled [MAILBOX01 2026]'),
    'unrecognised',
  ],
  [
    'a quoted 5.7.60',
    smtp('data', '550 5.7.1 Rejected. The remote server said: 550 5.7.60 SendAsDenied'),
    'unrecognised',
  ],
  [
    'a quoted SendAsDenied',
    smtp('data', "554 5.2.0 STOREDRV.Deliver failed; server returned '554 5.2.0 SendAsDenied'"),
    'unrecognised',
  ],
  [
    'a quoted relay refusal',
    smtp('data', '550 5.7.1 No. (mx.litware.example said: 554 5.7.1 Relay access denied)'),
    'unrecognised',
  ],
  ['a relay refusal in brackets', smtp('data', '550 5.7.1 No (554 5.7.1 Relay access denied)'), 'unrecognised'],
  [
    'a quoted relay refusal without its enhanced code',
    smtp('data', '550 5.7.1 No. mx.litware.example said 554 Relay access denied'),
    'unrecognised',
  ],
  [
    'a quote of another code inside a known one',
    smtp('data', '550 5.1.10 not found; was 550 5.7.60 before'),
    'recipient-not-found',
  ],
  [
    'a temporary reply that quotes a permanent one',
    smtp('data', '451 4.7.0 Remote server returned 550 5.1.1 unknown'),
    'server-busy',
  ],
  [
    'text that merely holds digits',
    smtp('data', '554 5.2.0 16.55847:8B000000 550 lines SendAsDenied'),
    'send-as-denied',
  ],
  [
    'an address that may not send, without a word of the header',
    smtp('data', '551 5.7.1 Not authorised to send from this address'),
    'send-as-denied',
  ],
])('a similar reply is not confused with it: %s', (_, variant, code) => {
  expect(codeOf(variant)).toBe(code)
})

/** Codes and words of ours that other servers use for something else: another code, or none, but never ours. */
const FOREIGN: [meaning: string, variant: Case, code: DiagnosisCode][] = [
  ['5.7.30 without a word at the end', smtp('recipient', '550 5.7.30 go away'), 'unrecognised'],
  ['5.7.9 in answer to AUTH', smtp('auth', '550 5.7.9 mechanism too weak'), 'unrecognised'],
  ['5.7.23 in answer to AUTH', smtp('auth', '550 5.7.23 x'), 'unrecognised'],
  ['5.7.12 in answer to AUTH: a password transition (RFC 5248)', smtp('auth', '550 5.7.12 x'), 'unrecognised'],
  ['5.7.4 of a recipient’s policy', smtp('recipient', '550 5.7.4 TLS required by recipient'), 'unrecognised'],
  ['5.1.8 without Microsoft’s words', smtp('sender', '550 5.1.8 no'), 'unrecognised'],
  ['5.4.5 without a limit', smtp('data', '550 5.4.5 no'), 'unrecognised'],
  [
    'a sender unknown to Postfix',
    smtp('recipient', '550 5.1.1 <a@b.example>: Sender address rejected: User unknown in local recipient table'),
    'unrecognised',
  ],
  [
    'an SPF refusal in words of sending from',
    smtp('data', '550 5.7.1 IP 203.0.113.7 is not allowed to send from contoso.example'),
    'unrecognised',
  ],
  [
    'the same of a host',
    smtp('recipient', '554 5.7.1 [203.0.113.7] is not authorized to send mail from contoso.example'),
    'unrecognised',
  ],
  [
    'onward delivery without STARTTLS',
    smtp('data', '454 4.7.5 STARTTLS was not offered by host mx.litware.example'),
    'temporarily-refused',
  ],
  ['no mail service at all', smtp('connect', '554 No SMTP service here'), 'unrecognised'],
  [
    'a full recipient, not our limit',
    smtp('recipient', '550 5.7.1 The recipient’s daily receiving limit was exceeded'),
    'unrecognised',
  ],
  [
    'a full mailbox in 552',
    withPassword('data', '552 Requested mail action aborted: exceeded storage allocation'),
    'mailbox-full',
  ],
  ['a 552 about content', withPassword('data', '552 5.7.0 Illegal attachment on your message'), 'unrecognised'],
  ['a 552 about recipients', withPassword('recipient', '552 Too many recipients'), 'too-many-recipients'],
  [
    'a client host that DNS does not know yet',
    smtp('recipient', '450 4.7.1 Client host rejected: cannot find your hostname'),
    'temporarily-refused',
  ],
  [
    'a greylist in 4xx',
    smtp('recipient', '450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted'),
    'server-busy',
  ],
  ['a mailbox called spam', smtp('recipient', '550 5.7.1 <spam@virus.example>: not here'), 'unrecognised'],
  ['a mailbox called relay', smtp('recipient', '550 5.7.1 <relay-denied@contoso.example>: no'), 'unrecognised'],
  [
    'a blocked link that is no address of ours',
    smtp('data', '550 5.7.1 Message refused, see https://support.example/client-host-rejected'),
    'unrecognised',
  ],
  [
    'mailbox unavailable, which servers say for anything',
    smtp('recipient', '550 Requested action not taken: mailbox unavailable'),
    'unrecognised',
  ],
  ['an unknown user in answer to AUTH', withPassword('auth', '535 unknown user'), 'credentials-incorrect'],
  ['530 after a login, without a word', smtp('recipient', '530 5.7.0 no'), 'unrecognised'],
  [
    'a policy without a reason',
    smtp('data', '550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy'),
    'unrecognised',
  ],
  ['a word between the codes of another class', smtp('recipient', '550 mx-1 4.4.1 x'), 'unrecognised'],
  ['a 432 about a password', withPassword('auth', '432 4.7.12 A password transition is needed'), 'temporarily-refused'],
  ['an open relay', smtp('recipient', '554 5.7.1 Your host is an open relay'), 'unrecognised'],
]
test.each(FOREIGN)('a reply with another meaning is not confused with it: %s', (_, variant, code) => {
  expect(codeOf(variant)).toBe(code)
})

test('the enhanced code may be a field, in the text, or both', () => {
  const variantOf = (reply: string, enhanced: string | null): Case => [
    { kind: 'smtp', code: 550, enhanced, reply, login: 'none' },
    { stage: 'data' },
  ]
  for (const variant of [
    variantOf('550 5.7.60 x', null),
    variantOf('5.7.60 x', null),
    variantOf('x', '5.7.60'),
    variantOf('550-5.7.60 x', '5.7.60'),
  ])
    expect(codeOf(variant)).toBe('send-as-denied')
})

test('the stage is that of the reply, whatever its code', () => {
  const [fault] = smtp('connect', '550 5.7.506 Bad HELO')
  expect(diagnose(fault, { stage: 'connect', claims: null })).toMatchObject({
    code: 'helo-rejected',
    stage: 'connect',
  })
})

test('S-14 evidence is one line of at most 512 characters, and the banner of another kind of server is never shown', () => {
  const [long] = smtp('data', `554 5.9.9 ${'x'.repeat(2000)}\u0007\u202e`)
  expect(diagnose(long, { stage: 'data', claims: null }).evidence).toHaveLength(512)
  const banner: Fault = {
    kind: 'net',
    code: 'not-an-smtp-server',
    host: 'web.contoso.example',
    port: 80,
    evidence: 'HTTP/1.1 <b>',
  }
  expect(diagnose(banner, { stage: 'connect', claims: null }).evidence).toBe('web.contoso.example:80')
})

test('F-28 the evidence of a refused login ends with what the server said of its reason before', () => {
  const [refused] = smtp('auth', '535 5.7.8 not accepted', { challenge: '{"status":"401"}' })
  const { evidence } = diagnose(refused, { stage: 'auth', claims: null })
  expect(evidence).toBe('535 5.7.8 not accepted {"status":"401"}')
})

const anyStage = fc.constantFrom(...STAGES)
const anyText = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }))
const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constant('smtp' as const),
    code: fc.integer({ min: 0, max: 700 }),
    enhanced: fc.option(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(999)).map((parts) => parts.join('.'))),
    reply: anyText,
    login: fc.constantFrom('none' as const, 'password' as const, 'xoauth2' as const),
  }),
  fc.record({
    kind: fc.constant('entra' as const),
    number: fc.option(fc.nat(9_999_999)),
    httpStatus: fc.option(fc.integer({ min: 100, max: 599 })),
    error: anyText,
    evidence: anyText,
    badReply: fc.boolean(),
    peerDate: fc.option(fc.date()),
    retryAfterMs: fc.constant(null),
  }),
)

test('every fault gets exactly one code, its retry, and a printable line', () => {
  fc.assert(
    fc.property(anyFault, anyStage, (fault, stage) => {
      const { code, retry, evidence, ...rest } = diagnose(fault, { stage, claims: null })
      expect(DIAGNOSIS_CODES).toContain(code)
      expect(retry).toBe(RETRY_OF[code])
      expect(rest).toEqual({ stage })
      expect(evidence.length).toBeLessThanOrEqual(512)
      expect(evidence).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 500 },
  )
})

test('text around a code never changes its meaning', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abcdefghij -;:'), maxLength: 60 })
  fc.assert(
    fc.property(text, (text) => {
      expect(codeOf(smtp('data', `550 5.7.60 ${text}${TAIL}`))).toBe('send-as-denied')
      expect(codeOf(entra(null, `${text} AADSTS7000222: ${text}`))).toBe('secret-expired')
    }),
  )
})
