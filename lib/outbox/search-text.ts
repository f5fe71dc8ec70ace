/** Shorter words are in nearly every message, and no index knows them. */
export const WORD_CHARS_MIN = 3

/** What is looked for: each must be there, whole or as a part of a word. Null: nothing long enough to look for. */
export function searchWords(typed: string): string[] | null {
  const words = searchable(typed).split(/[\s\p{Cc}]+/u)
  return words.some((word) => [...word].length >= WORD_CHARS_MIN) ? words.filter((word) => word !== '') : null
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
