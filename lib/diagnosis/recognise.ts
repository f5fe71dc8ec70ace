import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { aadstsIn, codeOfNumber } from './entra-rules'
import { SYSTEM_SIGNS } from './signs'
import { readReply } from './smtp-reply'
import { ruleOf } from './smtp-rules'

/** What a pasted text turned out to be: the code and the words that told it. */
export interface Recognised {
  code: DiagnosisCode
  sign: string
}

/** More than any error message; the rest of a pasted log is not read. */
export const PASTED_CHARS_MAX = 4000

const REPLY = /(?<![\d.])([45]\d\d)[ -]+#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/
const ENHANCED = /(?<![\d.])#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/
const BASIC = /(?:^|:\s*|["'(])([45]\d\d)(?=[ -]|$)/m

/**
 * Names the fault in a text from anywhere: a log line, a bounce, a screenshot typed off. By the same rules as a fault of our
 * own, from the first number that stands in it. Null: nothing in it looks like an error's number.
 */
export function recognise(pasted: string): Recognised | null {
  const text = pasted.slice(0, PASTED_CHARS_MAX)
  const number = aadstsIn(text)
  if (number !== null) return { code: codeOfNumber(number) ?? 'unrecognised', sign: `AADSTS${number}` }
  return ofSystem(text) ?? ofReply(text)
}

function ofSystem(text: string): Recognised | null {
  const words = new Set(text.split(/[^A-Za-z_]+/))
  for (const code of DIAGNOSIS_CODES) {
    const sign = SYSTEM_SIGNS[code]?.find((known) => (known.includes(' ') ? text.includes(known) : words.has(known)))
    if (sign) return { code, sign }
  }
  return null
}

function ofReply(text: string): Recognised | null {
  const found = REPLY.exec(text) ?? ENHANCED.exec(text) ?? BASIC.exec(text)
  if (!found) return null
  const start = found.index + found[0].search(/[45#]/)
  const said = text.slice(start)
  const enhancedAlone = /^#?[45]\.\d/.test(said)
  const basic = enhancedAlone ? (said.replace('#', '').startsWith('4') ? 451 : 550) : Number(said.slice(0, 3))
  const reply = readReply(basic, null, said)
  // Which login it was is not told: 535 5.7.3 is Exchange's answer to a token, other 535s speak of passwords.
  const login = basic === 535 && reply.enhanced !== '5.7.3' ? 'password' : 'xoauth2'
  const rule = ruleOf(reply, { stage: basic === 504 || basic === 535 ? 'auth' : 'data', login })
  return {
    code: rule?.code ?? 'unrecognised',
    sign: [enhancedAlone ? '' : basic, reply.enhanced].filter(Boolean).join(' '),
  }
}
