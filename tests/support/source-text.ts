import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** A piece of source: what people read in it. */
export interface Piece {
  /** `title`: a string that names a test or a group of tests. */
  kind: 'comment' | 'string' | 'title' | 'identifier'
  text: string
}

function listFiles(...options: string[]): string[] {
  const output = execFileSync('git', ['ls-files', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return output.split('\n').slice(0, -1)
}

/** Asked for once: on a busy machine a process takes longer than the tests that read the files. */
let allFiles: string[] | null = null

/** Files of the repository that match, as paths from its root; new ones that are not committed yet too. */
export function repositoryFiles(pattern: RegExp): string[] {
  if (allFiles === null) {
    const deleted = new Set(listFiles('--deleted'))
    allFiles = listFiles('--cached', '--others', '--exclude-standard', '--deduplicate').filter(
      (file) => !deleted.has(file),
    )
  }
  return allFiles.filter((file) => pattern.test(file))
}

export const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const TOKEN = new RegExp(
  [
    /\/\*[\s\S]*?\*\//, // block comment
    /\/\/[^\n]*/, // line comment
    /'(?:\\.|[^'\\\n])*'/, // string
    /"(?:\\.|[^"\\\n])*"/,
    /`(?:\\.|\$\{(?:[^{}`]|\{[^{}]*\})*\}|[^`\\])*`/, // template, with values of one level
    /[A-Za-z_$][\w$]*/, // identifier or keyword
    /\d[\w.]*/, // number
    /[^\s]/, // anything else, one character at a time
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
)
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
/** After these a slash begins a regular expression, not a division. */
const BEFORE_REGEXP = /^(?:[([{,;=:?!&|+\-*%~^<>]|return|typeof|case|in|of|yield|await|)$/

/** What comes before the bracket in front of a title: `test('…`, or the end of `test.each([…])` in `test.each([…])('…`. */
const BEFORE_TITLE = /^(?:test|it|describe|skip|only|fails|\))$/

/**
 * Comments, strings and identifiers of a TypeScript or JavaScript file, in order. It knows as much of the syntax as that takes:
 * words between JSX tags count as identifiers.
 */
export function piecesOf(source: string): Piece[] {
  const pieces: Piece[] = []
  let [beforePrevious, previous] = ['', '']
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(source); match; match = TOKEN.exec(source)) {
    const [text] = match
    if (/^\/[/*]/.test(text)) {
      pieces.push({ kind: 'comment', text })
      continue
    }
    if (text === '/' && BEFORE_REGEXP.test(previous)) {
      REGEXP.lastIndex = match.index
      const expression = REGEXP.exec(source)
      if (expression) TOKEN.lastIndex = REGEXP.lastIndex
    } else if (/^['"`]./.test(text)) {
      const isTitle = previous === '(' && BEFORE_TITLE.test(beforePrevious)
      pieces.push({ kind: isTitle ? 'title' : 'string', text: text.slice(1, -1) })
    }
    if (/^[A-Za-z_$]/.test(text)) pieces.push({ kind: 'identifier', text })
    beforePrevious = previous
    previous = text
  }
  return pieces
}
