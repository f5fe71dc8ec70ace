import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownMs } from '../../tests/support/own-time'
import { processorMs } from '../../tests/support/processor-time'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { AMBIGUOUS_TERMS } from '../kernel/generated/faults/recognition'
import { diagnose } from './diagnose'
import { causesByCheck } from './first-checks'
import { signaturesOf } from './recognise'
import { parseReply } from './rules'
import { codesOfGroup, DIAGNOSIS_GROUPS, search } from './search'

test.each<[pasted: string, code: DiagnosisCode]>([
  ['secret-expired', 'secret-expired'],
  ['AADSTS7000222', 'secret-expired'],
  ['7000215', 'secret-invalid'],
  ['5.7.60', 'send-as-denied'],
  ['550 5.7.620', 'our-address-blocked'],
  ['getaddrinfo ENOTFOUND smtp.office365.example', 'name-not-found'],
  ['Error: connect ECONNREFUSED 203.0.113.9:587', 'connection-refused'],
  [
    "invalid_client: Error(s): 7000222 - Timestamp: 2026-11-24 16:00:00Z - Description: AADSTS7000222: The provided client secret keys for app '5f2c' are expired. Trace ID: 3f1c",
    'secret-expired',
  ],
  [
    'Error: Invalid login: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled [AM0 2026-11-24T16:00:00.000Z 08DD]',
    'smtp-auth-disabled-for-tenant',
  ],
  ['Error: Invalid login: 535 5.7.3 Authentication unsuccessful [AM0 2026]', 'exchange-rejected-token'],
  [
    "Remote server returned '550 5.7.60 SMTP; Client does not have permissions to send as this sender'",
    'send-as-denied',
  ],
  ['Remote Server returned "554 5.2.252 SendAsDenied; a not allowed to send as b"', 'send-as-denied'],
  ['status=deferred (host said: 451 4.7.0 Temporary server error)', 'server-busy'],
  ['535 Incorrect authentication data', 'credentials-incorrect'],
  ['The server response was: 4.2.1 mailbox disabled', 'temporarily-refused'],
  ['530 5.5.1 Say who you are first (in reply to MAIL FROM command)', 'not-authenticated'],
  // The server's own words come first, then what names the fault more exactly.
  ['Connection reset by peer after 550 5.7.60 SMTP; Client does not have permissions', 'send-as-denied'],
  [
    "{ Error: 140:error:1408F10B:SSL routines:ssl3_get_record:wrong version number: code: 'ECONNECTION' }",
    'tls-expected',
  ],
  ['AADSTS500014: a number no row names', 'unrecognised'],
  // A greeting with these words would be about our own address.
  ['554 your address is rejected', 'unrecognised'],
])('a pasted error is recognised: %s', (pasted, code) => {
  expect(search(pasted, 'en').codes).toEqual([code])
})

/** Errors as clients, languages, logs and panels print them. */
const WRAPPED: [client: string, pasted: string, code: DiagnosisCode | null][] = [
  // Python
  [
    'smtplib',
    "smtplib.SMTPAuthenticationError: (535, b'5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled [AM0 2026]')",
    'smtp-auth-disabled-for-tenant',
  ],
  [
    'smtplib',
    "(535, b'5.7.139 Authentication unsuccessful, basic authentication is disabled. [FR0P281CA0001]')",
    'basic-auth-disabled',
  ],
  [
    'smtplib',
    "(535, b'5.7.3 Authentication unsuccessful [AM0PR10CA0001.EURPRD10.PROD.OUTLOOK.COM]')",
    'exchange-rejected-token',
  ],
  [
    'smtplib',
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted.\\n5.7.8 https://support.google.com/mail/?p=BadCredentials')",
    'credentials-incorrect',
  ],
  [
    'smtplib',
    "smtplib.SMTPAuthenticationError: (534, b'5.7.9 Application-specific password required.')",
    'credentials-incorrect',
  ],
  [
    'smtplib',
    "smtplib.SMTPSenderRefused: (530, b'5.7.57 Client not authenticated to send mail.', 'a@contoso.example')",
    'not-authenticated',
  ],
  [
    'smtplib',
    "smtplib.SMTPRecipientsRefused: {'b@litware.example': (550, b'5.1.1 <b@litware.example>: Recipient address rejected: User unknown')}",
    'recipient-not-found',
  ],
  [
    'smtplib',
    "smtplib.SMTPDataError: (554, b'5.2.252 SendAsDenied; a@contoso.example not allowed to send as b@contoso.example')",
    'send-as-denied',
  ],
  ['smtplib', 'smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server.', 'starttls-not-offered'],
  [
    'smtplib',
    'smtplib.SMTPNotSupportedError: SMTP AUTH extension not supported by server.',
    'auth-mechanism-unavailable',
  ],
  ['smtplib', 'smtplib.SMTPServerDisconnected: Connection unexpectedly closed', 'connection-lost'],
  ['Python', 'socket.gaierror: [Errno -2] Name or service not known', 'name-not-found'],
  ['Python', 'socket.gaierror: [Errno -3] Temporary failure in name resolution', 'name-lookup-failed'],
  ['Python', 'ConnectionRefusedError: [Errno 111] Connection refused', 'connection-refused'],
  ['Python', 'OSError: [Errno 101] Network is unreachable', 'network-unreachable'],
  [
    'Python',
    "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'mail'. (_ssl.c:1006)",
    'certificate-name-mismatch',
  ],
  [
    'Python',
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)',
    'certificate-untrusted',
  ],
  ['Python', 'ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1002)', 'tls-expected'],
  // curl
  ['curl', '< 535 5.7.3 Authentication unsuccessful\ncurl: (67) Login denied', 'exchange-rejected-token'],
  [
    'curl',
    'curl: (7) Failed to connect to smtp.office365.com port 587 after 12 ms: Connection refused',
    'connection-refused',
  ],
  ['curl', 'curl: (60) SSL certificate problem: unable to get local issuer certificate', 'certificate-untrusted'],
  [
    'curl',
    "curl: (60) SSL: no alternative certificate subject name matches target host name 'mail'",
    'certificate-name-mismatch',
  ],
  ['curl', 'curl: (64) Requested SSL level failed', 'starttls-not-offered'],
  // .NET and PowerShell
  [
    '.NET',
    'System.Net.Mail.SmtpException: The SMTP server requires a secure connection or the client was not authenticated. The server response was: 5.7.57 Client not authenticated to send mail.',
    'not-authenticated',
  ],
  [
    '.NET',
    'Mailbox unavailable. The server response was: 5.7.60 SMTP; Client does not have permissions to send as this sender',
    'send-as-denied',
  ],
  [
    '.NET',
    'The server response was: 5.7.139 Authentication unsuccessful, basic authentication is disabled. [AM0]',
    'basic-auth-disabled',
  ],
  ['.NET', 'The server response was: 5.7.3 Authentication unsuccessful [AM0PR]', 'exchange-rejected-token'],
  [
    '.NET',
    'Transaction failed. The server response was: 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied',
    'send-as-denied',
  ],
  [
    'MailKit',
    'MailKit.Security.AuthenticationException: 535: 5.7.3 Authentication unsuccessful',
    'exchange-rejected-token',
  ],
  [
    'MailKit',
    'System.NotSupportedException: The SMTP server does not support the STARTTLS extension: does not support STARTTLS',
    'starttls-not-offered',
  ],
  [
    '.NET',
    'System.Net.Sockets.SocketException (10061): No connection could be made because the target machine actively refused it. 203.0.113.9:587',
    'connection-refused',
  ],
  // Java
  [
    'Jakarta Mail',
    'jakarta.mail.AuthenticationFailedException: 535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [AM0]',
    'credentials-incorrect',
  ],
  [
    'Java Mail',
    'com.sun.mail.smtp.SMTPSendFailedException: 550 5.7.60 SMTP; Client does not have permissions to send as this sender [AM0]',
    'send-as-denied',
  ],
  [
    'Java Mail',
    'javax.mail.MessagingException: Could not connect to SMTP host: smtp.office365.com, port: 587; nested exception is: java.net.ConnectException: Connection refused',
    'connection-refused',
  ],
  [
    'Java',
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target',
    'certificate-untrusted',
  ],
  ['Java', 'javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure', 'tls-handshake-refused'],
  ['Java', 'javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?', 'tls-expected'],
  [
    'Java',
    'javax.net.ssl.SSLHandshakeException: No appropriate protocol (protocol is disabled or cipher suites are inappropriate)',
    'tls-version-unsupported',
  ],
  // PHP and Ruby
  [
    'PHPMailer',
    'SMTP ERROR: Password command failed: 535 5.7.139 Authentication unsuccessful, user is locked by your organization’s security defaults policy.',
    'blocked-by-security-defaults',
  ],
  [
    'Symfony',
    'Expected response code "250" but got code "554", with message "554 5.2.252 SendAsDenied; a not allowed to send as b".',
    'send-as-denied',
  ],
  ['PHP', 'php_network_getaddresses: getaddrinfo failed: Name or service not known', 'name-not-found'],
  [
    'PHP',
    "stream_socket_enable_crypto(): Peer certificate CN=`mail.litware.example' did not match expected CN=`mail'",
    'certificate-name-mismatch',
  ],
  ['Ruby', 'Net::SMTPAuthenticationError: 504 5.7.4 Unrecognized authentication type', 'auth-mechanism-unavailable'],
  ['Ruby', 'execution expired (Net::OpenTimeout)', 'connection-timed-out'],
  // Go
  ['Go', 'dial tcp 203.0.113.9:587: connect: connection refused', 'connection-refused'],
  ['Go', 'dial tcp: lookup smtp.contoso.example on 192.0.2.53:53: no such host', 'name-not-found'],
  ['Go', 'tls: first record does not look like a TLS handshake', 'tls-expected'],
  ['Go', 'x509: certificate is valid for mail.litware.example, not mail.contoso.example', 'certificate-name-mismatch'],
  // Node
  [
    'nodemailer',
    "{ code: 'EAUTH', response: '535 5.7.3 Authentication unsuccessful [AM0]', responseCode: 535, command: 'AUTH XOAUTH2' }",
    'exchange-rejected-token',
  ],
  ['nodemailer', "Error: Message failed: 550 relay not permitted code: 'EMESSAGE', errno ECONNECTION", 'relay-denied'],
  // Postfix
  [
    'Postfix',
    'to=<b@litware.example>, relay=smtp.office365.com[52.96.0.1]:587, delay=1.2, delays=0.1/0/1/0.1, dsn=5.7.3, status=deferred (SASL authentication failed; server smtp.office365.com[52.96.0.1] said: 535 5.7.3 Authentication unsuccessful)',
    'exchange-rejected-token',
  ],
  [
    'Postfix',
    'dsn=5.7.26, status=bounced (host gmail-smtp-in.l.google.com[142.250.1.1] said: 550-5.7.26 This mail has been blocked because the sender is unauthenticated. (in reply to end of DATA command))',
    'sender-authentication-failed',
  ],
  [
    'Postfix',
    'status=bounced (host mx.litware.example[203.0.113.5] said: 554 5.7.1 <unknown[203.0.113.7]>: Client host rejected: Access denied (in reply to RCPT TO command))',
    'our-address-blocked',
  ],
  [
    'Postfix',
    'status=deferred (connect to mx.litware.example[203.0.113.5]:25: Connection timed out)',
    'connection-timed-out',
  ],
  [
    'Postfix',
    'status=deferred (connect to mx.litware.example[2001:db8::5]:25: Network is unreachable)',
    'network-unreachable',
  ],
  [
    'Postfix',
    'status=bounced (Host or domain name not found. Name service error for name=litware.example type=MX: Host not found)',
    'name-not-found',
  ],
  [
    'Postfix',
    'status=deferred (TLS is required, but was not offered by host mx.litware.example[203.0.113.5])',
    'starttls-not-offered',
  ],
  ['Postfix', 'warning: SASL authentication failure: No worthy mechs found', 'auth-mechanism-unavailable'],
  [
    'Postfix',
    'status=deferred (lost connection with mx.litware.example[203.0.113.5] while receiving the initial server greeting)',
    'connection-lost',
  ],
  // Exim
  [
    'Exim',
    '** b@litware.example R=smarthost T=remote_smtp H=smtp.office365.com [52.96.0.1] X=TLS1.3: SMTP error from remote mail server after end of data: 550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    'send-as-denied',
  ],
  [
    'Exim',
    'SMTP error from remote mail server after RCPT TO:<b@litware.example>: 550-Please turn on SMTP Authentication in your mail client.',
    'not-authenticated',
  ],
  [
    'Exim',
    'H=mx.litware.example [203.0.113.5] SMTP error from remote mail server after RCPT TO:<b@litware.example>: 550 5.1.1 <b@litware.example>: User unknown',
    'recipient-not-found',
  ],
  // Bounces and Outlook
  [
    'a bounce',
    'Diagnostic-Code: smtp;550 5.7.515 Access denied, sending domain CONTOSO.EXAMPLE does not meet the required authentication level.',
    'sender-authentication-failed',
  ],
  [
    'a bounce',
    '550 5.7.509 Access denied, sending domain contoso.example does not pass DMARC verification',
    'sender-authentication-failed',
  ],
  [
    'a bare line',
    '5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.',
    'smtp-auth-disabled-for-mailbox',
  ],
  ['a bare line', '5.7.139 Authentication unsuccessful, the federated STS could not be reached', 'unrecognised'],
  ['a bare line', '550 5.5.105 something new', 'unrecognised'],
  ['a bare line', '550 5.7.30 go away', 'unrecognised'],
  ['a bare line', '5.7.139 restricted', 'unrecognised'],
  // Graph and OAuth
  [
    'Graph',
    '{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}',
    'mailbox-permission-missing',
  ],
  [
    'Graph',
    '{"error":{"code":"ErrorSendAsDenied","message":"The user account does not have the right to send mail on behalf of the specified sending account."}}',
    'send-as-denied',
  ],
  [
    'Graph',
    '{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"The mailbox is either inactive, soft-deleted, or is hosted on-premise."}}',
    'exchange-rejected-token',
  ],
  [
    'Graph',
    '{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}',
    'concurrency-exceeded',
  ],
  [
    'Google',
    '{"error":"unauthorized_client","error_description":"Client is unauthorized to retrieve access tokens using this method"}',
    'unrecognised',
  ],
  [
    'Google',
    '534-5.7.9 Application-specific password required. For more information, go to\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor h26 - gsmtp',
    'credentials-incorrect',
  ],
  [
    'MSAL',
    'MsalServiceException: A configuration issue is preventing authentication. Original exception: AADSTS7000215: Invalid client secret provided.',
    'secret-invalid',
  ],
  // Printers
  [
    'a scanner',
    'SMTP error: 535 5.7.139 Authentication unsuccessful, basic authentication is disabled',
    'basic-auth-disabled',
  ],
  ['a scanner', 'Scan to email failed. Code 1102', null],
  ['a Canon panel', '#801', null],
  // Texts without a code, as the clients print them
  [
    'smtplib',
    'smtplib.SMTPServerDisconnected: Connection unexpectedly closed: The read operation timed out',
    'connection-timed-out',
  ],
  ['smtplib', 'smtplib.SMTPServerDisconnected: please run connect() first', null],
  ['smtplib', 'TimeoutError: _ssl.c:1012: The handshake operation timed out', 'connection-timed-out'],
  [
    'smtplib',
    "certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:1029)",
    'certificate-name-mismatch',
  ],
  ['aiosmtplib', 'aiosmtplib.errors.SMTPServerDisconnected: Server not connected', null],
  [
    'aiosmtplib',
    'SMTPException: The SMTP AUTH extension is not supported by this server. Try connecting via TLS (or STARTTLS).',
    'auth-mechanism-unavailable',
  ],
  [
    'aiosmtplib',
    "SMTPConnectError: Error connecting to localhost on port 2999: [Errno 111] Connect call failed ('127.0.0.1', 2999)",
    'connection-refused',
  ],
  ['aiosmtplib', 'SMTPConnectTimeoutError: Timed out connecting to localhost on port 2998', 'connection-timed-out'],
  ['smtplib', 'smtplib.SMTPNotSupportedError: SMTPUTF8 not supported by server', 'smtputf8-unsupported'],
  ['curl', 'curl: (64) STARTTLS not supported.', 'starttls-not-offered'],
  ['curl', 'curl: (35) TLS connect error: error:0A00010B:SSL routines::wrong version number', 'tls-expected'],
  [
    'curl',
    "curl: (60) SSL: certificate subject name 'mail' does not match target hostname 'smtp'",
    'certificate-name-mismatch',
  ],
  ['curl', 'curl: (56) response reading failed (errno: 115)', 'connection-lost'],
  [
    'Thunderbird',
    "Unable to establish a secure link with Outgoing server (SMTP) smtp.contoso.example using STARTTLS since it doesn't advertise that feature.",
    'starttls-not-offered',
  ],
  [
    'Zabbix',
    'SSL peer certificate or SSH remote key was not OK: server verification failed: certificate signer not trusted. (CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none)',
    'certificate-untrusted',
  ],
  [
    '.NET',
    'The remote certificate is invalid because of errors in the certificate chain: NotTimeValid',
    'certificate-expired',
  ],
  [
    '.NET',
    'The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot',
    'certificate-untrusted',
  ],
  [
    '.NET',
    'The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch, RemoteCertificateChainErrors',
    'certificate-name-mismatch',
  ],
  ['.NET', 'Server does not support secure connections.', 'starttls-not-offered'],
  [
    '.NET',
    'The client or server is only configured for E-mail addresses with ASCII local-parts: jörg@contoso.example.',
    'smtputf8-unsupported',
  ],
  ['MailKit', 'The SMTP server does not support the STARTTLS extension.', 'starttls-not-offered'],
  ['MailKit', 'The SMTP server does not support authentication.', 'auth-mechanism-unavailable'],
  [
    'Java',
    'javax.net.ssl.SSLHandshakeException: (certificate_unknown) No name matching localhost found',
    'certificate-name-mismatch',
  ],
  ['PHPMailer', 'SMTP ERROR: No supported authentication methods found', 'auth-mechanism-unavailable'],
  [
    'PHPMailer',
    "SMTP Error: Could not connect to SMTP host. stream_socket_enable_crypto(): Peer certificate subjectAltName did not match expected name `127.0.0.1'",
    'certificate-name-mismatch',
  ],
  ['Symfony', 'Connection to "localhost:2997" has been closed unexpectedly.', 'connection-lost'],
  [
    'Symfony',
    'Connection could not be established with host "ssl://localhost:2587": SSL routines::wrong version number',
    'tls-expected',
  ],
  ['Action Mailer', "net/protocol.rb:237:in `rbuf_fill': end of file reached (EOFError)", 'connection-lost'],
  ['Perl', 'no TLS: hostname verification failed at send.pl line 6.', 'certificate-name-mismatch'],
  ['Perl', 'Net::SMTP: 421 [Net::SMTP] Connection closed', 'connection-lost'],
  ['Email::Sender', "failed AUTH: Command unknown: 'AUTH'", 'auth-mechanism-unavailable'],
  ['emailjs', 'no form of authorization supported', 'auth-mechanism-unavailable'],
  [
    'Java',
    'Could not connect to SMTP host: localhost, port: 2587; javax.net.ssl.SSLException: Unsupported or unrecognized SSL message',
    'tls-expected',
  ],
  [
    'Jakarta Mail',
    "Could not convert socket to TLS; java.io.IOException: Can't verify identity of server: 127.0.0.1",
    'certificate-name-mismatch',
  ],
  [
    'Mono',
    'AuthenticationException: Authentication failed, see inner exception. ---> Mono.Btls.MonoBtlsException: Ssl error:1000042e:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION',
    'tls-version-unsupported',
  ],
  ['Mono', 'Message could not be sent. ---> System.IO.IOException: Connection closed', 'connection-lost'],
  ['Go', "smtp: server doesn't support AUTH", 'auth-mechanism-unavailable'],
  [
    'Go',
    "tls: failed to verify certificate: x509: cannot validate certificate for 192.0.2.9 because it doesn't contain any IP SANs",
    'certificate-name-mismatch',
  ],
  [
    'Alertmanager',
    '\'require_tls\' is true (default) but "mail:25" does not advertise the STARTTLS extension',
    'starttls-not-offered',
  ],
  ['msmtp', 'msmtp: the server does not support TLS via the STARTTLS command', 'starttls-not-offered'],
  ['msmtp', 'msmtp: the server does not support authentication', 'auth-mechanism-unavailable'],
  ['msmtp', 'msmtp: TLS handshake failed: An unexpected TLS packet was received.', 'tls-expected'],
  [
    'msmtp',
    'msmtp: TLS certificate verification failed: The certificate is NOT trusted. The certificate chain uses expired certificate. ',
    'certificate-expired',
  ],
  [
    'msmtp',
    'msmtp: TLS certificate verification failed: The certificate is NOT trusted. The name in the certificate does not match the expected. ',
    'certificate-name-mismatch',
  ],
  [
    'msmtp',
    'msmtp: TLS certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown. ',
    'certificate-untrusted',
  ],
  ['swaks', '*** Host did not advertise STARTTLS', 'starttls-not-offered'],
  ['swaks', '*** Host did not advertise authentication', 'auth-mechanism-unavailable'],
  ['swaks', '*** TLS startup failed (connect(): error:0A00010B:SSL routines::wrong version number)', 'tls-expected'],
  ['swaks', '*** Remote host closed connection unexpectedly.', 'connection-lost'],
  ['s-nail', 's-nail: TLS certificate does not match: localhost:465', 'certificate-name-mismatch'],
  ['s-nail', 's-nail: Could not connect(2): Connection refused', 'connection-refused'],
  ['dma', 'SSL handshake failed fatally: error:0A00010B:SSL routines::wrong version number', 'tls-expected'],
  [
    'nullmailer',
    'smtp: Failed: Server does not advertise any supported authentication methods',
    'auth-mechanism-unavailable',
  ],
  ['OpenSMTPD', "IO Error: name `mail.contoso.example' not present in server certificate", 'certificate-name-mismatch'],
  ['OpenSMTPD', 'IO Error: certificate verification failed: self-signed certificate', 'certificate-untrusted'],
  ['git', 'STARTTLS failed! hostname verification failed at git-send-email line 1677.', 'certificate-name-mismatch'],
  [
    'Postfix',
    'SMTPS wrappermode (TCP port 465) requires setting "smtp_tls_wrappermode = yes", and "smtp_tls_security_level = encrypt" (or stronger)',
    'tls-expected',
  ],
  ['sendEmail', 'NOTICE => Authentication not supported by the remote SMTP server!', 'auth-mechanism-unavailable'],
  ['nodemailer', "Missing credentials for \"PLAIN\" { code: 'EAUTH', command: 'API' }", null],
  ['nodemailer', "connect ECONNREFUSED 203.0.113.9:587 { code: 'ESOCKET', command: 'CONN' }", 'connection-refused'],
]
test('more than sixty errors of clients are recognised, none as a wrong code', () => {
  expect(WRAPPED.length).toBeGreaterThanOrEqual(60)
  const named = WRAPPED.map(([client, pasted]) => {
    const { signature, codes } = search(pasted, 'en')
    return [client, pasted, signature === null ? null : codes.join()]
  })
  expect(named).toEqual(WRAPPED)
})

const CERTIFICATE = ['certificate-untrusted', 'certificate-expired', 'certificate-name-mismatch']
const HANDSHAKE = ['tls-expected', ...CERTIFICATE, 'tls-version-unsupported', 'tls-handshake-refused']
const CONNECTION = [
  'name-not-found',
  'name-lookup-failed',
  'connection-refused',
  'connection-timed-out',
  'connection-lost',
  'network-unreachable',
  'tls-expected',
  'starttls-not-offered',
  ...HANDSHAKE.slice(1),
]
const PASSWORD = [
  'credentials-incorrect',
  'basic-auth-disabled',
  'smtp-auth-disabled-for-tenant',
  'smtp-auth-disabled-for-mailbox',
  'blocked-by-security-defaults',
  'blocked-by-sign-in-policy',
]
const LOGIN = [...PASSWORD, 'exchange-rejected-token']
const NO_GREETING = ['connection-timed-out', 'tls-expected']
const NAME = ['name-not-found', 'name-lookup-failed']

/** Texts that a client prints for several faults. */
const AMBIGUOUS: [pasted: string, codes: string[]][] = [
  ['curl: (6) Could not resolve host: smtp.contoso.example', NAME],
  ["The remote name could not be resolved: 'smtp.contoso.example'", NAME],
  ['java.net.UnknownHostException: smtp.contoso.example', NAME],
  ['javax.mail.MessagingException: Unknown SMTP host: smtp.contoso.example', NAME],
  [
    'curl: (7) Failed to connect to smtp.contoso.example port 587 after 12 ms: Could not connect to server',
    ['connection-refused', 'connection-timed-out', 'network-unreachable'],
  ],
  [
    'Could not connect to server: Failed to connect to localhost port 2599 after 0 ms: Could not connect to server',
    ['connection-refused', 'connection-timed-out', 'network-unreachable'],
  ],
  [
    'bsmtp: bsmtp.c:509-0 Failed to connect to mailhost localhost',
    ['connection-refused', 'connection-timed-out', 'network-unreachable'],
  ],
  ['Could not resolve hostname: Could not resolve host: smtp.contoso.example', NAME],
  ['Timeout was reached: Operation timed out after 40002 milliseconds with 0 bytes received', NO_GREETING],
  ['SSL peer certificate or SSH remote key was not OK', CERTIFICATE],
  ['Login denied', LOGIN],
  ["authorization.failed (bad response on command 'd3Jvbmc=': User name or password is REDACTED.)", LOGIN],
  ['Failed to connect to ssl://localhost:465 [SMTP: Failed to connect socket: fsockopen()]', CONNECTION],
  ['Authentication to localhost:587 failed, please check your username and/or password', LOGIN],
  ['Login to server smtp.contoso.example with username scanner failed.', LOGIN],
  [
    "Unable to authenticate to Outgoing server (SMTP) smtp.contoso.example. Please check the password and verify the 'Authentication method' in 'Account Settings | Outgoing server (SMTP)'.",
    LOGIN,
  ],
  [
    'The message could not be sent because connecting to Outgoing server (SMTP) smtp.contoso.example failed. The server may be unavailable or is refusing SMTP connections.',
    CONNECTION,
  ],
  [
    'The message could not be sent because the connection to Outgoing server (SMTP) smtp.contoso.example timed out. Try again.',
    NO_GREETING,
  ],
  ['The remote certificate is invalid according to the validation procedure.', CERTIFICATE],
  ['ssl.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:777)', CERTIFICATE],
  [
    'The remote certificate is invalid according to the validation procedure: RemoteCertificateChainErrors',
    ['certificate-untrusted', 'certificate-expired'],
  ],
  ['curl: (35) SSL connect error', HANDSHAKE],
  ['status=deferred (Cannot start TLS: handshake failure)', HANDSHAKE],
  ['Could not negotiate TLS connection', HANDSHAKE],
  ['status=deferred (Server certificate not verified)', CERTIFICATE],
  ['Untrusted server certificate\nCould not negotiate TLS connection', CERTIFICATE],
  ['TLS session: (certificate verification failed): delivering unencrypted to H=mail.contoso.example', CERTIFICATE],
  ['smtp: Failed: Server SSL/TLS certificate is untrusted', ['certificate-untrusted', 'certificate-expired']],
  ['Invalid peer certificate (error 18)', ['certificate-untrusted', 'certificate-expired']],
  ['remote delivery deferred: DNS lookup failure: host mail.contoso.example not found', NAME],
  ['Sending failed: Host not found', NAME],
  ['Could not find the host "mail.contoso.example"', NAME],
  ['sSMTP[614]: Unable to locate mail.contoso.example', NAME],
  [
    'sSMTP[608]: Unable to connect to "mail.contoso.example" port 587.',
    ['connection-refused', 'connection-timed-out', 'network-unreachable'],
  ],
  ['Remote host closed connection in response to initial connection', ['connection-lost', 'tls-expected']],
  ['stat="Network error on destination MXs"', CONNECTION],
  ['sendmail: Cannot open mail.contoso.example:587', CONNECTION],
  ['Unable to initialize SMTP properly. Check config and use --smtp-debug.', CONNECTION],
  ['Cannot open a connection to the mailserver mail.contoso.example:587 -- Operation now in progress', CONNECTION],
  ['Sending failed: Failed to authenticate to server', [...LOGIN, 'auth-mechanism-unavailable']],
  ['SMTP-AUTH: Authentication to mail.contoso.example:587 failed.', [...LOGIN, 'auth-mechanism-unavailable']],
  ['SMTP login to mail.contoso.example failed', LOGIN],
  ['javax.mail.MessagingException: Could not convert socket to TLS', HANDSHAKE],
  ["{ code: 'ETLS', command: 'CONN' }", HANDSHAKE],
  ["can't STARTTLS: 2.0.0 Ready to start TLS", HANDSHAKE],
  [
    'MailKit.Security.SslHandshakeException: An error occurred while attempting to establish an SSL or TLS connection. 1. The server is using a self-signed certificate which cannot be verified. 4. The certificate presented by the server is expired or invalid.',
    HANDSHAKE,
  ],
  [
    'javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake',
    ['tls-version-unsupported', 'tls-handshake-refused', 'connection-lost'],
  ],
  [
    "Authentication failed because the remote party sent a TLS alert: 'ProtocolVersion'.",
    ['tls-version-unsupported', 'tls-handshake-refused', 'connection-lost'],
  ],
  [
    'Failure sending mail. ---> System.IO.IOException: Unable to read data from the transport connection: net_io_connectionclosed.',
    ['connection-lost', 'connection-timed-out', 'tls-expected', 'tls-version-unsupported'],
  ],
  ['System.Net.Mail.SmtpException: The operation has timed out.', NO_GREETING],
  ['smtplib.SMTPServerDisconnected: Connection unexpectedly closed: timed out', NO_GREETING],
  ['SMTPConnectTimeoutError: Timed out waiting for server ready message', NO_GREETING],
  ['Net::ReadTimeout with #<TCPSocket:(closed)> (Net::ReadTimeout)', NO_GREETING],
  ['MessagingException: Exception reading response; java.net.SocketTimeoutException: Read timed out', NO_GREETING],
  ['no connection: Net::SMTP: 421 [Net::SMTP] Timeout', NO_GREETING],
  ['TransportException: Connection to "localhost:2465" timed out.', NO_GREETING],
  ['Error: timedout while connecting to smtp server', NO_GREETING],
  [
    'Could not connect to SMTP host: smtp.contoso.example, port: 465, response: -1',
    ['connection-lost', 'tls-expected'],
  ],
  ['Got bad greeting from SMTP host: localhost, port: 2997, response: [EOF]', ['connection-lost', 'tls-expected']],
  [
    'The SMTP server requires a secure connection or the client was not authenticated.',
    ['starttls-required', 'not-authenticated', ...PASSWORD],
  ],
  ['unencrypted connection', ['starttls-not-offered', 'auth-mechanism-unavailable']],
  ['System.Net.Mail.SmtpException: Failure sending mail.', CONNECTION],
  ['SMTP Error: Could not connect to SMTP host.', CONNECTION],
  ["Couldn't connect to host, port: smtp.contoso.example, 587; timeout -1", CONNECTION],
  ["{ code: 'ESOCKET', command: 'CONN' }", CONNECTION],
  ['unable to establish SMTP connection to (localhost) port 2465', CONNECTION],
  ['Connection could not be established with host "ssl://localhost:2465": SSL operation failed', CONNECTION],
  [
    'SMTP connect() failed. https://github.com/PHPMailer/PHPMailer/wiki/Troubleshooting',
    [...CONNECTION, ...LOGIN, 'auth-mechanism-unavailable'],
  ],
  ['SMTP Error: Could not authenticate.', [...LOGIN, 'auth-mechanism-unavailable']],
  ["Error: Invalid login { code: 'EAUTH', command: 'AUTH PLAIN' }", [...LOGIN, 'auth-mechanism-unavailable']],
  ['curl: (67) Login denied', LOGIN],
  ['smtplib.SMTPAuthenticationError', LOGIN],
  ['javax.mail.AuthenticationFailedException', LOGIN],
  ['msmtp: authentication failed (method PLAIN)', LOGIN],
  ['*** No authentication type succeeded', LOGIN],
  ['Kyocera TASKalfa: send error 1102', LOGIN],
  ['Canon: #839', LOGIN],
]

test.each(AMBIGUOUS)('an error that several faults cause lists them all: %s', (pasted, codes) => {
  const { signature, codes: named } = search(pasted, 'en')
  expect(pasted).toContain(signature)
  expect(named).toEqual(codes)
})

test.each(AMBIGUOUS)('a server’s reply that has the words of a client is not diagnosed by them: %s', (pasted) => {
  expect(search(`${pasted}\n550 5.1.1 User unknown`, 'en').codes).toEqual(['recipient-not-found'])
  const fault = { kind: 'smtp', code: 550, enhanced: null, reply: `550 ${pasted}`, login: 'xoauth2' } as const
  expect(diagnose(fault, { stage: 'data', claims: null }).code).toBe('unrecognised')
})

test('a number that several faults share lists them all', () => {
  expect(search('535', 'en').codes).toContain('exchange-rejected-token')
  expect(search('535', 'en').codes.length).toBeGreaterThan(5)
})

test('terms are searched in the reader’s language, titles first', () => {
  expect(search('clock wrong', 'en').codes[0]).toBe('clock-wrong')
  expect(search('Uhr falsch', 'de').codes[0]).toBe('clock-wrong')
  expect(search('no such words at all', 'en')).toEqual({ signature: null, codes: [] })
})

test('any text gets an answer quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const code of search(text, 'en').codes) expect(DIAGNOSIS_CODES).toContain(code)
    }),
    { numRuns: 200 },
  )
  const from = ownMs()
  search(`${'550 '.repeat(5000)}${"' ".repeat(5000)}`, 'en')
  search('4.'.repeat(20_000), 'en')
  expect(ownMs() - from).toBeLessThan(1000)
})

test('a text with many possible causes leads through them by what to check first, and leaves none out', () => {
  const many = AMBIGUOUS_TERMS.filter(([codes]) => codes.length > 4)
  for (const [codes, pattern] of many)
    expect(
      causesByCheck(codes)
        .flatMap((each) => each.codes)
        .toSorted(),
      `${pattern}`,
    ).toEqual(codes.toSorted())
  const { codes } = search('Failure sending mail.', 'en')
  expect(causesByCheck(codes).map(({ check, codes }) => `${check} ${codes.length}`)).toEqual([
    'name 2',
    'reach 4',
    'encryption 4',
    'certificate 3',
  ])
})

test('the groups contain every code once, and every code except the last has a signature or terms', () => {
  expect(DIAGNOSIS_GROUPS.flatMap(codesOfGroup)).toEqual(DIAGNOSIS_CODES)
  expect(signaturesOf('secret-expired')).toEqual(['AADSTS7000222'])
  expect(signaturesOf('credentials-incorrect')).toContain('535 (auth)')
  expect(signaturesOf('our-address-blocked')).toEqual(expect.arrayContaining(['5.7.606–649', '5.7.511']))
})

test.each(['[', '[ ', '[a] ', '<', "said '", 'a_', '(550, '])(
  'W-14 a pasted reply with %j a thousand times, or 26 times and a wrong end, is searched in a moment',
  (unit) => {
    for (const text of [unit.repeat(1_000), ...[']x', ' x', '>x'].map((end) => unit.repeat(26) + end)]) {
      const before = processorMs()
      search(`550 5.1.1 ${text}`, 'en')
      expect(processorMs() - before, text.slice(-30)).toBeLessThan(200)
    }
  },
)

test.each(['a', '[a] ', '1.', 'a_'])('W-14 a reply of 64 KiB of %j is parsed in a moment', (unit) => {
  const before = processorMs()
  parseReply(550, null, `550 5.1.1 Unknown ${unit.repeat((64 * 1024) / unit.length)}x`)
  expect(processorMs() - before).toBeLessThan(300)
})

test('the brackets of a trace at the end of a reply are not part of its text, and those inside are', () => {
  const text = (reply: string) => parseReply(0, null, reply).text
  expect(text('550 5.1.1 Unknown [AM0PR10.OUTLOOK.COM 2026-11-24] [Hostname=a] ')).toBe('Unknown')
  expect(text('550 5.1.1 Unknown [a [b] [cut off')).toBe('Unknown')
  expect(text('550 5.1.1 Host [192.0.2.1] is blocked')).toBe('Host [192.0.2.1] is blocked')
})
