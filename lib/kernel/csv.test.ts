import { expect, test } from 'vitest'
import { csvText } from './csv'

test.each(['=1+1', '+49', '-3', '@SUM(A1)', '\tx', '\rx', '＝1', '＋1', '－1', '＠a'])(
  'M-12 a cell that begins as a formula does is no formula: %j',
  (text) => {
    expect(csvText([[text]]).replaceAll('"', '')).toBe(`\ufeff'${text}\r\n`)
  },
)

test('M-12 commas, quotes and line ends stay inside their cell', () => {
  expect(csvText([['a,b', 'say "hi"', 'two\nlines', 'Müller', '']])).toBe(
    '\ufeff"a,b","say ""hi""","two\nlines",Müller,\r\n',
  )
})
