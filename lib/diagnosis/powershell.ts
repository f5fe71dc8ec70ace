/** PowerShell ends a single-quoted string at these characters too. Each is escaped by doubling it (about_Quoting_Rules). */
const QUOTES = /['\u2018\u2019\u201a\u201b]/g

/** Line ends, control, invisible and bidirectional characters, and lone surrogates. No address, id or host contains them. */
const UNQUOTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

export const isQuotable = (value: string): boolean => !UNQUOTABLE.test(value)

/** Quotes a value as one PowerShell argument, in which nothing is expanded or run. */
export function powershellString(value: string): string {
  refuse(value)
  return `'${value.replace(QUOTES, '$&$&')}'`
}

/** Quotes a value as one argument of a POSIX shell. */
export function shellString(value: string): string {
  refuse(value)
  return `'${value.replaceAll("'", String.raw`'\''`)}'`
}

function refuse(value: string): void {
  if (!isQuotable(value)) throw new RangeError('A command must not contain line ends, control or invisible characters')
}

/** Longer lines wrap on the page of a hand-over at 1,440 px. */
const COMMENT_CHARS = 82

/** Writes sentences as comment lines of PowerShell or a shell, which both begin with `#`. A command in them has a line to itself. */
export const commentLines = (text: string): string[] => text.split('\n').flatMap(wrappedComment)

function wrappedComment(text: string): string[] {
  const lines: string[] = []
  for (const term of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + term.length >= COMMENT_CHARS) lines.push(`# ${term}`)
    else lines[lines.length - 1] = `${last} ${term}`
  }
  return lines
}
