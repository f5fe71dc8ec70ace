import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/** The house, lowest floor first. A room imports only from floors below its own, never sideways. */
const FLOORS: readonly (readonly string[])[] = [
  ['lib/kernel'],
  ['lib/delivery', 'lib/diagnosis', 'lib/policy', 'lib/access', 'lib/audit', 'lib/net'],
  ['lib/mail-server', 'lib/credentials', 'lib/outbox'],
  ['lib/entra', 'lib/smtp', 'lib/db', 'lib/vault', 'lib/sign-in', 'lib/notify'],
  ['lib/wiring'],
  ['components'],
  ['lib/relay'],
  ['app', 'lib/worker', 'lib/host'],
  ['lib/cli'],
]

/** Each vendor has one door: no other room imports its package. */
const DOORS: readonly (readonly [vendor: RegExp, rooms: readonly string[]])[] = [
  [/^@azure\/msal-node/, ['lib/entra']],
  [/^nodemailer/, ['lib/smtp']],
  [/^(@prisma\/|pg$|pg-boss|rate-limiter-flexible)/, ['lib/db']],
  [/^jose/, ['lib/vault']],
  [/^better-auth/, ['lib/sign-in']],
  [/^(node:)?(net|tls|http|https|dgram)$/, ['lib/net', 'lib/host']],
]

const root = path.resolve(import.meta.dirname, '..')
const floorOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room))

function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'lib' ? `lib/${second}` : first
}

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('lib/db/generated/'))
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g
/** Types of Node's own modules cost nothing at run time and open no connection. */
const NODE_TYPES = /import type [^'"]+from\s*['"]node:[^'"]+['"]/g

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8').replace(NODE_TYPES, '')
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? '')
}

function targetRoom(file: string, specifier: string): string | null {
  if (specifier.startsWith('@/')) return roomOf(specifier.slice(2))
  if (specifier.startsWith('.')) return roomOf(path.normalize(path.join(path.dirname(file), specifier)))
  return null
}

/** Imports that climb, go sideways, or enter a vendor by another door. */
function trespasses(file: string, specifiers: readonly string[]): string[] {
  const room = roomOf(file)
  return specifiers.flatMap((specifier) => {
    const target = targetRoom(file, specifier)
    if (target !== null) {
      if (target === room || target === 'messages' || target === 'package.json') return []
      return floorOf(target) >= 0 && floorOf(target) < floorOf(room) ? [] : [`${file} → ${specifier}`]
    }
    return DOORS.flatMap(([vendor, rooms]) =>
      vendor.test(specifier) && !rooms.includes(room) ? [`${file} → ${specifier}`] : [],
    )
  })
}

test('every import goes down to a lower floor, and each vendor is entered by its own door', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources)
  expect(files.length).toBeGreaterThan(20)
  expect(files.flatMap((file) => trespasses(file, importsOf(file)))).toEqual([])
})

test.each([
  ['a climb', 'lib/kernel/x.ts', ['../mail-server/settings']],
  ['a step sideways', 'lib/delivery/x.ts', ['../diagnosis/remedy']],
  ['a vendor by another door', 'lib/outbox/x.ts', ['nodemailer']],
  ['a room on no floor', 'app/x.ts', ['@/simulator/entra']],
])('the floor test sees %s', (_, file, specifiers) => {
  expect(trespasses(file, specifiers)).toHaveLength(1)
})
