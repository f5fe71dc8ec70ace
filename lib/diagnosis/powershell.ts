/**
 * PowerShell takes these as ends of a single-quoted string as well as `'`; doubled, each stands for itself
 * (about_Quoting_Rules).
 */
const QUOTES = /['\u2018\u2019\u201a\u201b]/g

/** Line ends, controls, invisible and text-turning characters, lone halves: nothing an address, an id or a host holds. */
const UNQUOTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

export const isQuotable = (value: string): boolean => !UNQUOTABLE.test(value)

/** The value as one PowerShell argument: nothing in it is expanded or run. */
export function powershellString(value: string): string {
  refuse(value)
  return `'${value.replace(QUOTES, '$&$&')}'`
}

/** The value as one argument of a POSIX shell. */
export function shellString(value: string): string {
  refuse(value)
  return `'${value.replaceAll("'", String.raw`'\''`)}'`
}

function refuse(value: string): void {
  if (!isQuotable(value)) throw new RangeError('a command holds no line ends, control or invisible characters')
}
