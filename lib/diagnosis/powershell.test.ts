import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commentLines, isQuotable, powershellString, shellString } from './powershell'

const QUOTES = "'\u2018\u2019\u201a\u201b"

/** What PowerShell makes of a text that begins with a single-quoted string: its value, and what is left behind it. */
function readPowershellString(text: string): { value: string; rest: string } | null {
  const characters = [...text]
  if (!QUOTES.includes(characters[0] ?? 'x')) return null
  let value = ''
  for (let index = 1; index < characters.length; index++) {
    const character = characters[index] ?? ''
    if (!QUOTES.includes(character)) {
      value += character
      continue
    }
    const next = characters[index + 1]
    if (next === undefined || !QUOTES.includes(next)) return { value, rest: characters.slice(index + 1).join('') }
    value += character
    index++
  }
  return null
}

const hostile = fc
  .string({
    unit: fc.constantFrom(
      ...QUOTES,
      '"',
      '“',
      '„',
      '$',
      '`',
      '(',
      ')',
      ';',
      '|',
      '&',
      '#',
      '\\',
      ' ',
      'a',
      'é',
      '😀',
      '%',
      '{',
    ),
  })
  .filter(isQuotable)

test('no value escapes its PowerShell string, and PowerShell reads the same value back', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' }).filter(isQuotable)), (value) => {
      expect(readPowershellString(`${powershellString(value)} -Next`)).toEqual({ value, rest: ' -Next' })
    }),
    { numRuns: 2000 },
  )
})

test('no value escapes its shell string', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const read = shellString(value).match(/^(?:'([^']*)'|\\')+$/)
      expect(read).not.toBeNull()
      expect(shellString(value).slice(1, -1).replaceAll(String.raw`'\''`, "'")).toBe(value)
    }),
    { numRuns: 1000 },
  )
})

test.each(['\n', '\r', '\0', '\u001b', '\u0085', '\u2028', '\u2029', '\u200b', '\u202e', '\ud800'])(
  'a value with %j is refused',
  (character) => {
    expect(() => powershellString(`a${character}b`)).toThrow(RangeError)
    expect(() => shellString(`a${character}b`)).toThrow(RangeError)
  },
)

test('each line of a comment is a comment that fits into the page, and a command in it has a line to itself', () => {
  const command = 'powershell -ExecutionPolicy Bypass -File x.ps1'
  const lines = commentLines(`${'Run it in a new window. '.repeat(9)}The file is not signed:\n${command}`)
  expect(lines.at(-1)).toBe(`# ${command}`)
  expect(lines.filter((line) => !line.startsWith('# ') || line.length > 82)).toEqual([])
  expect(lines.length).toBe(4)
})
