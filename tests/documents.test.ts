import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readKeyFile } from '../lib/config/key-file'
import { repositoryFiles, textOf } from './support/source-text'

const root = path.resolve(import.meta.dirname, '..')
const DOCUMENTS = repositoryFiles(/\.md$/)

/** The anchor that a heading gets: small letters, hyphens for spaces, other characters left out. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(file: string): string[] {
  const text = textOf(file)
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
  return [...headings, ...[...text.matchAll(/<a id="([\w-]+)"/g)].map(([, id = '']) => id)]
}

/** Links to other files of the repository that lead nowhere. */
function brokenLinks(file: string): string[] {
  const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source ?? '',
  )
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [target = '', anchor] = link.split('#')
      const named = target === '' ? file : path.join(path.dirname(file), target)
      if (!existsSync(path.join(root, named))) return true
      return anchor !== undefined && !anchorsOf(named).includes(anchor)
    })
    .map((link) => `${file}: ${link}`)
}

test('every link in a document leads to a file and a heading that exist', () => {
  expect(DOCUMENTS.flatMap(brokenLinks)).toEqual([])
})

test('every path of the source that a document names exists', () => {
  const NAMED = /`((?:app|components|e2e|lib|messages|prisma|simulator|tests|tools|bench)\/[\w./()[\]-]+)`/g
  const missing = DOCUMENTS.filter((file) => file !== 'CHANGELOG.md').flatMap((file) =>
    [...textOf(file).matchAll(NAMED)]
      .map(([, named = '']) => named)
      .filter((named) => !existsSync(path.join(root, named)))
      .map((named) => `${file}: ${named}`),
  )
  expect(missing).toEqual([])
})

test('docs/architecture.md names every module, in the order that tests/architecture.test.ts checks', () => {
  const checked = /const MODULES[^=]*= \[([\s\S]*?)\]/.exec(textOf('tests/architecture.test.ts'))?.[1] ?? ''
  const modules = [...checked.matchAll(/'([^']+)'/g)].map(([, module = '']) => module)
  const documented = [...textOf('docs/architecture.md').matchAll(/^\| `([^`]+)` \| (?!`)/gm)].map(([, name]) => name)
  expect(documented).toEqual(modules.filter((module) => existsSync(path.join(root, module))))
})

test('every way through the console that a document describes consists of labels of the console', () => {
  const labels = new Set<string>()
  const collect = (texts: unknown): unknown =>
    typeof texts === 'string' ? labels.add(texts) : Object.values(texts as object).map(collect)
  for (const file of repositoryFiles(/^messages\/en\/.*\.json$/)) collect(JSON.parse(textOf(file)))
  const ways = DOCUMENTS.flatMap((file) =>
    [...textOf(file).matchAll(/(?<![*\w])\*([^*`|]+ [→›] [^*`|]+)\*(?!\*)/g)].map(([, way = '']) => ({
      file,
      way: way.replaceAll(/\s+/g, ' '),
    })),
  )
  expect(ways.length).toBeGreaterThan(10)
  expect(ways.filter(({ way }) => way.split(/ [→›] /).some((label) => !labels.has(label)))).toEqual([])
})

test('docs/commands.md names every command', () => {
  const registered = /const COMMANDS.* = \{([\s\S]*?)\n\}/.exec(textOf('lib/cli/main.ts'))?.[1] ?? ''
  const commands = [...registered.matchAll(/^ {2}'?([\w-]+)'?:/gm)].map(([, command = '']) => command)
  const documented = new Set([...textOf('docs/commands.md').matchAll(/^\| `([\w-]+)/gm)].map(([, name]) => name))
  expect(commands.length).toBeGreaterThan(0)
  expect(commands.filter((command) => !documented.has(command))).toEqual([])
})

test('docs/decisions/README.md lists every record under its own title', () => {
  const records = readdirSync(path.join(root, 'docs/decisions')).filter((file) => /^\d{4}-.*\.md$/.test(file))
  const lines = records.map((file) => {
    const [, number = '', title = ''] = /^# (\d+)\. (.*)$/m.exec(textOf(`docs/decisions/${file}`)) ?? []
    return `| ${number} | [${title}](${file}) |`
  })
  const index = textOf('docs/decisions/README.md').split('\n')
  expect(index.filter((line) => /^\| \d/.test(line))).toEqual(lines)
  const parts = records.map((file) =>
    textOf(`docs/decisions/${file}`)
      .match(/^(\*\*(Context|Decision)\.\*\*|## .*)/gm)
      ?.join(),
  )
  expect(new Set(parts)).toEqual(new Set(['**Context.**,**Decision.**']))
})

test.runIf(process.getuid?.() === 0)(
  'S-11 the commands of packaging/compose.yaml make secrets that their reader alone can read',
  () => {
    const commands = [...textOf('packaging/compose.yaml').matchAll(/^# {3}(.*)$/gm)].map(([, command]) => command)
    const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-compose-'))
    try {
      execFileSync('bash', ['-ec', commands.join('\n')], { cwd: folder })
      const files = readdirSync(path.join(folder, 'secrets')).map((name) => {
        const { mode, uid } = statSync(path.join(folder, 'secrets', name))
        return [name, { mode: (mode & 0o777).toString(8), uid }]
      })
      expect(Object.fromEntries(files)).toEqual({
        'auth-secret': { mode: '600', uid: 65532 },
        'database-password': { mode: '600', uid: 0 },
        'database-url': { mode: '600', uid: 65532 },
        keys: { mode: '600', uid: 65532 },
      })
      expect(readKeyFile(readFileSync(path.join(folder, 'secrets/keys'), 'utf8')).ok).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
