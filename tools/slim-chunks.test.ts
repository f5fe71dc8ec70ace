import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { inAscii, slimChunks } from './slim-chunks.mjs'

test('P-02 a script in ASCII means the same', () => {
  const script = String.raw`['ü', "“\n”\\→\→\\", ${'`'}✓\${1}\é${'`'}, /[äö→\→]\\…/.source.length, '😀'.length, '\u00fc\x41']`
  const ascii = inAscii(script)
  expect(ascii).toMatch(/^[ -~]*$/)
  // biome-ignore lint/security/noGlobalEval: it is a script that is compared
  const run = eval
  expect(run(ascii)[0]).toBe('ü')
  expect(run(ascii).toSpliced(3, 1)).toEqual(run(script).toSpliced(3, 1))
  expect(new RegExp(run('/[äö→]…/').source).test('→…')).toBe(true)
  expect(run(inAscii('/^[äö→\\→]…$/')).test('→…')).toBe(true)
})

test('P-02 chunks that differ in their names only are loaded once', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-chunks-'))
  mkdirSync(path.join(folder, 'ssr'))
  const chunk = (name: string) => `module.exports=[1,()=>"ü"];\n\n//# sourceMappingURL=${name}.map`
  for (const name of ['a.js', 'b.js', 'ssr/c.js']) writeFileSync(path.join(folder, name), chunk(name))
  writeFileSync(path.join(folder, 'runtime.js'), 'const other = "ü"')
  slimChunks(folder)
  const load = createRequire(path.join(folder, 'x.js'))
  const [a, b, c] = ['a', 'b', 'ssr/c'].map((name) => load(`./${name}.js`))
  expect(b).toBe(a)
  expect(c).not.toBe(a)
  expect([a[1](), c[1]()]).toEqual(['ü', 'ü'])
  expect(readFileSync(path.join(folder, 'runtime.js'), 'utf8')).toBe('const other = "ü"')
  expect(() => slimChunks(path.join(folder, 'ssr'))).toThrow('No chunk in')
  rmSync(folder, { recursive: true })
})
