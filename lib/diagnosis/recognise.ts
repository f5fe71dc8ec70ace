import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import type { SmtpFault } from '../kernel/faults'
import type { Stage } from '../kernel/stage'
import { CLIENT_TERMS, UNNAMED_ERROR } from './client-terms'
import { aadstsIn, codeOfNumber } from './entra-rules'
import { SYSTEM_SIGNS } from './signs'
import { type ReadReply, readReply } from './smtp-reply'
import { ruleOf } from './smtp-rules'

/** What a pasted text turned out to be: the code and the words that told it. */
export interface Recognised {
  code: DiagnosisCode
  sign: string
}

/** More than any error message; the rest of a pasted log is not read. */
export const PASTED_CHARS_MAX = 4000

const REPLY = /(?<![\d.])([45][0-5]\d)[ -]+(?:[a-z]\w*[_-]\w+ )?#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/i
/** After `=` it is a log's own summary of a reply: `dsn=5.7.3`. */
const ENHANCED = /(?<![\d.=])#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/
/** Of no other number: ports (465, 587) and HTTP's codes beyond 559 are none. */
const BASIC = /(?:^|[:;]\s+|smtp;|["'(]|code[ =:]+)([45][0-5]\d)(?=[ -]|$)/im

/**
 * Names the fault in a text from anywhere: a log line, a bounce, a screenshot typed off. By the same rules as a fault of our
 * own, from the first number in it; the words of a client or a system count only where no server has answered. Null: nothing
 * in it looks like an error.
 */
export function recognise(pasted: string): Recognised | null {
  const text = unwrapped(pasted.slice(0, PASTED_CHARS_MAX))
  const number = aadstsIn(text)
  if (number !== null) return { code: codeOfNumber(number) ?? 'unrecognised', sign: `AADSTS${number}` }
  return ofReply(text) ?? ofClient(text) ?? ofSystem(text) ?? ofForm(text)
}

/** Takes off what a language puts around a reply: Python's `(535, b'5.7.3 …')`, line ends written out, a reply's code apart. */
function unwrapped(text: string): string {
  return text
    .replace(/\\r\\n|\\n|\\r/g, ' ')
    .replace(/\(\s*([245]\d\d)\s*,\s*b?['"]/g, "('$1 ")
    .replace(/\b([45]\d\d) b['"](?=[45]\.)/g, '$1 ')
}

function ofSystem(text: string): Recognised | null {
  const terms = new Set(text.split(/[^A-Za-z_]+/))
  for (const code of DIAGNOSIS_CODES) {
    const sign = SYSTEM_SIGNS[code]?.find((known) => (known.includes(' ') ? text.includes(known) : terms.has(known)))
    if (sign) return { code, sign }
  }
  return null
}

function ofClient(text: string): Recognised | null {
  for (const [code, terms] of CLIENT_TERMS) {
    const sign = terms.exec(text)?.[0]
    if (sign !== undefined) return { code, sign }
  }
  return null
}

function ofForm(text: string): Recognised | null {
  const sign = UNNAMED_ERROR.exec(text)?.[0]
  return sign === undefined ? null : { code: 'unrecognised', sign }
}

function ofReply(text: string): Recognised | null {
  const found = REPLY.exec(text) ?? ENHANCED.exec(text) ?? BASIC.exec(text)
  if (!found) return null
  const start = found.index + found[0].search(/[45#]/)
  const said = text.slice(start)
  const isEnhancedAlone = /^#?[45]\.\d/.test(said)
  const reply = readReply(isEnhancedAlone ? basicOf(said) : Number(said.slice(0, 3)), null, said)
  const rule = ruleOf(reply, { stage: stageOf(reply, text), login: loginOf(reply, text) })
  return {
    code: rule?.code ?? 'unrecognised',
    sign: [isEnhancedAlone ? '' : reply.basic, reply.enhanced].filter(Boolean).join(' '),
  }
}

/** .NET drops the basic code: a refused login is a 535, whatever else is permanent a 550. */
function basicOf(said: string): number {
  if (said.replace('#', '').startsWith('4')) return 451
  return /^#?5\.7\.(?:3|8|139)\b/.test(said) && /authenticat|credential|log ?in|sign-?in/i.test(said) ? 535 : 550
}

const LOGIN_CODES: readonly number[] = [504, 534, 535, 538]
const STAGE_LABELS: readonly [stage: Stage, terms: RegExp][] = [
  ['auth', /\bAUTH\b/],
  ['sender', /\bMAIL FROM\b/],
  ['recipient', /\bRCPT TO\b/],
  ['data', /\bDATA\b/i],
  ['connect', /\b(?:EHLO|HELO|initial connection|greeting)\b/],
]

/** Mail servers' logs say at which command a reply came; a refused login says so by its code. Null: not known. */
function stageOf({ basic }: ReadReply, text: string): Stage | null {
  const told = /\b(?:in reply to|after)\b(.{1,30})/i.exec(text)?.[1]
  const stage = told && STAGE_LABELS.find(([, terms]) => terms.test(told))?.[0]
  return stage || (LOGIN_CODES.includes(basic) ? 'auth' : null)
}

/** Which login it was is seldom told: 535 5.7.3 is Exchange's answer to a token, other 535s speak of passwords as a rule. */
function loginOf({ basic, enhanced }: ReadReply, text: string): SmtpFault['login'] {
  if (basic === 530) return 'none'
  if (basic !== 535 && basic !== 534) return 'xoauth2'
  // Where its keyword does not tell it, 5.7.139 stays without a name.
  if (enhanced === '5.7.139') return 'xoauth2'
  return enhanced === '5.7.3' || /XOAUTH2|OAUTHBEARER|\bBearer\b|access token/i.test(text) ? 'xoauth2' : 'password'
}
