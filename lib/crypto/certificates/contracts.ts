import type { Redacted } from '../../kernel/redacted'
import type { Result } from '../../kernel/result'

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
  /** Its password protection asks for more work than a console can give at once. */
  | 'too-many-rounds'

export interface Certificates {
  /** A new RSA key of 3072 bits with a self-signed certificate. */
  make(wish: { name: string; days: number; now: Date }): Promise<CertificateWithKey>
  /** PEM with certificate and private key, or PFX; both may be in one or two texts. */
  read(
    input:
      | { kind: 'pem'; text: Redacted; password: Redacted | null }
      | { kind: 'pfx'; bytes: Buffer; password: Redacted | null },
    now: Date,
  ): Promise<Result<CertificateWithKey, CertificateProblem>>
  /** DER of a PEM certificate, as `.cer` for the portal. */
  der(certificate: string): Buffer
}
