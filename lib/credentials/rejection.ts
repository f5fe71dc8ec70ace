import type { DiagnosisCode } from '../kernel/diagnosis-code'

/**
 * Entra rejected the credential itself, so another credential of the same application may still work. Any other fault (the
 * application, the tenant, the network, our own store) would affect that one too, or must not be bypassed.
 */
const REFUSALS: readonly string[] = [
  'secret-invalid',
  'secret-expired',
  'certificate-rejected',
  'assertion-mismatch',
  'federated-credential-mismatch',
] satisfies DiagnosisCode[]

export const isCredentialRefusal = (code: string): boolean => REFUSALS.includes(code)
