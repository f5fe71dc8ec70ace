import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { readEnvironment } from '../lib/config/environment'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** The host passes it to the processes that it starts; it is not set by people. */
const INTERNAL = ['POSTROOM_EMBEDDED_DATABASE']
const SECRETS = /const SECRETS = \[([\s\S]*?)\]/
const NAME = /'((?:POSTROOM_[A-Z_]+|DATABASE_URL|PORT|LOG_LEVEL|NODE_EXTRA_CA_CERTS))'/g

/** Names of the variables that the code reads, with `_FILE` forms. */
function variablesRead(): string[] {
  const source = read('lib/config/environment.ts')
  const names = [...source.matchAll(NAME)].map(([, name = '']) => name)
  const files = [...(SECRETS.exec(source)?.[1] ?? '').matchAll(NAME)].map(([, name]) => `${name}_FILE`)
  return [...new Set([...names, ...files])].filter((name) => !INTERNAL.includes(name)).sort()
}

/** `.env.example` with its variables uncommented. */
const example = parseEnv(read('.env.example').replaceAll(/^# (?=[A-Z_]+=)/gm, ''))

/** Each variable of the table in docs/configuration.md, with its default or '' if it has none. */
const documented = new Map(
  read('docs/configuration.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z]/.test(line))
    .flatMap((line) => {
      const cells = line.split(' | ')
      const value = /^`(.*)`/.exec(cells.at(-1) ?? '')?.[1] ?? ''
      return [...(cells[0] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => [name, value] as const)
    }),
)

test('.env.example and docs/configuration.md name every variable that is read, and no other', () => {
  expect(Object.keys(example).sort()).toEqual(variablesRead())
  expect([...documented.keys()].sort()).toEqual(variablesRead())
})

test('.env.example and docs/configuration.md name the same defaults', () => {
  expect(Object.fromEntries(documented)).toEqual(example)
})

test('the documented defaults are those of the code', () => {
  const needed = { POSTROOM_AUTH_SECRET: 'an-auth-secret-of-a-test-0123456789-abcdef' }
  const defaults = Object.fromEntries(Object.entries(example).filter(([, value]) => value !== ''))
  const plain = readEnvironment(needed)
  expect(plain.ok).toBe(true)
  expect(readEnvironment({ ...needed, ...defaults })).toEqual(plain)
})
