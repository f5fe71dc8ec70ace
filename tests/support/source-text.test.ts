import { expect, test } from 'vitest'
import { piecesOf } from './source-text'

const kinds = (source: string) => piecesOf(source).map(({ kind, text }) => `${kind}: ${text}`)

test('comments, strings and identifiers are distinguished', () => {
  expect(kinds("const a = 'it // is' // why\n/* more */ b()")).toEqual([
    'identifier: const',
    'identifier: a',
    'string: it // is',
    'comment: // why',
    'comment: /* more */',
    'identifier: b',
  ])
})

test('a regular expression is neither a comment nor a string, and a division is no regular expression', () => {
  expect(kinds("x.replace(/['/*]/g, '') // end")).toEqual([
    'identifier: x',
    'identifier: replace',
    'string: ',
    'comment: // end',
  ])
  expect(kinds("half / 2 // 'one'")).toEqual(['identifier: half', "comment: // 'one'"])
})

test('a template is one string, whatever is inserted into it', () => {
  const template = ['`a $', "{b({ c: 'd' })} // e`"].join('')
  expect(kinds(`${template} // f`)).toEqual([`string: ${template.slice(1, -1)}`, 'comment: // f'])
})

test('titles of tests are distinguished from other strings, also after a table', () => {
  const source = "test('one', () => expect('x')); test.each([['y']])('two', run)"
  const titles = piecesOf(source).filter(({ kind }) => kind === 'title')
  expect(titles.map(({ text }) => text)).toEqual(['one', 'two'])
})
