/** A spreadsheet takes a cell that begins so for a formula; also in full-width form, which some turn into the plain one (M-12). */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

const cell = (text: string): string => {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** RFC 4180, with the mark by which Excel knows UTF-8. */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  `\ufeff${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`
