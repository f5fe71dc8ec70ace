import type { DiagnosisCode, EntraFault, SmtpFault, Stage } from '../kernel'
import * as recognition from '../kernel/generated/faults/recognition'
import { ENTRA_NUMBERS } from '../kernel/generated/faults/recognition'

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

interface SmtpCircumstances {
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

const hasEnhanced = ({ enhanced }: ParsedReply, pattern: string) => enhanced !== null && enhancedIs(pattern, enhanced)

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

/** A parsed reply. `text` is the server's own text, without quoted replies and without trace information. */
export interface ParsedReply {
  /** Basic code (RFC 5321 §4.2), or 0 if there is none. */
  basic: number
  /** Enhanced code (RFC 3463), or null if there is none. */
  enhanced: string | null
  text: string
}

/** Some patterns take time by the square of the length, and a server's reply may have 64 KiB. Real ones have 1,000 characters at most. */
const READ_CHARS_MAX = 2_000
/** Some gateways insert a word before the enhanced code: `550 cuda_nsu 5.4.1 …`. */
const GATEWAY_TEXT =
  /^\s*([245])\d\d[ -]+[a-z][a-z0-9]*[_-][a-z0-9_-]+[ :]+#?(\1\.\d{1,3}\.\d{1,3})(?![\d.]*\d)[;:]?\s*/i
/** qmail and similar servers put the enhanced code at the end: `550 Invalid recipient <…> (#5.1.1)`. */
const TRAILING_CODE = /\(#?([245]\.\d{1,3}\.\d{1,3})\)\s*\.?\s*$/
const HEAD = /^\s*(?:([2-5]\d\d)(?![\d.])[ -]*)?(?:#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)[;:]?)?\s*/
/** `[AM0PR10CA0001.EURPRD10.PROD.OUTLOOK.COM 2026-11-24T16:00:00.000Z 08DD…]`, `[Hostname=…]`. Kept in the evidence, but no rule reads it. */
const TAIL = /(?:\s*\[[^\]]*\])*(?:\s*\[[^\]]*)?\s*$/
/** Addresses and links, which may contain keywords: `spam@…`, `relay@…`. */
const NAMES = /<?[^\s<>@]+@[^\s<>@,;:]+>?|https?:\/\/\S+/gi
/** The beginning of another server's reply that is quoted in this one. */
const QUOTING =
  /\b(?:said|says|returned|replied|responded|answered|reported|wrote|gave|got|was|response|reply)\b[\s:,'"“‘(<-]*(?:[2-5]\d\d(?![\d.])|#?[245]\.\d{1,3}\.\d{1,3})/i
const INNER = /([:'"“‘(<[|>=]\s*|\s)([2-5]\d\d)(?![\d.])[ -]+(?:#?([245]\.\d{1,3}\.\d{1,3})\b)?/g

/**
 * Parses a reply into its codes and its text. Further lines with the same code (`550-5.7.60 …`) belong to it. Another code further on
 * begins another server's reply, and everything from there is ignored.
 *
 * @param code basic code from the SMTP client, or 0 to read it from the text
 */
export function parseReply(code: number, enhanced: string | null, wholeReply: string): ParsedReply {
  const reply = wholeReply.slice(0, READ_CHARS_MAX)
  const head = HEAD.exec(reply)
  const gateway = GATEWAY_TEXT.exec(reply)
  const basic = code || Number(head?.[1] ?? 0)
  const codes = { basic, enhanced: head?.[2] ?? gateway?.[2] ?? enhanced }
  const rest = reply.slice((gateway ?? head)?.[0].length ?? 0)
  const text = withoutQuotes(rest, codes).replace(TAIL, '').replace(NAMES, '<>').replace(/\s+/g, ' ').trim()
  const trailing = TRAILING_CODE.exec(text)?.[1] ?? null
  return { basic, enhanced: codes.enhanced ?? (trailing?.[0] === String(basic)[0] ? trailing : null), text }
}

function withoutQuotes(reply: string, codes: { basic: number; enhanced: string | null }): string {
  const quote = QUOTING.exec(reply)
  const unquoted = quote ? reply.slice(0, quote.index) : reply
  let text = ''
  let read = 0
  for (const inner of unquoted.matchAll(INNER)) {
    const [all, before = '', basic, enhanced] = inner
    const isReply = enhanced !== undefined || all.trimEnd().endsWith('-') || before.trim() !== ''
    if (!isReply) continue
    text += unquoted.slice(read, inner.index)
    const isNextLine =
      before.trim() === '' && Number(basic) === codes.basic && (enhanced ?? codes.enhanced) === codes.enhanced
    if (!isNextLine) return text
    text += ' '
    read = inner.index + all.length
  }
  return text + unquoted.slice(read)
}

/** Whether a code matches `5.7.60` (one code), `5.1.x` (a family) or `5.7.606-649` (a range of the last number). */
function enhancedIs(pattern: string, enhanced: string): boolean {
  const stem = pattern.slice(0, pattern.lastIndexOf('.') + 1)
  const last = pattern.slice(stem.length)
  if (!enhanced.startsWith(stem)) return false
  const detail = enhanced.slice(stem.length)
  if (last === 'x') return true
  const [from = '', to = from] = last.split('-')
  return Number(detail) >= Number(from) && Number(detail) <= Number(to)
}

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
 * Finds the code for what the token endpoint answered. HTTP 429 and 5xx decide without the body. An unusable reply is not from Entra, so a
 * number in it is ignored. Otherwise the number decides. Errors of MSAL itself come last and have no status, because nothing was sent.
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
