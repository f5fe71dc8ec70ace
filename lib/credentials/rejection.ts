import type { DiagnosisCode } from '../kernel/diagnosis-code'

/**
 * Entra said no to the credential itself: another one of the same application may still do. Anything else (the application, the
 * tenant, the network, our own store) would meet the other one too, or must not be got around.
 */
const REFUSALS: readonly string[] = [
  'secret-invalid',
  'secret-expired',
  'certificate-rejected',
  'assertion-mismatch',
  'federated-credential-mismatch',
] satisfies DiagnosisCode[]

export const isCredentialRefusal = (code: string): boolean => REFUSALS.includes(code)
