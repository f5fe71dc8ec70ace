import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { SmtpFault } from '../kernel/faults'
import * as recognition from '../kernel/generated/faults/recognition'
import type { Stage } from '../kernel/stage'
import { enhancedIs, type ParsedReply } from './smtp-reply'

/** A rule of docs/faults/smtp-rules.yaml. It matches if all its conditions hold. */
export interface SmtpRule {
  code: DiagnosisCode
  basic?: readonly number[] | 'any 4xx' | 'any 5xx'
  enhanced?: string
  /** Enhanced codes for which the rule does not match. */
  notEnhanced?: string
  pattern?: RegExp
  /** Text for which the rule does not match, because it gives the keyword another meaning. */
  exceptPattern?: RegExp
  /** The keyword as people write it. */
  keyword?: string
  /** The codes that usually come with the keyword, for people who search for them. */
  usualCodes?: string
  login?: SmtpFault['login']
  /** The stages at which the rule matches. Elsewhere the same code means something else. */
  stages?: readonly Stage[]
}

/** In order of precedence. */
export const SMTP_RULES: readonly SmtpRule[] = recognition.SMTP_RULES
const MAIL: readonly Stage[] = ['sender', 'recipient', 'data']

export interface SmtpCircumstances {
  /** Null if not known, as for a pasted text. Then a rule for a single stage counts only by its keyword. */
  stage: Stage | null
  login: SmtpFault['login']
}

export function ruleOf(reply: ParsedReply, { stage, login }: SmtpCircumstances): SmtpRule | undefined {
  return SMTP_RULES.find(
    (rule) =>
      basicIs(rule.basic, reply.basic) &&
      (rule.enhanced === undefined || hasEnhanced(reply, rule.enhanced)) &&
      (rule.notEnhanced === undefined || !hasEnhanced(reply, rule.notEnhanced)) &&
      (rule.pattern === undefined || rule.pattern.test(reply.text)) &&
      (rule.exceptPattern === undefined || !rule.exceptPattern.test(reply.text)) &&
      (rule.login === undefined || rule.login === login) &&
      isAt(rule, stage),
  )
}

const hasEnhanced = ({ enhanced }: ParsedReply, pattern: string): boolean =>
  enhanced !== null && enhancedIs(pattern, enhanced)

function isAt({ stages, pattern }: SmtpRule, stage: Stage | null): boolean {
  if (stages === undefined) return true
  if (stage !== null) return stages.includes(stage)
  // The text of a greeting (`your address is rejected`) means something else in another reply.
  const isOfMail = stages.some((each) => MAIL.includes(each))
  return isOfMail && (pattern !== undefined || stages.length > 1)
}

function basicIs(expected: SmtpRule['basic'], basic: number): boolean {
  if (expected === undefined) return basic >= 400 && basic < 600
  if (expected === 'any 4xx') return basic >= 400 && basic < 500
  if (expected === 'any 5xx') return basic >= 500 && basic < 600
  return expected.includes(basic)
}
