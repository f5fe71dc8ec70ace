/** What separates two cells. Excel takes it from the region of the computer: a semicolon in German, as in most of Europe. */
export type Separator = ',' | ';'

/**
 * Where a spreadsheet would begin to read a formula. Some also convert the full-width forms to plain ones. To a spreadsheet that expects the
 * other separator a line is one cell, whose quotes mean nothing, until that separator or the end of the line.
 */
const formulaAfter = (other: Separator) =>
  new RegExp(String.raw`(?:^|[${other}\t\r\n])["\p{Zs}]*(?=[=+\-@\uff1d\uff0b\uff0d\uff20])`, 'gu')
const FORMULA = { ',': formulaAfter(';'), ';': formulaAfter(',') }

const cellOf = (separator: Separator) => (text: string) => {
  const harmless = text.replace(/^(?=[\t\r])/, "'").replace(FORMULA[separator], "$&'")
  return harmless.includes(separator) || /["\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Excel recognises UTF-8 by this mark at the beginning of a file. */
export const MARK = '\ufeff'

/** Writes rows as text of RFC 4180, but for the separator, that begins with a byte order mark. */
export const csvText = (rows: readonly (readonly string[])[], separator: Separator): string =>
  `${MARK}${rows.map((row) => `${row.map(cellOf(separator)).join(separator)}\r\n`).join('')}`
