import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { codeOfNumber, ENTRA_NUMBERS } from './entra-rules'
import { SMTP_RULES, type SmtpRule } from './smtp-rules'

/** Words of the system and of libraries, where no number tells the fault. */
export const SYSTEM_SIGNS: Partial<Record<DiagnosisCode, readonly string[]>> = {
  'name-not-found': ['ENOTFOUND', 'ENODATA'],
  'name-lookup-failed': ['EAI_AGAIN', 'SERVFAIL', 'EDNS'],
  'connection-refused': ['ECONNREFUSED'],
  'connection-timed-out': ['ETIMEDOUT', 'Greeting never received'],
  'network-unreachable': ['ENETUNREACH', 'EHOSTUNREACH', 'EAFNOSUPPORT'],
  'connection-lost': ['ECONNRESET', 'EPIPE', 'ECONNECTION'],
  'certificate-untrusted': [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_GET_ISSUER_CERT',
  ],
  'certificate-expired': ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
  'certificate-name-mismatch': ['ERR_TLS_CERT_ALTNAME_INVALID'],
  'tls-version-unsupported': ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  'tls-expected': ['ERR_SSL_WRONG_VERSION_NUMBER'],
  'tenant-not-specific': ['missing_tenant_id_error'],
}

/** How a code is told, in signs that read the same in every language; read off the very rules that decide. */
export function signsOf(code: DiagnosisCode): string[] {
  const numbers: readonly number[] = Object.entries(ENTRA_NUMBERS).find(([name]) => name === code)?.[1] ?? []
  const replies = SMTP_RULES.filter((rule) => rule.code === code).map(signOf)
  return [...new Set([...numbers.map((number) => `AADSTS${number}`), ...replies, ...(SYSTEM_SIGNS[code] ?? [])])]
}

function signOf({ basic, enhanced, keyword, usually, stages }: SmtpRule): string {
  const codes = typeof basic === 'string' ? basic.replace('any ', '') : (basic?.join(', ') ?? '')
  const head = usually ?? [codes, enhanced?.replace('-', '–')].filter(Boolean).join(' ')
  const where = stages && !keyword ? ` (${stages.join(', ')})` : ''
  return `${[head, keyword].filter(Boolean).join(' … ')}${where}`
}

/** Codes by a number typed alone: `7000222`, `535`, `5.7.60`. */
export function codesOfSign(sign: string): DiagnosisCode[] {
  const number = /^(?:AADSTS)?(\d{4,9})$/i.exec(sign.trim())?.[1]
  if (number) {
    const code = codeOfNumber(Number(number))
    return code ? [code] : []
  }
  return DIAGNOSIS_CODES.filter((code) => signsOf(code).some((known) => tokensOf(known).includes(sign.trim())))
}

const tokensOf = (sign: string): string[] => sign.split(/[\s,]+/)
