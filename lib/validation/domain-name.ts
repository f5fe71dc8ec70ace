import { domainToASCII, domainToUnicode } from 'node:url'

export const DOMAIN_CHARS_MAX = 253
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Alphabetic and two letters or more, or an A-label: no address in any spelling ends like that. */
const LAST_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]+)$/
const ASCII = /^\p{ASCII}*$/u

/**
 * A domain in the form that goes on the wire: lower case, A-labels. Null if it is none. A name in another script counts
 * only if it comes back unchanged: what IDNA would drop or replace (soft hyphen, joiners, full-width forms, other full
 * stops) makes two names look alike (M-11).
 */
export function normalDomain(text: string): string | null {
  const lower = text.toLowerCase().normalize('NFC')
  const ascii = ASCII.test(lower) ? lower : domainToASCII(lower)
  if (ascii === '' || ascii.length > DOMAIN_CHARS_MAX) return null
  const labels = ascii.split('.')
  if (!labels.every((label) => LABEL.test(label))) return null
  if (!ASCII.test(lower) && domainToUnicode(ascii) !== lower) return null
  return labels.every(isPlainOrGoodALabel) ? ascii : null
}

/** An A-label must be what its own text encodes to: `xn--a` encodes nothing. */
function isPlainOrGoodALabel(label: string): boolean {
  if (!label.startsWith('xn--')) return true
  const unicode = domainToUnicode(label)
  return unicode !== '' && !ASCII.test(unicode) && domainToASCII(unicode) === label
}

/** A domain of two labels or more whose last label is a name, as in addresses and for tenants. */
export function fullDomain(text: string): string | null {
  const domain = normalDomain(text)
  if (domain === null) return null
  const labels = domain.split('.')
  return labels.length >= 2 && LAST_LABEL.test(labels.at(-1) ?? '') ? domain : null
}

/** As `fullDomain`, but what was typed is already ASCII: names in other scripts are not mapped. */
export const fullAsciiDomain = (text: string): string | null => (ASCII.test(text) ? fullDomain(text) : null)
