import type { Locale } from '../i18n/locale'
import { remembered } from '../kernel'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { FAULTS } from '../kernel/generated/faults/codes'
import { codesBySignature, PASTED_CHARS_MAX, recognise, signaturesOf } from './recognise'
import { remedy } from './remedy'

/** The groups of diagnosis codes, in the order of the stages of a test. */
export const DIAGNOSIS_GROUPS = [...new Set(DIAGNOSIS_CODES.map((code) => FAULTS[code].group))]

export const codesOfGroup = (group: (typeof DIAGNOSIS_GROUPS)[number]): DiagnosisCode[] =>
  DIAGNOSIS_CODES.filter((code) => FAULTS[code].group === group)

export const isDiagnosisCode = (text: string): text is DiagnosisCode => DIAGNOSIS_CODES.some((code) => code === text)

/** A number or code without other text. */
const BARE_CODE = /^(?:(?:AADSTS)?\d{4,9}|[45]\d\d|(?:[45]\d\d[ -])?[45]\.\d{1,3}\.\d{1,3})$/i

/**
 * Searches for the name of a code, a number, a pasted error, or terms that must all occur in the texts of a code.
 *
 * @returns `signature` is the part of a pasted error that it was recognised by; null if the query was a code or search terms
 */
export function search(query: string, locale: Locale): { signature: string | null; codes: readonly DiagnosisCode[] } {
  const trimmed = query.slice(0, PASTED_CHARS_MAX).trim()
  if (trimmed === '') return { signature: null, codes: DIAGNOSIS_CODES }
  const name = trimmed.toLowerCase()
  if (isDiagnosisCode(name)) return { signature: null, codes: [name] }
  if (BARE_CODE.test(trimmed)) {
    const codes = codesBySignature(trimmed)
    if (codes.length > 0) return { signature: null, codes }
  }
  return recognise(trimmed) ?? { signature: null, codes: codesWithTerms(name, locale) }
}

function codesWithTerms(query: string, locale: Locale): DiagnosisCode[] {
  const terms = query.split(/\s+/)
  const matches = (text: string): boolean => terms.every((term) => text.includes(term))
  const pages = pagesIn(locale)
  const titled = pages.filter(({ title }) => matches(title))
  return [...new Set([...titled, ...pages.filter(({ text }) => matches(text))].map(({ code }) => code))]
}

/** All pages in lower case. Made once for each language, because writing 80 remedies takes tens of milliseconds. */
const pagesIn = remembered((locale: Locale) =>
  DIAGNOSIS_CODES.map((code) => {
    const { title, cause, steps } = remedy(code, {}, locale)
    const text = [code, title, cause, ...steps, ...signaturesOf(code)].join(' ').toLowerCase()
    return { code, title: `${code} ${title}`.toLowerCase(), text }
  }),
)
