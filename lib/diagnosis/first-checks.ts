import type { DiagnosisCode } from '../kernel'

/** What a person checks first for each cause of a text that has several, in the order in which a connection is made. */
const FIRST_CHECKS = {
  name: ['name-not-found', 'name-lookup-failed'],
  reach: ['connection-refused', 'connection-timed-out', 'network-unreachable', 'connection-lost'],
  encryption: [
    'tls-expected',
    'starttls-not-offered',
    'starttls-required',
    'tls-version-unsupported',
    'tls-handshake-refused',
  ],
  certificate: ['certificate-untrusted', 'certificate-expired', 'certificate-name-mismatch'],
  login: ['not-authenticated', 'credentials-incorrect', 'auth-mechanism-unavailable'],
  microsoft: [
    'basic-auth-disabled',
    'smtp-auth-disabled-for-tenant',
    'smtp-auth-disabled-for-mailbox',
    'blocked-by-security-defaults',
    'blocked-by-sign-in-policy',
    'exchange-rejected-token',
  ],
} as const satisfies Record<string, readonly DiagnosisCode[]>

type FirstCheck = keyof typeof FIRST_CHECKS
const CHECKS = Object.keys(FIRST_CHECKS) as FirstCheck[]

/** Groups causes by what a person checks first, and leaves out those without such a check. */
export const causesByCheck = (codes: readonly DiagnosisCode[]) =>
  CHECKS.map((check) => ({ check, codes: FIRST_CHECKS[check].filter((code) => codes.includes(code)) })).filter(
    ({ codes }) => codes.length > 0,
  )
