import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
import type { CertificateProblem, CertificateWithKey } from './contracts'

export type ReadCertificate = Result<CertificateWithKey, CertificateProblem>

/** Below, Entra refuses; above, a sealed key outgrows what is ever opened, and no one signs faster. */
const KEY_BITS_MIN = 2048
const KEY_BITS_MAX = 4096

export const thumbprintOf = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(':', '')

/** Whether key and certificate can sign in to Entra together: RSA, of a pair, and in time. */
export function pairOf(key: KeyObject, certificates: readonly X509Certificate[], now: Date): ReadCertificate {
  if (certificates.length === 0) return fail('no-certificate')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < KEY_BITS_MIN || bits > KEY_BITS_MAX) return fail('key-unsuitable')
  // A file may bring its whole chain; the application's own certificate is the one of this key.
  const own = certificates.find((certificate) => isOf(certificate, key))
  if (!own) return fail('key-mismatch')
  const startsAt = new Date(own.validFrom)
  const expiresAt = new Date(own.validTo)
  if (Number.isNaN(startsAt.getTime()) || Number.isNaN(expiresAt.getTime())) return fail('not-readable')
  if (expiresAt <= now) return fail('expired')
  if (startsAt > now) return fail('not-yet-valid')
  return ok({
    privateKey: new Redacted(key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    certificate: own.toString(),
    thumbprint: thumbprintOf(own),
    startsAt,
    expiresAt,
  })
}

function isOf(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.publicKey.equals(createPublicKey(key))
  } catch {
    return false // its public key is of a kind that is not read here
  }
}

/** Null: no certificate. */
export function certificateOf(encoded: string | Buffer): X509Certificate | null {
  try {
    return new X509Certificate(encoded)
  } catch {
    return null
  }
}
