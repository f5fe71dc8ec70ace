import type { Locale } from '../i18n/locale'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { isDiagnosisCode } from './groups'
import { PASTED_CHARS_MAX, type Recognised, recognise } from './recognise'
import { remedy } from './remedy'
import { codesOfSign, signsOf } from './signs'

export interface Found {
  /** The one fault that a pasted text tells; null where words were searched for. */
  recognised: Recognised | null
  codes: DiagnosisCode[]
}

/** A number or code typed alone. */
const BARE_SIGN = /^(?:(?:AADSTS)?\d{4,9}|[45]\d\d|(?:[45]\d\d[ -])?[45]\.\d{1,3}\.\d{1,3})$/i

/** Looks for a code's name, a number, an error pasted whole, or words that all stand in a code's texts. */
export function search(query: string, locale: Locale): Found {
  const asked = query.slice(0, PASTED_CHARS_MAX).trim()
  if (asked === '') return { recognised: null, codes: [...DIAGNOSIS_CODES] }
  const name = asked.toLowerCase()
  if (isDiagnosisCode(name)) return { recognised: null, codes: [name] }
  if (BARE_SIGN.test(asked)) {
    const codes = codesOfSign(asked)
    if (codes.length > 0) return { recognised: null, codes }
  }
  const recognised = recognise(asked)
  if (recognised) return { recognised, codes: [recognised.code] }
  return { recognised: null, codes: codesOfTerms(name, locale) }
}

function codesOfTerms(asked: string, locale: Locale): DiagnosisCode[] {
  const wanted = asked.split(/\s+/)
  const holds = (text: string): boolean => wanted.every((word) => text.includes(word))
  const pages = pagesIn(locale)
  const titled = pages.filter(({ title }) => holds(title))
  return [...new Set([...titled, ...pages.filter(({ text }) => holds(text))].map(({ code }) => code))]
}

interface SearchedPage {
  code: DiagnosisCode
  title: string
  text: string
}
const searched = new Map<Locale, SearchedPage[]>()

/** All pages in lower case, made once for each language: putting 80 remedies into words takes tens of milliseconds. */
function pagesIn(locale: Locale): SearchedPage[] {
  const known = searched.get(locale)
  if (known) return known
  const made = DIAGNOSIS_CODES.map((code) => {
    const { title, cause, steps } = remedy(code, {}, locale)
    const text = [code, title, cause, ...steps, ...signsOf(code)].join(' ').toLowerCase()
    return { code, title: `${code} ${title}`.toLowerCase(), text }
  })
  searched.set(locale, made)
  return made
}
