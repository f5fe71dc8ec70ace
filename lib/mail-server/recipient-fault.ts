import type { DiagnosisCode } from '../kernel/diagnosis-code'

/**
 * Faults of the recipient: they say nothing against the settings. SMTPUTF8 is among them because a sender address is always ASCII,
 * so only a recipient address can need it.
 */
export const RECIPIENT_FAULTS = [
  'recipient-not-found',
  'recipient-refused',
  'recipient-throttled',
  'smtputf8-unsupported',
] as const satisfies readonly DiagnosisCode[]
