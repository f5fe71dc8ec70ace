import type { Socket } from 'node:net'
import tls from 'node:tls'
import { fail, type NetFault, type NetFaultCode, ok, type Result } from '../kernel'
import { withLimit } from './limit'
import { scrub } from './scrub'

/** A handshake takes two round trips and some computation. */
const HANDSHAKE_MS_MAX = 10_000

const MIN_VERSION = 'TLSv1.2'

/** Returns the options of every TLS connection: certificates are verified, and TLS 1.2 is the lowest version. No setting turns this off. */
export const tlsOptions = (host: string, ca: readonly string[] = []): tls.ConnectionOptions => ({
  servername: host,
  rejectUnauthorized: true,
  secureContext: trusting(ca),
})

let last: { ca: string; context: tls.SecureContext } | null = null

/**
 * Shares one context for the same list, since each costs time and memory; with a list, Node parses every built-in root for it, which takes longer
 * than the handshake. Without one it trusts its built-in roots and NODE_EXTRA_CA_CERTS.
 */
function trusting(certificates: readonly string[]): tls.SecureContext {
  const ca = certificates.join('\n')
  if (last?.ca !== ca) {
    const context = tls.createSecureContext({
      minVersion: MIN_VERSION,
      ...(certificates.length > 0 && { ca: [...tls.rootCertificates, ...certificates] }),
    })
    last = { ca, context }
  }
  return last.context
}

const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_RECORD_LAYER_FAILURE',
])
const TOO_OLD =
  /^ERR_SSL_(UNSUPPORTED_PROTOCOL|.*ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|UNKNOWN_SSL_VERSION|INAPPROPRIATE_FALLBACK|UNSUPPORTED_SSL_VERSION)$/
/**
 * The handshake failed for a reason that a retry does not change: an alert about names, certificates or ciphers (RFC 8446 §6.2), or a key
 * of the server that is too weak. OpenSSL has `SSLV3_ALERT_…`, `TLSV1_ALERT_…` and `SSL/TLS_ALERT_…`.
 */
const REFUSED =
  /^ERR_SSL_(.*ALERT_(HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|NO_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|INSUFFICIENT_SECURITY|NO_APPLICATION_PROTOCOL|UNKNOWN_PSK_IDENTITY|EXPORT_RESTRICTION)|TLSV1\w*_(UNRECOGNIZED_NAME|UNSUPPORTED_EXTENSION|BAD_CERTIFICATE_\w+|CERTIFICATE_\w+)|NO_CIPHERS_AVAILABLE|NO_SHARED_CIPHER|NO_SUITABLE_\w+|DH_KEY_TOO_SMALL|EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|BAD_ECPOINT|WRONG_CURVE|WRONG_SIGNATURE_TYPE|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|WRONG_CIPHER_RETURNED|UNKNOWN_CIPHER_RETURNED)$/
const EXPIRED: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
/** OpenSSL's other reasons not to trust a chain, as Node spells them. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|CRL_\w+|INVALID_\w+|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT_\w+|OUT_OF_MEM|ERR_TLS_CERT_\w+)$/
const LOST: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ENOTCONN',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** Our code for Node's code of a failed handshake or a broken connection, or null for any other error. */
export function tlsFaultCode(code: string): NetFaultCode | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') return 'certificate-name-mismatch'
  if (EXPIRED.has(code)) return 'certificate-expired'
  if (NOT_TLS.has(code)) return 'tls-expected'
  if (TOO_OLD.test(code)) return 'tls-version-unsupported'
  if (REFUSED.test(code)) return 'tls-handshake-refused'
  if (LOST.has(code) || code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'connection-lost'
  if (code === 'ETIMEDOUT') return 'connection-timed-out'
  return UNTRUSTED.test(code) ? 'certificate-untrusted' : null
}

/** The members of a certificate error. They are public facts of the certificate. */
type CertificateError = Error & { code?: unknown; cert?: Partial<tls.PeerCertificate> }

/** Adds the server's certificate to the error that it causes. Node does so only if the name is wrong. */
export function tellCertificate(socket: Socket): void {
  if (!(socket instanceof tls.TLSSocket)) return
  // Node verifies the certificate right after this event, and has dropped it once there is an error.
  socket.prependOnceListener('secure', () => {
    const cert = socket.getPeerCertificate()
    const tell = (thrown: CertificateError) => {
      thrown.cert ??= cert
    }
    socket.prependOnceListener('error', tell)
    socket.once('secureConnect', () => socket.removeListener('error', tell))
  })
}

/** X.520 allows as many, but a certificate may hold anything, of any length. */
const FACT_CHARACTERS_MAX = 64
const fact = (text: unknown): string => String(text ?? '?').slice(0, FACT_CHARACTERS_MAX)

/** Common name and organisation. A firewall that intercepts TLS is often recognised by the latter only. */
const partyOf = (name: tls.Certificate | undefined): string =>
  [name?.CN, name?.O]
    .filter((part) => part !== undefined)
    .map(fact)
    .join(', ') || '?'

/** Describes an error by its code and, if it is about a certificate, by its subject, issuer, dates and names. */
export function tlsEvidence(thrown: Error): string {
  const { code, cert } = thrown as CertificateError
  const facts = [String(code ?? thrown.message)]
  if (cert?.subject) facts.push(`subject ${partyOf(cert.subject)}; issuer ${partyOf(cert.issuer)}`)
  if (cert?.valid_from) facts.push(`valid from ${fact(cert.valid_from)} to ${fact(cert.valid_to)}`)
  if (cert?.subjectaltname) facts.push(`names ${cert.subjectaltname}`)
  return scrub(facts.join('; '))
}

export interface SecureOptions {
  host: string
  port: number
  signal: AbortSignal
}

/**
 * Begins TLS over a dialled socket, verified against the requested name and never against the address. On a fault the socket is destroyed.
 * `ca` has PEM certificates that are trusted in addition to the built-in roots.
 */
export const secure = (
  socket: Socket,
  { signal, ...target }: SecureOptions,
  ca: readonly string[],
): Promise<Result<tls.TLSSocket, NetFault>> =>
  withLimit(signal, HANDSHAKE_MS_MAX, (limit) => handshake(socket, { ...target, signal: limit }, ca))

function handshake(
  socket: Socket,
  { host, port, signal }: SecureOptions,
  ca: readonly string[],
): Promise<Result<tls.TLSSocket, NetFault>> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ ...tlsOptions(host, ca), socket })
    tellCertificate(secured)
    const finish = (result: Result<tls.TLSSocket, NetFault>): void => {
      signal.removeEventListener('abort', onAbort)
      secured.removeListener('error', onError)
      secured.removeListener('close', onClose)
      if (!result.ok) {
        secured.on('error', () => {})
        socket.on('error', () => {})
        secured.destroy()
        socket.destroy()
      }
      resolve(result)
    }
    const refuse = (code: NetFaultCode, evidence: string) => finish(fail({ kind: 'net', code, host, port, evidence }))
    const onAbort = () => refuse('deadline-passed', 'the TLS handshake did not end in time')
    const onClose = () => refuse('connection-lost', 'closed during the TLS handshake')
    const onError = (thrown: NodeJS.ErrnoException) => {
      const code = tlsFaultCode(thrown.code ?? '')
      if (code) return refuse(code, tlsEvidence(thrown))
      // An error that is not one of a connection is a bug.
      secured.destroy()
      reject(thrown)
    }
    secured.once('error', onError)
    secured.once('close', onClose)
    secured.once('secureConnect', () => finish(ok(secured)))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
