import type { Redacted } from '../../kernel/redacted'

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
