import { decodeWords } from 'postal-mime'
import { parseRecipientEmail, parseSenderEmail } from '../validation/email-address'

/**
 * A quoted text or comment that ends earlier for some programs: with its line, or with the first comment inside it. They give the
 * characters after that their usual meaning, and may read an address there.
 */
const ENDS_EARLY = /\r|^\([^(\\]*[(\\].*["<>,:;@]/s
/** Where a name ends for some programs, which read what precedes it as the address. Devices write these characters into a name. */
const NAME_END = /[)[\]\\]/
/** Encoded words (RFC 2047) of which each program reads the same text. */
const PLAIN_ENCODED = /=\?(?:us-ascii|utf-8|iso-8859-\d+|windows-125\d)\?(?:q\?[!->@-~]*|b\?[a-z0-9+/]*={0,2})\?=/gi
/** A name after which that would be another address: encoded words are decoded first. */
const isOtherAddress = (name: string) => /@|=\?/.test(name.replace(PLAIN_ENCODED, (encoded) => decodeWords(encoded)))

/**
 * The one address in the value of a From field (RFC 5322 §3.4), with its line ends. Null if there are none or several, or if it is anything
 * that another program could read as a different address, such as a group.
 */
export function authorOf(value: string): string | null {
  const parts = value.length > VALUE_CHARS_MAX ? null : separated(value)
  if (parts === null) return null
  const { bare, texts } = parts
  const inBrackets = /^[^<>]*<([^<>]*)>\s*$/.exec(bare)
  const address = parseSenderEmail(inBrackets ? inBrackets[1] : bare)
  // Without brackets the whole value is the address. A name in front of them may contain no list, no group, and no other address.
  const name = inBrackets ? bare.slice(0, bare.indexOf('<')).trim() : ''
  if (!address.ok || (/[,;:@]/.test(name) && name.toLowerCase() !== address.value)) return null
  // For some programs a comment in the brackets is a part of the address.
  const isUnclear =
    NAME_END.test(name) || inBrackets?.[1]?.includes(COMMENT) || texts.some((text) => ENDS_EARLY.test(text))
  return isUnclear && isOtherAddress([name, ...texts].join()) ? null : address.value
}

/** A blank in the place of a comment, which is no other blank. */
const COMMENT = '\u00a0'
/** What the rest of a value has for a quoted text or a comment, by the character with which it begins. */
const INSTEAD_OF: Record<string, string> = { '"': '""', '(': COMMENT }
/** Comments may contain comments. */
const DEPTH_OF: Record<string, number> = { '(': 1, ')': -1 }

/** More than one message may have. The rest of a longer list is not read, because a megabyte of addresses takes half a second. */
const ADDRESSES_READ_MAX = 101
/** More than that many addresses with long names take. */
const VALUE_CHARS_MAX = 64 * 1024

/**
 * The addresses in the value of To, Cc or Bcc, at most 101. Null if one of them is anything that another program could read differently,
 * such as a group of addresses or a quoted local part.
 */
export function addressesOf(value: string): string[] | null {
  const isLonger = value.length > VALUE_CHARS_MAX
  const { bare } = separated(value.slice(0, VALUE_CHARS_MAX), isLonger) ?? {}
  // What programs write where all recipients are in Bcc: "undisclosed-recipients:;" (RFC 5322 §3.4).
  if (bare !== undefined && /^[^<>@,:;]*:\s*;\s*$/.test(bare)) return []
  if (bare === undefined || /[;:]/.test(bare)) return null
  const addresses: string[] = []
  // Where the value was cut, the last address is incomplete.
  for (const part of bare.split(',').slice(0, isLonger ? -1 : undefined)) {
    if (part.trim() === '') continue
    const inBrackets = /^[^<>]*<([^<>]*)>\s*$/.exec(part)
    const address = parseRecipientEmail(inBrackets ? inBrackets[1] : part)
    if (!address.ok) return null
    if (addresses.push(address.value) >= ADDRESSES_READ_MAX) return addresses
  }
  return isLonger ? null : addresses
}

/**
 * Separates the quoted texts and comments, which may contain any character, from the rest of the value. The rest has a blank for each
 * comment and two quotation marks for each quoted text, because what is around one is not one address. Null if one of them does not end,
 * unless the value was cut.
 */
function separated(value: string, isCut = false): { bare: string; texts: string[] } | null {
  const texts: string[] = []
  let bare = ''
  let start = 0
  let depth = 0
  let isQuoted = false
  for (let offset = 0; offset < value.length; offset++) {
    const character = value[offset] ?? ''
    const isText = isQuoted || depth > 0
    if (character === '\\' && isText) offset++
    else if (isQuoted) isQuoted = character !== '"'
    else if (depth > 0) depth += DEPTH_OF[character] ?? 0
    else {
      isQuoted = character === '"'
      depth = character === '(' ? 1 : 0
      bare += INSTEAD_OF[character] ?? character
      start = offset
    }
    if (isText && !isQuoted && depth === 0) texts.push(value.slice(start, offset))
  }
  return (isQuoted || depth > 0) && !isCut ? null : { bare, texts }
}
