import type { Fault, SmtpFault, Stage, TokenClaims } from '../kernel'
import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import { roleFault } from './claims'
import { type Diagnosis, evidenceLine } from './diagnosis'
import { entraCode, parseReply, ruleOf } from './rules'

export interface Circumstances {
  /** The stage at which the reply arrived or the wait ended. */
  stage: Stage
  /** The claims of the token. Null for a password login, or if they could not be decoded. */
  claims: TokenClaims | null
  /** How the attempt logs in, if the caller knows more than the fault says. */
  login?: SmtpFault['login']
}

/** Gives every fault exactly one code. A fault that no rule recognises is `unrecognised`, with its text. */
export function diagnose(fault: Fault, circumstances: Circumstances): Diagnosis {
  const code = codeOf(fault, circumstances)
  return { code, stage: circumstances.stage, retry: RETRY_OF[code], evidence: evidenceLine(evidenceOf(fault, code)) }
}

function codeOf(fault: Fault, circumstances: Circumstances): DiagnosisCode {
  switch (fault.kind) {
    case 'settings':
    case 'assertion':
    case 'claims':
    case 'net':
      return fault.code
    case 'entra':
      return entraCode(fault)
    case 'smtp':
      return smtpCode(fault, circumstances)
  }
}

const MISSING = {
  'auth-mechanism': 'auth-mechanism-unavailable',
  smtputf8: 'smtputf8-unsupported',
  size: 'message-too-large',
} as const satisfies Record<NonNullable<SmtpFault['missing']>, DiagnosisCode>

function smtpCode(fault: SmtpFault, { stage, claims, login }: Circumstances): DiagnosisCode {
  if (fault.missing) return MISSING[fault.missing]
  const reply = parseReply(fault.code, fault.enhanced, fault.reply)
  const code = ruleOf(reply, { stage, login: login ?? fault.login })?.code ?? 'unrecognised'
  // If a rejected token has no role, that is the likelier cause than a missing mailbox permission.
  return code === 'exchange-rejected-token' && claims ? (roleFault(claims) ?? code) : code
}

function evidenceOf(fault: Fault, code: DiagnosisCode): string {
  // A host that is not a mail server may send anything, so its text is never shown.
  if (code === 'not-an-smtp-server' && fault.kind === 'net') return `${fault.host}:${fault.port}`
  if (fault.kind === 'entra' && fault.number !== null && !fault.evidence.includes(String(fault.number)))
    return `AADSTS${fault.number} ${fault.evidence}`
  if (fault.kind !== 'smtp') return fault.evidence
  const head = [fault.code > 0 ? String(fault.code) : '', fault.enhanced ?? ''].filter(Boolean).join(' ')
  const reply = /^\s*\d{3}\b/.test(fault.reply)
    ? fault.reply
    : `${head} ${fault.reply.replace(fault.enhanced ?? '', '')}`
  return fault.challenge ? `${reply} ${fault.challenge}` : reply
}
