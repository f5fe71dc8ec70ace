import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import type { Fault, NetFault, SmtpFault, TokenClaims } from '../kernel/faults'
import type { Stage } from '../kernel/stage'
import { clocksDiffer, roleFault } from './claims'
import type { Diagnosis } from './diagnosis'
import { entraCode } from './entra-rules'
import { evidenceLine } from './evidence'
import { readReply } from './smtp-reply'
import { ruleOf } from './smtp-rules'

export interface Circumstances {
  /** Where the reply came or the wait ended. */
  stage: Stage
  /** The claims of the token in use; null for a password login, or where they did not decode. */
  claims: TokenClaims | null
  /** Our own clock. */
  now: Date
  /** How the attempt logs in, where that is known better than the fault tells. */
  login?: SmtpFault['login']
}

/** Exactly one code for any fault. What no rule names is `unrecognised`, with its text: never a guess. */
export function diagnose(fault: Fault, circumstances: Circumstances): Diagnosis {
  const code = codeOf(fault, circumstances)
  return { code, stage: circumstances.stage, retry: RETRY_OF[code], evidence: evidenceLine(evidenceOf(fault, code)) }
}

function codeOf(fault: Fault, circumstances: Circumstances): DiagnosisCode {
  switch (fault.kind) {
    case 'settings':
    case 'assertion':
    case 'claims':
      return fault.code
    case 'net':
      return netCode(fault, circumstances)
    case 'entra':
      return entraCode(fault)
    case 'smtp':
      return smtpCode(fault, circumstances)
  }
}

/** A certificate's dates are judged by our clock, so a peer whose clock differs from ours puts ours in doubt first. */
function netCode(fault: NetFault, { now }: Circumstances): DiagnosisCode {
  return fault.code === 'certificate-expired' && clocksDiffer(fault.peerDate ?? null, now) ? 'clock-wrong' : fault.code
}

const MISSING = {
  'auth-mechanism': 'auth-mechanism-unavailable',
  smtputf8: 'smtputf8-unsupported',
  size: 'message-too-large',
} as const satisfies Record<NonNullable<SmtpFault['missing']>, DiagnosisCode>

function smtpCode(fault: SmtpFault, { stage, claims, login }: Circumstances): DiagnosisCode {
  if (fault.missing) return MISSING[fault.missing]
  const reply = readReply(fault.code, fault.enhanced, fault.reply)
  const code = ruleOf(reply, { stage, login: login ?? fault.login })?.code ?? 'unrecognised'
  // A refused token whose claims lacked the role: the role is the likelier cause than the mailbox's permission.
  return code === 'exchange-rejected-token' && claims ? (roleFault(claims) ?? code) : code
}

function evidenceOf(fault: Fault, code: DiagnosisCode): string {
  // The words of something that is no mail server may be anything; they are never shown.
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
