import { domainToASCII, domainToUnicode } from 'node:url'

export const DOMAIN_CHARS_MAX = 253
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** At least two letters, or an A-label. No spelling of an IP address ends like that. */
const LAST_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]+)$/
const ASCII = /^\p{ASCII}*$/u

/**
 * A domain in the form that is sent: lower case, A-labels. Null if the text is not a domain. A name in another script is accepted
 * only if IDNA does not change it: characters that IDNA drops or replaces (soft hyphen, joiners, full-width forms, other full
 * stops) make two names look alike.
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

/** An A-label must be the encoding of the text that it decodes to. `xn--a` encodes nothing. */
function isPlainOrGoodALabel(label: string): boolean {
  if (!label.startsWith('xn--')) return true
  const unicode = domainToUnicode(label)
  return unicode !== '' && !ASCII.test(unicode) && domainToASCII(unicode) === label
}

/** A domain of at least two labels whose last label is a name, as in mail addresses and for tenants. */
export function fullDomain(text: string): string | null {
  const domain = normalDomain(text)
  if (domain === null) return null
  const labels = domain.split('.')
  return labels.length >= 2 && LAST_LABEL.test(labels.at(-1) ?? '') ? domain : null
}

/** As `fullDomain`, but accepts ASCII only. */
export const fullAsciiDomain = (text: string): string | null => (ASCII.test(text) ? fullDomain(text) : null)
