import { expect, test } from 'vitest'
import { csvText } from './csv'

/** What separates cells, and what the other half of the spreadsheets expects there. */
const SEPARATORS = [
  [',', ';'],
  [';', ','],
] as const

test.each(['=1+1', '+49', '-3', '@SUM(A1)', '\tx', '\rx', '＝1', '＋1', '－1', '＠a'])(
  'M-12 a cell that begins as a formula does is no formula: %j',
  (text) => {
    for (const [separator] of SEPARATORS)
      expect(csvText([[text]], separator).replaceAll('"', '')).toBe(`\ufeff'${text}\r\n`)
  },
)

test.each(['x;=1+1;', 'x; =1+1', 'x";"=1+1', ';;@A1', 'x\t+4', 'x\n-3;', 'x\r\n=1', '\t=1', '\r=1'])(
  'M-12 nor is what a spreadsheet takes for a cell that expects the other separator, or tabs: %j',
  (text) => {
    for (const [separator, other] of SEPARATORS) {
      const file = csvText([['a', text.replaceAll(';', other)]], separator)
      const cells = file.split(new RegExp(`[${other}\\t\\r\\n]`))
      expect(cells.filter((cell) => /^["\s]*[=+\-@]/.test(cell))).toEqual([])
    }
  },
)

test('a text with a tab further on stays as it is', () => {
  expect(csvText([['a\tb']], ',')).toBe('\ufeffa\tb\r\n')
})

test.each(SEPARATORS)(
  'M-12 what separates cells (%j), quotes and line ends stay inside their cell',
  (separator, other) => {
    const row = [`a${separator}b`, `a${other} b${other} -1`, 'say "hi"', 'two\nlines', 'two\rlines', 'Müller', '']
    const cells = [
      `"a${separator}b"`,
      `a${other} b${other} '-1`,
      '"say ""hi"""',
      '"two\nlines"',
      '"two\rlines"',
      'Müller',
      '',
    ]
    expect(csvText([row, ['x', `y${separator} -1`]], separator)).toBe(
      `\ufeff${cells.join(separator)}\r\nx${separator}"y${separator} -1"\r\n`,
    )
  },
)
