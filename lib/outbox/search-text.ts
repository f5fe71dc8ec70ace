/** Shorter words are in nearly every message, and no index knows them. */
export const WORD_CHARS_MIN = 3

/** What is looked for: each must be there, whole or as a part of a word. Null: nothing long enough to look for. */
export function searchTerms(typed: string): string[] | null {
  const terms = searchable(typed).split(/[\s\p{Cc}]+/u)
  return terms.some((word) => [...word].length >= WORD_CHARS_MIN) ? terms.filter((word) => word !== '') : null
}

/** What a message is found by: nothing of its body. */
export function searchTextOf(message: {
  subject: string
  originator: string | null
  messageId: string
  recipients: readonly string[]
}): string {
  const { subject, originator, messageId, recipients } = message
  return searchable([subject, originator ?? '', messageId, ...recipients].map(oneLine).join('\n'))
}

/** As it is kept and as it is looked for; not by the database, whose locale may know the letters of ASCII alone. */
const searchable = (text: string): string => text.toLowerCase()

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ')
