import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/*
 * Modules that hold secrets or rows cannot import `server-only`: commands and worker run them outside Next.js. So the way
 * there is looked at instead: from each client component along every import that is not of types alone.
 */

const root = path.resolve(import.meta.dirname, '..')
/** What no browser may get, by folder or file. */
const KEPT_BACK =
  /^(lib\/(accounts|audit|cli|config|crypto|db|entra|host|net|operations|services|smtp|webhooks|worker)\/|lib\/.*\/?store(\/|\.ts)|app\/_server\/|lib\/kernel\/(redacted|sealing)\.ts)|^(server-only|node:.*|@prisma\/.*|@noble\/.*|nodemailer|jose|pg)$/
const IMPORT = /(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/g

const isClient = (text: string): boolean => /^\s*(?:\/\*[\s\S]*?\*\/\s*|\/\/.*\n\s*)*['"]use client['"]/.test(text)
const isAction = (text: string): boolean => /^\s*['"]use server['"]/.test(text)

function fileOf(from: string, specifier: string): string | null {
  if (!/^[.@]\.?\//.test(specifier)) return null
  const plain = specifier.startsWith('@/') ? specifier.slice(2) : path.join(path.dirname(from), specifier)
  const candidates = ['', '.ts', '.tsx', '/index.ts'].map((end) => `${plain}${end}`)
  return candidates.find((file) => /\.\w+$/.test(file) && existsSync(path.join(root, file))) ?? null
}

/** Ways from a text to what is kept back, each as the files in between. An action's file is a door, not a part. */
function waysBack(file: string, text: string, keptBack = KEPT_BACK, visited = new Set<string>()): string[] {
  return [...text.matchAll(IMPORT)].flatMap(([, specifier = '']) => {
    const target = fileOf(file, specifier)
    if (keptBack.test(target ?? specifier)) return [`${file} → ${target ?? specifier}`]
    if (target === null || visited.has(target) || !/\.tsx?$/.test(target)) return []
    visited.add(target)
    const next = readFileSync(path.join(root, target), 'utf8')
    return isAction(next) ? [] : waysBack(target, next, keptBack, visited).map((way) => `${file} → ${way}`)
  })
}

function clientComponents(): [file: string, text: string][] {
  return ['app', 'components'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .map((file): [string, string] => [file, readFileSync(path.join(root, file), 'utf8')])
      .filter(([, text]) => isClient(text)),
  )
}

test('S-16 no client component reaches what holds a secret or a row', () => {
  const components = clientComponents()
  expect(components.length).toBeGreaterThan(5)
  expect(components.flatMap(([file, text]) => waysBack(file, text))).toEqual([])
})

test.each([
  ['a store', "'use client'\nimport { wiring } from '@/lib/services'"],
  ['the vault, two steps away', "'use client'\nimport x from '@/lib/services/mail-server'"],
  ['the database’s package', "'use client'\nimport { PrismaClient } from '@prisma/client'"],
  ['what marks itself', "'use client'\nimport 'server-only'"],
  ['a module that reads rows', "'use client'\nimport { startTest } from '@/lib/mail-server/connection-test/start'"],
])('S-16 the test sees %s', (_, text) => {
  expect(waysBack('app/x.tsx', text).length).toBeGreaterThan(0)
})

test.each([
  ['the command line loads no texts', 'lib/cli/main.ts', /^lib\/i18n\/translations/],
  [
    'the worker loads nothing that talks to a mail server or to Microsoft',
    'lib/worker/main.ts',
    /^(?:nodemailer|@azure)\b/,
  ],
])('until it is needed, %s', (_, file, keptBack) => {
  expect(waysBack(file, readFileSync(path.join(root, file), 'utf8'), keptBack)).toEqual([])
})
