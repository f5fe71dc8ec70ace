import { expect, test } from 'vitest'
import { piecesOf, repositoryFiles, textOf } from './support/source-text'

const CODE = /\b[A-Z]-\d\d\b/g
const TEST_FILE = /\.(test|spec)\.tsx?$/
/** The codes with which a test's title begins. */
const TITLE_CODES = /^([A-Z]-\d\d )+/
const PRODUCTION = /^(app|components|lib|prisma)\/.*\.(tsx?|mjs|prisma)$|^[^/]+\.tsx?$/

/** Most files have none, and to look at the pieces of a file takes longest. */
const sourcesWithCodes = (pattern: RegExp) =>
  repositoryFiles(pattern)
    .map((file) => ({ file, text: textOf(file) }))
    .filter(({ text }) => text.search(CODE) >= 0)

function codesInTitles(): Set<string> {
  const titles = sourcesWithCodes(TEST_FILE).flatMap(({ text: source }) =>
    piecesOf(source).flatMap(({ kind, text }) => (kind === 'comment' ? [] : [TITLE_CODES.exec(text)?.[0] ?? ''])),
  )
  return new Set(titles.flatMap((codes) => codes.match(CODE) ?? []))
}

test('docs/requirements.md has one line for each code in a test title, and a test for each line', () => {
  const lines = textOf('docs/requirements.md').split('\n')
  const documented = lines.flatMap((line) => /^\| ([A-Z]-\d\d) \|/.exec(line)?.[1] ?? [])
  expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([])
  expect(documented.sort()).toEqual([...codesInTitles()].sort())
})

test('comments of production code give reasons instead of codes', () => {
  const files = sourcesWithCodes(PRODUCTION).filter(({ file }) => !TEST_FILE.test(file))
  const occurrences = files.flatMap(({ file, text: source }) =>
    piecesOf(source).flatMap(({ kind, text }) =>
      kind === 'comment' ? (text.match(CODE) ?? []).map((code) => `${file}: ${code}`) : [],
    ),
  )
  expect(occurrences).toEqual([])
})
