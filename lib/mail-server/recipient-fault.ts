import type { DiagnosisCode } from '../kernel/diagnosis-code'

/**
 * What a test met because of its recipient: the way to send was good up to there. A sender's address is ASCII, so SMTPUTF8 is
 * wanted for a recipient's only.
 */
export const RECIPIENT_FAULTS = [
  'recipient-not-found',
  'recipient-refused',
  'recipient-throttled',
  'smtputf8-unsupported',
] as const satisfies readonly DiagnosisCode[]
