/** Shorter terms occur in nearly every message, and no index contains them. */
export const TERM_CHARS_MIN = 3

/** The search terms, each of which must occur as a word or a part of one. Null if none is long enough. */
export function searchTerms(text: string): string[] | null {
  const terms = searchable(text).split(/[\s\p{Cc}]+/u)
  return terms.some((term) => [...term].length >= TERM_CHARS_MIN) ? terms.filter((term) => term !== '') : null
}

/** The text that a message is found by, which contains nothing of its body. */
export function searchTextOf(message: {
  subject: string
  originator: string | null
  messageId: string
  recipients: readonly string[]
}): string {
  const { subject, originator, messageId, recipients } = message
  return searchable([subject, originator ?? '', messageId, ...recipients].map(oneLine).join('\n'))
}

/** Texts and terms are lower-cased here, since the database's locale may know only the letters of ASCII. */
const searchable = (text: string): string => text.toLowerCase()

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ')
