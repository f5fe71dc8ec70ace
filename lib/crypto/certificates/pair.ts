import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { fail, ok, type Result } from '../../kernel'
import { Redacted } from '../../kernel/redacted'

export interface CertificateWithKey {
  privateKey: Redacted
  /** PEM. */
  certificate: string
  /** SHA-256, 64 hexadecimal digits in upper case. */
  thumbprint: string
  startsAt: Date
  expiresAt: Date
}

export type CertificateProblem =
  | 'not-readable'
  | 'no-certificate'
  | 'no-key'
  | 'wrong-password'
  | 'password-needed'
  | 'key-mismatch'
  | 'key-unsuitable'
  | 'not-yet-valid'
  | 'expired'
  | 'too-large'
  /** Its password protection needs more processor time than the console may spend on one file. */
  | 'too-many-rounds'

export type ReadCertificate = Result<CertificateWithKey, CertificateProblem>

/** Entra rejects shorter keys. The sealed text of a longer one would be larger than the vault opens. */
const KEY_BITS_MIN = 2048
const KEY_BITS_MAX = 4096

export const thumbprintOf = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(':', '')

/** Checks that key and certificate can be used to sign in to Entra: they are RSA, a pair, and valid now. */
export function pairOf(key: KeyObject, certificates: readonly X509Certificate[], now: Date): ReadCertificate {
  if (certificates.length === 0) return fail('no-certificate')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < KEY_BITS_MIN || bits > KEY_BITS_MAX) return fail('key-unsuitable')
  // A file may contain a whole chain. The certificate of the application is the one of this key.
  const certificate = certificates.find((each) => isOf(each, key))
  if (!certificate) return fail('key-mismatch')
  const startsAt = new Date(certificate.validFrom)
  const expiresAt = new Date(certificate.validTo)
  if (Number.isNaN(startsAt.getTime()) || Number.isNaN(expiresAt.getTime())) return fail('not-readable')
  if (expiresAt <= now) return fail('expired')
  if (startsAt > now) return fail('not-yet-valid')
  return ok({
    privateKey: new Redacted(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    certificate: certificate.toString(),
    thumbprint: thumbprintOf(certificate),
    startsAt,
    expiresAt,
  })
}

function isOf(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.publicKey.equals(createPublicKey(key))
  } catch {
    return false // Node.js does not read this kind of public key
  }
}

export function certificateOf(encoded: string | Buffer): X509Certificate | null {
  try {
    return new X509Certificate(encoded)
  } catch {
    return null
  }
}
