import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { pseudoTexts } from '../../tests/support/pseudo-text'
import { ROOT } from './process'

/** What a bundled module of nothing but data looks like. */
const DATA_MODULE = /^\((\w+),(\w+),\w+\)=>\{(?:"use strict";)?(?:\2\.exports=|\1\.v\()/

const FILES = readdirSync(path.join(ROOT, 'messages/de'))
const textsOf = (locale: string, name: string): unknown =>
  JSON.parse(readFileSync(path.join(ROOT, 'messages', locale, name), 'utf8'))
const GERMAN = new Map(FILES.map((name) => [name, textsOf('de', name)]))

type Factory = (context: { v(value: unknown): void }, module: { exports: unknown }, exports: unknown) => void

/**
 * Puts pseudo texts in the place of the German ones into a copy of the production build. No product has them: neither is there a third
 * language to choose, nor does a setting load other texts (docs/decisions/0036).
 */
export function usePseudoTexts(folder: string): void {
  const chunks = path.join(folder, '.next/server/chunks')
  const replaced = new Set<string>()
  for (const name of readdirSync(chunks, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(chunks, name)
    const source = name.endsWith('.js') ? readFileSync(file, 'utf8') : ''
    // The build writes ä, ö, ü and ß as escapes.
    if (!/\\u00(?:e4|f6|fc|df)/.test(source)) continue
    let changed = source
    // `require` would get a chunk as the test runner transforms it.
    const chunk: { exports: unknown } = { exports: [] }
    runInNewContext(source, { module: chunk })
    for (const factory of Array.isArray(chunk.exports) ? chunk.exports : []) {
      if (typeof factory !== 'function') continue
      const catalogue = DATA_MODULE.test(`${factory}`) && germanOf(dataOf(factory as Factory))
      if (!catalogue) continue
      const texts = JSON.stringify(JSON.stringify(pseudoTexts(textsOf('en', catalogue))))
      changed = changed.replace(`${factory}`, () => `(a,b,c)=>{b.exports=JSON.parse(${texts})}`)
      replaced.add(catalogue)
    }
    if (changed !== source) writeFileSync(file, changed)
  }
  const missed = FILES.filter((file) => !replaced.has(file))
  if (missed.length > 0) throw new Error(`the build keeps these texts elsewhere: ${missed.join(', ')}`)
}

function dataOf(factory: Factory): unknown {
  const module: { exports: unknown } = { exports: {} }
  try {
    factory({ v: (value) => (module.exports = value) }, module, module.exports)
  } catch {
    // It needs other modules.
    return undefined
  }
  return module.exports
}

// What the bundler wrote as an object literal has another prototype than what JSON.parse makes here.
function germanOf(data: unknown): string | undefined {
  const plain = JSON.parse(JSON.stringify(data) ?? 'null')
  return FILES.find((name) => isDeepStrictEqual(plain, GERMAN.get(name)))
}
