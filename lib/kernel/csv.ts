/**
 * Where a spreadsheet would begin to read a formula. Some also convert the full-width forms to plain ones. Excel in German, as in most of
 * Europe, separates cells by semicolons: to it a line is one cell, whose quotes mean nothing, until a semicolon or the end of the line.
 */
const FORMULA = /(?:^|[;\t\r\n])["\p{Zs}]*(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu

const cell = (text: string): string => {
  const harmless = text.replace(/^(?=[\t\r])/, "'").replace(FORMULA, "$&'")
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Excel recognises UTF-8 by this mark at the beginning of a file. */
export const MARK = '\ufeff'

/** Writes rows as text of RFC 4180 that begins with a byte order mark. */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  `${MARK}${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`
