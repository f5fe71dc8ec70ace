import { ok } from '../kernel'
import { fullDomain } from './domain-name'
import { requiredLine } from './text'
import { invalid, ofEntry, type Parsed, type ValidationError } from './validation-error'

const ADDRESS_OCTETS_MAX = 254
const LOCAL_OCTETS_MAX = 64

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
const DOT_ATOM = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`)
/** One class: of two that have characters in common, each character would double the time until an address is refused. */
const UTF8_DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\p{L}\p{M}\p{Nd}\p{So}-]+$/u
/** Without angle brackets, which nodemailer does not send in a command. */
const QUOTED = /^(?!.*[<>])"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"$/
const LEADING_QUOTED = /^"(?:[^"\\]|\\.)*"(?=@)/
/** An encoded word (RFC 2047), from which some programs read another address: `=?utf-8?q?boss=40contoso.example=3e?=@litware.example`. */
const ENCODED_PART = /=\?.*\?.*\?/
/** `Name <address>`, as copied from a mail program. The error suggests the address inside. */
const DISPLAY_FORM = /^[^<>]{0,200}<([^<>]{1,254})>$/

const octets = (text: string): number => Buffer.byteLength(text, 'utf8')

/**
 * The address of a sender: an ASCII dot-atom at a domain. The local part keeps its case, the domain is normalised. Display forms, lists,
 * comments, literals and encoded words are rejected because other programs would read a different address from them.
 */
export const parseSenderEmail = (input: unknown): Parsed<string> => parseAddress(input, (local) => DOT_ATOM.test(local))

/** As a sender's address. The local part may also be quoted, or in another script, which needs SMTPUTF8 at the server. */
export const parseRecipientEmail = (input: unknown): Parsed<string> =>
  parseAddress(input, (local) => DOT_ATOM.test(local) || QUOTED.test(local) || isUtf8DotAtom(local))

/** Whether a mail server must offer SMTPUTF8 for one of these addresses. Their domains are ASCII in any case. */
export const needSmtpUtf8 = (addresses: readonly string[]): boolean =>
  addresses.some((address) => /[^\x20-\x7e]/.test(address))

const NEEDLESSLY_QUOTED = new RegExp(`^"(${ATOM}(?:\\.${ATOM})*)"(?=@)`)

/** Without quotation marks and backslashes that change nothing: `"boss"@…` is another spelling of `boss@…` (RFC 5321 §4.1.2). */
export const plainAddress = (address: string): string =>
  address.startsWith('"')
    ? address
        .replace(/\\(.)/g, (pair, character) => (/["\\]/.test(character) ? pair : character))
        .replace(NEEDLESSLY_QUOTED, '$1')
    : address

/** Enough for a message to several partners, few enough to read. */
const TYPED_RECIPIENTS_MAX = 20

/** Recipients as a person types them, separated by commas, semicolons or line ends. Each is returned once. */
export function parseRecipientEmails(input: string): Parsed<string[]> {
  const parts = input
    .split(/[,;\r\n]+/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) return invalid('email.required')
  if (parts.length > TYPED_RECIPIENTS_MAX) return invalid('rule.recipientsMax', { max: TYPED_RECIPIENTS_MAX })
  const addresses = new Set<string>()
  for (const part of parts) {
    const parsed = parseRecipientEmail(part)
    if (!parsed.ok) return parts.length === 1 ? parsed : ofEntry(parsed.error, part)
    addresses.add(parsed.value)
  }
  return ok([...addresses])
}

const isUtf8DotAtom = (local: string): boolean =>
  UTF8_DOT_ATOM.test(local) && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..')

function parseAddress(input: unknown, isLocal: (local: string) => boolean): Parsed<string> {
  const text = requiredLine(input, ADDRESS_OCTETS_MAX, 'email.required')
  if (!text.ok) return text

  const atSign = (LEADING_QUOTED.exec(text.value)?.[0].length ?? text.value.indexOf('@')) || -1
  if (atSign <= 0) return invalid('email.noAt')
  const local = text.value.slice(0, atSign).normalize('NFC')
  const domain = fullDomain(text.value.slice(atSign + 1))
  // Bytes that were no UTF-8, as a device sends that writes Latin-1: the message would go to a name that does not exist.
  if (local.includes('\ufffd')) return invalid('brokenCharacter')
  if (!isLocal(local) || ENCODED_PART.test(local) || domain === null)
    return { ok: false, error: whatIsWrong(text.value, local, domain) }
  if (octets(local) > LOCAL_OCTETS_MAX) return invalid('email.localTooLong', { max: LOCAL_OCTETS_MAX })
  const address = `${local}@${domain}`
  return octets(address) > ADDRESS_OCTETS_MAX ? invalid('tooLong', { max: ADDRESS_OCTETS_MAX }) : ok(address)
}

/** The most likely mistake, with a suggestion where there is one. */
function whatIsWrong(text: string, local: string, domain: string | null): ValidationError {
  const inside = DISPLAY_FORM.exec(text)?.[1]?.trim()
  if (inside && parseSenderEmail(inside).ok) return { key: 'email.displayForm', params: { suggestion: inside } }
  if (/^mailto:/i.test(text)) return { key: 'email.mailto', params: { suggestion: text.slice('mailto:'.length) } }
  if (/[,;]/.test(text)) return { key: 'email.several' }
  if (/\s/.test(local) && !local.startsWith('"')) return { key: 'email.blank' }
  if (domain === null) {
    const typed = text.slice(text.lastIndexOf('@') + 1)
    if (typed.startsWith('[')) return { key: 'email.literal' }
    return {
      key: typed.includes('.') ? 'email.domain' : 'email.domainSingleLabel',
      params: { domain: typed.slice(0, 80) },
    }
  }
  return { key: /[^\x20-\x7e]/.test(local) ? 'email.localNotAscii' : 'email.local' }
}
