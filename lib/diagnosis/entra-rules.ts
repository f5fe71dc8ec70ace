import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { EntraFault } from '../kernel/faults'

/** AADSTS numbers by diagnosis code, for an application that signs in with its own credential. */
export const ENTRA_NUMBERS = {
  'secret-invalid': [7000215],
  'secret-expired': [7000222],
  // A proxy uses an old TLS version towards Entra. We do not.
  'tls-version-unsupported': [1002016],
  'application-not-found': [700016, 700011],
  'application-disabled': [7000112, 70001],
  'tenant-not-found': [90002, 900023, 5000224],
  'tenant-restricted-by-proxy': [500021],
  'assignment-required': [501051],
  'tenant-not-specific': [9001023],
  'wrong-cloud': [50049, 90038, 900382, 900432],
  'exchange-not-in-tenant': [500011, 50001, 650052],
  'scope-invalid': [1002012, 70011, 28002, 28003, 901002],
  'request-malformed': [9002313, 900144, 90014, 50059, 7000218, 7000216],
  'public-client': [700025],
  'service-principal-missing': [7000229],
  'consent-missing': [65001],
  'permission-misconfigured': [650053, 650056, 650057],
  'blocked-by-conditional-access': [53003, 530032, 530035, 50131, 53011],
  'certificate-rejected': [700027, 700030, 50012],
  'assertion-time-invalid': [700024],
  'assertion-mismatch': [700022, 700023],
  // 70021 is the older number for all of them, and for an application without a federated credential. The others are for issuer,
  // audience, subject, and variants of the subject. Only 700213 and 7002131 are in Microsoft's list. Customers have reported the
  // others with the same text and the same fix.
  'federated-credential-mismatch': [70021, 700211, 700212, 700213, 7002131, 7002137, 7002138, 700229],
  'wrong-flow': [50034, 50126],
  'entra-unavailable': [90033, 90006, 90012, 90024, 50033, 90090, 50000],
  'entra-throttled': [90055, 50196],
} as const satisfies Partial<Record<DiagnosisCode, readonly number[]>>

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
