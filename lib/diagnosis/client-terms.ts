import type { DiagnosisCode } from '../kernel/diagnosis-code'

/**
 * Error texts of clients and languages, for texts without a server's reply: Python, Java, .NET, Go, PHP, Ruby, curl, OpenSSL, Postfix,
 * printers, and Graph's error codes. The first match decides, so narrow patterns come first. Texts that a client uses for several
 * faults (`Could not authenticate`, `SMTP connect() failed`, `The remote certificate is invalid`) are left out on purpose.
 */
export const CLIENT_TERMS: readonly [code: DiagnosisCode, terms: RegExp][] = [
  [
    'certificate-name-mismatch',
    /hostname mismatch|no alternative certificate subject name|did not match expected CN|certificate is (?:not )?valid for .{1,80}, not |No subject alternative (?:DNS )?names? .{0,40}(?:found|match)|RemoteCertificateNameMismatch|SSL_?ERROR_BAD_CERT_DOMAIN/i,
  ],
  [
    'certificate-expired',
    /certificate (?:has|is) expired|certificate is not yet valid|CertificateExpiredException|CertificateNotYetValidException|expired or is not yet valid/i,
  ],
  [
    'certificate-untrusted',
    /certificate verify failed|CERTIFICATE_VERIFY_FAILED|unable to get (?:local )?issuer certificate|self[- ]signed certificate|signed by unknown authority|PKIX path building failed|unable to find valid certification path|RemoteCertificateChainErrors|certificate (?:is )?not trusted/i,
  ],
  [
    'tls-expected',
    /wrong[ _]version[ _]number|first record does not look like a TLS handshake|Unrecognized SSL message, plaintext connection|Cannot determine the frame size|packet length too long/i,
  ],
  [
    'tls-version-unsupported',
    /alert:? protocol[ _]version|tls: protocol version not supported|unsupported[ _]protocol|No appropriate protocol|tlsv1 alert protocol version/i,
  ],
  [
    'tls-handshake-refused',
    /alert:? (?:handshake[ _]failure|unrecognized[ _]name|certificate[ _]required|bad[ _]certificate)|tls: (?:handshake failure|unrecognized name|certificate required)|(?:dh|ee)[ _]key[ _]too[ _]small|unsafe legacy renegotiation/i,
  ],
  [
    'starttls-not-offered',
    /STARTTLS (?:extension )?(?:is )?not (?:supported|offered|available)|TLS is required, but was not offered|does not support (?:secure connections|STARTTLS)|STARTTLS is required but host does not support STARTTLS|\(64\) (?:Requested SSL level failed|STARTTLS)/i,
  ],
  [
    'auth-mechanism-unavailable',
    /SMTP AUTH extension not supported|No worthy mechs found|No suitable authentication (?:method|mechanism) found|no auth(?:entication)? mechanisms? (?:available|supported)|unsupported authentication mechanism|No authentication mechanisms supported/i,
  ],
  [
    'name-lookup-failed',
    /temporary failure in name resolution|Host not found, try again|server misbehaving|WSATRY_AGAIN|\bErrno -3\b/i,
  ],
  [
    'name-not-found',
    /name or service not known|nodename nor servname|no such host|could not resolve host|remote name could not be resolved|UnknownHostException|Name service error .{0,80}Host not found|Host or domain name not found|\bErrno -2\b|getaddrinfo failed/i,
  ],
  [
    'network-unreachable',
    /network (?:is|was) unreachable|no route to host|unreachable network|unreachable host|NoRouteToHostException|address family not supported/i,
  ],
  ['connection-refused', /connection refused|actively refused/i],
  [
    'connection-timed-out',
    /connection timed out|connect(?:ion)? timeout|connect timed out|connection attempt failed because the connected party did not|i\/o timeout|execution expired|OpenTimeout|failed to connect to .{1,80} Timeout was reached/i,
  ],
  [
    'connection-lost',
    /connection unexpectedly closed|lost connection with|connection reset|forcibly closed|broken pipe|unexpected EOF|SMTPServerDisconnected/i,
  ],
  // Graph
  ['send-as-denied', /\bErrorSendAsDenied\b/],
  ['mailbox-permission-missing', /\bErrorAccessDenied\b/],
  ['exchange-rejected-token', /\bMailboxNotEnabledForRESTAPI\b/],
  ['concurrency-exceeded', /\bApplicationThrottled\b|\bMailboxConcurrency limit\b/],
  ['message-too-large', /\bErrorMessageSizeExceeded\b/],
  ['address-malformed', /\bErrorInvalidRecipients\b/],
  ['mailbox-full', /\bErrorQuotaExceeded\b/],
  ['daily-quota-exceeded', /\bErrorExceededMessageLimit\b/],
  // The codes of curl and of printers' panels, which have a fixed meaning.
  ['credentials-incorrect', /curl: \(67\)|\b(?:kyocera|taskalfa|ecosys|send(?:ing)? error)\b.{0,40}\b1102\b/i],
]

/** Texts that are clearly errors but match no rule. They are shown as unrecognised instead of being searched for. */
export const UNNAMED_ERROR =
  /\b(?:unauthorized_client|invalid_grant|invalid_client|Authorization_RequestDenied|InvalidAuthenticationToken)\b/
