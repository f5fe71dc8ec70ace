import type { SmtpFault, Stage } from '../kernel'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { AMBIGUOUS_TERMS, CLIENT_TERMS, ENTRA_NUMBERS, SYSTEM_SIGNATURES } from '../kernel/generated/faults/recognition'
import { aadstsIn, codeOfNumber, type ParsedReply, parseReply, ruleOf, SMTP_RULES, type SmtpRule } from './rules'

/** The code of a pasted text, or several if any of them can be the fault, and the part of the text that it was recognised by. */
interface Recognised {
  codes: readonly DiagnosisCode[]
  signature: string
}

/** Longer than any error message. The rest of a pasted log is not read. */
export const PASTED_CHARS_MAX = 4000

const REPLY = /(?<![\d.])([45][0-5]\d)[ -]+(?:[a-z]\w*[_-]\w+ )?#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/i
/** Not after `=`, where it is a log's summary of a reply, as in `dsn=5.7.3`. */
const ENHANCED = /(?<![\d.=])#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/
/** A basic code. Ports (465, 587), HTTP status codes above 559 and codes that Perl makes up are not basic codes. */
const BASIC = /(?:^|[:;]\s+|smtp;|["'(]|code[ =:]+)([45][0-5]\d)(?=[ -](?!\[Net::)|$)/im

/**
 * Finds the fault in a text from a log, a bounce or a screen, by the same rules as for our own faults. The first number in it decides.
 * Texts of a client or an operating system count only if there is no server's reply.
 *
 * @returns null if nothing in the text looks like an error
 */
export function recognise(pasted: string): Recognised | null {
  const text = unwrapped(pasted.slice(0, PASTED_CHARS_MAX))
  const number = aadstsIn(text)
  if (number !== null) return { codes: [codeOfNumber(number) ?? 'unrecognised'], signature: `AADSTS${number}` }
  return (
    fromReply(text) ??
    fromTerms(text, CLIENT_TERMS) ??
    fromSystem(text) ??
    fromTerms(text, UNNAMED_ERRORS) ??
    fromTerms(text, AMBIGUOUS_TERMS)
  )
}

/** Removes what a language puts around a reply, such as Python's `(535, b'5.7.3 …')`, and escaped line ends. */
function unwrapped(text: string): string {
  return text
    .replace(/\\r\\n|\\n|\\r/g, ' ')
    .replace(/\(\s*([245]\d\d)\s*,\s*b?['"]/g, "('$1 ")
    .replace(/\b([45]\d\d) b['"](?=[45]\.)/g, '$1 ')
}

function fromSystem(text: string): Recognised | null {
  const terms = new Set(text.split(/[^A-Za-z_]+/))
  for (const code of DIAGNOSIS_CODES) {
    const signature = SIGNATURES[code]?.find((known) => (known.includes(' ') ? text.includes(known) : terms.has(known)))
    if (signature) return { codes: [code], signature }
  }
  return null
}

function fromTerms(text: string, known: readonly (readonly [readonly DiagnosisCode[], RegExp])[]): Recognised | null {
  for (const [codes, terms] of known) {
    const signature = terms.exec(text)?.[0]
    if (signature !== undefined) return { codes, signature }
  }
  return null
}

/** Texts that are clearly errors but match no rule. They are shown as unrecognised instead of being searched for. */
const UNNAMED_ERRORS = [
  [
    ['unrecognised'],
    /\b(?:unauthorized_client|invalid_grant|invalid_client|Authorization_RequestDenied|InvalidAuthenticationToken)\b/,
  ],
] as const

function fromReply(text: string): Recognised | null {
  const match = REPLY.exec(text) ?? ENHANCED.exec(text) ?? BASIC.exec(text)
  if (!match) return null
  const replyText = text.slice(match.index + match[0].search(/[45#]/))
  const isEnhancedAlone = /^#?[45]\.\d/.test(replyText)
  const reply = parseReply(isEnhancedAlone ? basicOf(replyText) : Number(replyText.slice(0, 3)), null, replyText)
  const rule = ruleOf(reply, { stage: stageOf(reply, text), login: loginOf(reply, text) })
  return {
    codes: [rule?.code ?? 'unrecognised'],
    signature: [isEnhancedAlone ? '' : reply.basic, reply.enhanced].filter(Boolean).join(' '),
  }
}

/** .NET omits the basic code. A rejected login had a 535, any other permanent error a 550. */
function basicOf(replyText: string): number {
  if (replyText.replace('#', '').startsWith('4')) return 451
  return /^#?5\.7\.(?:3|8|139)\b/.test(replyText) && /authenticat|credential|log ?in|sign-?in/i.test(replyText)
    ? 535
    : 550
}

const LOGIN_CODES: readonly number[] = [504, 534, 535, 538]
const STAGE_LABELS: readonly [stage: Stage, terms: RegExp][] = [
  ['auth', /\bAUTH\b/],
  ['sender', /\bMAIL FROM\b/],
  ['recipient', /\bRCPT TO\b/],
  ['data', /\bDATA\b/i],
  ['connect', /\b(?:EHLO|HELO|initial connection|greeting)\b/],
]

/** The stage of a reply. Logs name the command, and the code of a rejected login is unambiguous. Null if not known. */
function stageOf({ basic }: ParsedReply, text: string): Stage | null {
  const command = /\b(?:in reply to|after)\b(.{1,30})/i.exec(text)?.[1]
  const stage = command && STAGE_LABELS.find(([, terms]) => terms.test(command))?.[0]
  return stage || (LOGIN_CODES.includes(basic) ? 'auth' : null)
}

/** The kind of login is seldom named. 535 5.7.3 is Exchange's answer to a token, other 535 replies usually concern passwords. */
function loginOf({ basic, enhanced }: ParsedReply, text: string): SmtpFault['login'] {
  if (basic === 530) return 'none'
  if (basic !== 535 && basic !== 534) return 'xoauth2'
  // 5.7.139 is recognised only by its keyword.
  if (enhanced === '5.7.139') return 'xoauth2'
  return enhanced === '5.7.3' || /XOAUTH2|OAUTHBEARER|\bBearer\b|access token/i.test(text) ? 'xoauth2' : 'password'
}

const NUMBERS: Partial<Record<DiagnosisCode, readonly number[]>> = ENTRA_NUMBERS
/** Error names of the operating system and of libraries, for faults without a number. */
const SIGNATURES: Partial<Record<DiagnosisCode, readonly string[]>> = SYSTEM_SIGNATURES

/** Lists what a code is recognised by. It is taken from the rules that decide, and is the same in every language. */
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

/** Finds the codes with this number in a signature, such as `7000222`, `535` or `5.7.60`. */
export function codesBySignature(signature: string): DiagnosisCode[] {
  const number = /^(?:AADSTS)?(\d{4,9})$/i.exec(signature.trim())?.[1]
  if (number) {
    const code = codeOfNumber(Number(number))
    return code ? [code] : []
  }
  return DIAGNOSIS_CODES.filter((code) =>
    signaturesOf(code).some((known) => known.split(/[\s,]+/).includes(signature.trim())),
  )
}
