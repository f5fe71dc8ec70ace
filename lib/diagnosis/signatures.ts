import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { ENTRA_NUMBERS, SYSTEM_SIGNATURES } from '../kernel/generated/faults/recognition'
import { codeOfNumber } from './entra-rules'
import { SMTP_RULES, type SmtpRule } from './smtp-rules'

const NUMBERS: Partial<Record<DiagnosisCode, readonly number[]>> = ENTRA_NUMBERS
/** Error names of the operating system and of libraries, for faults without a number. */
export const SIGNATURES: Partial<Record<DiagnosisCode, readonly string[]>> = SYSTEM_SIGNATURES

/** What a code is recognised by, the same in every language. Taken from the rules that decide. */
export function signaturesOf(code: DiagnosisCode): string[] {
  const numbers = NUMBERS[code] ?? []
  const replies = SMTP_RULES.filter((rule) => rule.code === code).map(signatureOf)
  return [...new Set([...numbers.map((number) => `AADSTS${number}`), ...replies, ...(SIGNATURES[code] ?? [])])]
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
