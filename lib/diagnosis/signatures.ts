import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { codeOfNumber, ENTRA_NUMBERS } from './entra-rules'
import { SMTP_RULES, type SmtpRule } from './smtp-rules'

/** Error names of the operating system and of libraries, for faults without a number. */
export const SYSTEM_SIGNATURES: Partial<Record<DiagnosisCode, readonly string[]>> = {
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

/** What a code is recognised by, the same in every language. Taken from the rules that decide. */
export function signaturesOf(code: DiagnosisCode): string[] {
  const numbers: readonly number[] = Object.entries(ENTRA_NUMBERS).find(([name]) => name === code)?.[1] ?? []
  const replies = SMTP_RULES.filter((rule) => rule.code === code).map(signatureOf)
  return [...new Set([...numbers.map((number) => `AADSTS${number}`), ...replies, ...(SYSTEM_SIGNATURES[code] ?? [])])]
}

function signatureOf({ basic, enhanced, keyword, usualCodes, stages }: SmtpRule): string {
  const codes = typeof basic === 'string' ? basic.replace('any ', '') : (basic?.join(', ') ?? '')
  const head = usualCodes ?? [codes, enhanced?.replace('-', '–')].filter(Boolean).join(' ')
  const where = stages && !keyword ? ` (${stages.join(', ')})` : ''
  return `${[head, keyword].filter(Boolean).join(' … ')}${where}`
}

/** Codes with this number in a signature, such as `7000222`, `535` or `5.7.60`. */
export function codesBySignature(signature: string): DiagnosisCode[] {
  const number = /^(?:AADSTS)?(\d{4,9})$/i.exec(signature.trim())?.[1]
  if (number) {
    const code = codeOfNumber(Number(number))
    return code ? [code] : []
  }
  return DIAGNOSIS_CODES.filter((code) =>
    signaturesOf(code).some((known) => tokensOf(known).includes(signature.trim())),
  )
}

const tokensOf = (signature: string): string[] => signature.split(/[\s,]+/)
