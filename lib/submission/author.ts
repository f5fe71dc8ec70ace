import { parseRecipientEmail, parseSenderEmail } from '../validation/email-address'

/**
 * The one address in the value of a From field (RFC 5322 §3.4), which is unfolded already. Null if there are none or several, or if it is
 * anything that another program could read as a different address, such as a group.
 */
export function authorOf(value: string): string | null {
  const bare = value.length > VALUE_CHARS_MAX ? null : withoutTextParts(value)
  if (bare === null) return null
  const inBrackets = /^[^<>]*<([^<>]*)>\s*$/.exec(bare)
  const address = parseSenderEmail(inBrackets ? inBrackets[1] : bare)
  // Without brackets the whole value is the address. A name in front of them may contain no list, no group, and no other address.
  const name = inBrackets ? bare.slice(0, bare.indexOf('<')).trim() : ''
  if (!address.ok || (/[,;:@]/.test(name) && name.toLowerCase() !== address.value)) return null
  return address.value
}

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
  const bare = withoutTextParts(value.slice(0, VALUE_CHARS_MAX), isLonger)
  // What programs write where all recipients are in Bcc: "undisclosed-recipients:;" (RFC 5322 §3.4).
  if (bare !== null && /^[^<>@,:;]*:\s*;\s*$/.test(bare)) return []
  if (bare === null || /[;:]/.test(bare)) return null
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
 * The value with a blank for each quoted text and comment, in which any character may stand: what is around one is not one address. Null if
 * one of them does not end, unless the value was cut.
 */
function withoutTextParts(value: string, isCut = false): string | null {
  let bare = ''
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? ''
    if (character === '\\' && (isQuoted || depth > 0)) at++
    else if (isQuoted) isQuoted = character !== '"'
    else if (depth > 0) depth += character === '(' ? 1 : character === ')' ? -1 : 0
    else {
      isQuoted = character === '"'
      depth = character === '(' ? 1 : 0
      bare += isQuoted || depth > 0 ? ' ' : character
    }
  }
  return (isQuoted || depth > 0) && !isCut ? null : bare
}
