import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')

/** What a secret looks like when one was left behind. */
const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  ['a client secret of Entra', /[\w.~-]{3}\dQ~[\w.~-]{31,34}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}/],
  ['a sealing key', /(?<![\w+/=])[A-Za-z0-9+/]{43}=(?![\w=])/],
  ['a bearer', /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\./],
  ['a login in an address', /\b(postgres(ql)?|smtps?|https?):\/\/[\w.-]+:(?!password@)[^@\s'"`$<{/]{8,}@/],
]

/** Documented examples, refused as keys (S-11): lib/config/environment.test.ts holds that each document's key is here. */
const EXAMPLES = ['lib/config/key-file.ts']

const shipped = (): string[] =>
  ['app', 'components', 'lib', 'messages', 'bin', 'tools', 'simulator', 'prisma', '.']
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { withFileTypes: true, recursive: folder !== '.' })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
    )
    .filter((file) => !/\.test\.tsx?$|^package-lock\.json$|^lib\/db\/generated\/|^\.git$/.test(file))

const secretsIn = (text: string): string[] => SHAPES.flatMap(([what, shape]) => (shape.test(text) ? [what] : []))

test('S-17 no source holds a secret', () => {
  const files = shipped()
  expect(files.length).toBeGreaterThan(300)
  const findings = files
    .filter((file) => !EXAMPLES.includes(file))
    .flatMap((file) => secretsIn(readFileSync(path.join(root, file), 'utf8')).map((what) => `${file}: ${what}`))
  expect(findings).toEqual([])
})

test('S-17 the build takes nothing from the environment into what it ships', () => {
  expect(readFileSync(path.join(root, 'next.config.js'), 'utf8')).not.toMatch(/\benv\s*:/)
  const named = shipped().filter((file) => readFileSync(path.join(root, file), 'utf8').includes('NEXT_PUBLIC_'))
  expect(named).toEqual([])
})

test.each([
  ['a client secret of Entra', `const secret = 'abc8Q${'~'}${'x'.repeat(34)}'`],
  ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0'}`],
  ['a sealing key', `k1 ${Buffer.alloc(32, 'a key of somebody').toString('base64')}`],
  ['a bearer', `Bearer ${'eyJ'}0eXAiOiJKV1Qi.${'eyJ'}hdWQiOiJodHRw.x`],
  ['a login in an address', `postgresql://postroom:${'not-so-secret'}@localhost/postroom`],
])('S-17 the search for secrets recognises %s', (what, text) => {
  expect(secretsIn(text)).toEqual([what])
})
