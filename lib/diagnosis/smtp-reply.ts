/** A reply as the rules read it: its own words only, without what it quotes and without the server's tail. */
export interface ReadReply {
  /** Basic code (RFC 5321 §4.2); 0 when the text carries none. */
  basic: number
  /** Enhanced code (RFC 3463) at the start of the reply. */
  enhanced: string | null
  words: string
}

/** Some gateways put a word of their own before the enhanced code: `550 cuda_nsu 5.4.1 …`. */
const WORD = /^\s*([245])\d\d[ -]+[a-z][a-z0-9]*[_-][a-z0-9_-]+[ :]+#?(\1\.\d{1,3}\.\d{1,3})(?![\d.]*\d)[;:]?\s*/i
/** qmail and its kin put it at the end: `550 Invalid recipient <…> (#5.1.1)`. */
const BEHIND = /\(#?([245]\.\d{1,3}\.\d{1,3})\)\s*\.?\s*$/
const HEAD = /^\s*(?:([2-5]\d\d)(?![\d.])[ -]*)?(?:#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)[;:]?)?\s*/
/** `[AM0PR10CA0001.EURPRD10.PROD.OUTLOOK.COM 2026-11-24T16:00:00.000Z 08DD…]`, `[Hostname=…]`: kept in evidence, read by no rule. */
const TAIL = /(?:\s*\[[^\]]*\]?)+\s*$/
/** Addresses and links hold words of other people: `spam@…`, `relay@…`. */
const NAMES = /<?[^\s<>@]+@[^\s<>@,;:]+>?|https?:\/\/\S+/gi
/** What another server said, told inside this reply. */
const QUOTING =
  /\b(?:said|says|returned|replied|responded|answered|reported|wrote|gave|got|was|response|reply)\b[\s:,'"“‘(<-]*(?:[2-5]\d\d(?![\d.])|#?[245]\.\d{1,3}\.\d{1,3})/i
const INNER = /([:'"“‘(<[|>=]\s*|\s)([2-5]\d\d)(?![\d.])[ -]+(?:#?([245]\.\d{1,3}\.\d{1,3})\b)?/g

/**
 * Reads the start of a reply. Lines after the first repeat the code (`550-5.7.60 …`): those are the same reply. Another code
 * further inside is another server's reply, and nothing from there on counts.
 */
export function readReply(code: number, enhanced: string | null, reply: string): ReadReply {
  const head = HEAD.exec(reply)
  const word = WORD.exec(reply)
  const basic = code || Number(head?.[1] ?? 0)
  const own = { basic, enhanced: head?.[2] ?? word?.[2] ?? enhanced }
  const rest = reply.slice((word ?? head)?.[0].length ?? 0)
  const words = withoutQuotes(rest, own).replace(TAIL, '').replace(NAMES, '<>').replace(/\s+/g, ' ').trim()
  const behind = BEHIND.exec(words)?.[1] ?? null
  return { basic, enhanced: own.enhanced ?? (behind?.[0] === String(basic)[0] ? behind : null), words }
}

function withoutQuotes(text: string, own: { basic: number; enhanced: string | null }): string {
  const told = QUOTING.exec(text)
  const kept = told ? text.slice(0, told.index) : text
  let words = ''
  let read = 0
  for (const inner of kept.matchAll(INNER)) {
    const [all, before = '', basic, enhanced] = inner
    const isReply = enhanced !== undefined || all.trimEnd().endsWith('-') || before.trim() !== ''
    if (!isReply) continue
    words += kept.slice(read, inner.index)
    const nextLine = before.trim() === '' && Number(basic) === own.basic && (enhanced ?? own.enhanced) === own.enhanced
    if (!nextLine) return words
    words += ' '
    read = inner.index + all.length
  }
  return words + kept.slice(read)
}

/** `5.7.60` is that code, `5.1.x` a family, `5.7.606-649` a range of its last number. */
export function enhancedIs(pattern: string, enhanced: string): boolean {
  const stem = pattern.slice(0, pattern.lastIndexOf('.') + 1)
  const last = pattern.slice(stem.length)
  if (!enhanced.startsWith(stem)) return false
  const detail = enhanced.slice(stem.length)
  if (last === 'x') return true
  const [from = '', to = from] = last.split('-')
  return Number(detail) >= Number(from) && Number(detail) <= Number(to)
}
