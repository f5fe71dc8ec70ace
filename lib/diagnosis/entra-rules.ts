import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { EntraFault } from '../kernel/faults'
import { ENTRA_NUMBERS } from '../kernel/generated/faults/recognition'

const CODE_OF = new Map<number, DiagnosisCode>(
  Object.entries(ENTRA_NUMBERS).flatMap(([code, numbers]) =>
    numbers.map((number): [number, DiagnosisCode] => [number, code as keyof typeof ENTRA_NUMBERS]),
  ),
)

export const codeOfNumber = (number: number): DiagnosisCode | undefined => CODE_OF.get(number)

/** The number after the first `AADSTS`, with all its digits, because 50001 is not 500014. */
export function aadstsIn(text: string): number | null {
  const digits = /AADSTS(\d{4,9})(?!\d)/i.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/**
 * HTTP 429 and 5xx decide without the body. An unusable reply is not from Entra, so a number in it is ignored. Otherwise the number
 * decides. Errors of MSAL itself come last and have no status, because nothing was sent.
 */
export function entraCode(fault: EntraFault): DiagnosisCode {
  const number = fault.badReply ? null : (fault.number ?? aadstsIn(fault.evidence))
  const named = number === null ? undefined : codeOfNumber(number)
  if (fault.httpStatus === 429) return 'entra-throttled'
  if (fault.httpStatus !== null && fault.httpStatus >= 500)
    return named === 'entra-throttled' ? named : 'entra-unavailable'
  if (named) return named
  if (fault.badReply) return 'token-reply-invalid'
  if (fault.error === 'missing_tenant_id_error') return 'tenant-not-specific'
  // After a 429 or 5xx MSAL throttles requests and throws the old number as its error.
  if (fault.httpStatus === null && number === null && /^\d+$/.test(fault.error)) return 'entra-throttled'
  return 'unrecognised'
}
