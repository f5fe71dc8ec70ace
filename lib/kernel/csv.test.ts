import { expect, test } from 'vitest'
import { csvText } from './csv'

test.each(['=1+1', '+49', '-3', '@SUM(A1)', '\tx', '\rx', '＝1', '＋1', '－1', '＠a'])(
  'M-12 a cell that begins as a formula does is no formula: %j',
  (text) => {
    expect(csvText([[text]]).replaceAll('"', '')).toBe(`\ufeff'${text}\r\n`)
  },
)

test.each(['x;=1+1;', 'x; =1+1', 'x";"=1+1', ';;@A1', 'x\t+4', 'x\n-3;', 'x\r\n=1', '\t=1', '\r=1'])(
  'M-12 nor is what a spreadsheet takes for a cell that separates them by semicolons or tabs: %j',
  (text) => {
    const cells = csvText([['a', text]]).split(/[;\t\r\n]/)
    expect(cells.filter((cell) => /^["\s]*[=+\-@]/.test(cell))).toEqual([])
  },
)

test('a text with a tab further on stays as it is', () => {
  expect(csvText([['a\tb']])).toBe('\ufeffa\tb\r\n')
})

test('M-12 commas, quotes and line ends stay inside their cell', () => {
  expect(csvText([['a,b', 'say "hi"', 'two\nlines', 'Müller', '']])).toBe(
    '\ufeff"a,b","say ""hi""","two\nlines",Müller,\r\n',
  )
})
