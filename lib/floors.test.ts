import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/** The house, lowest floor first. A room imports only from floors below its own, never sideways. */
const FLOORS: readonly (readonly string[])[] = [
  ['lib/kernel'],
  ['lib/delivery', 'lib/diagnosis', 'lib/policy', 'lib/access', 'lib/audit', 'lib/net', 'lib/backup'],
  ['lib/mail-server', 'lib/credentials', 'lib/outbox', 'lib/rules', 'lib/set-up'],
  ['lib/entra', 'lib/smtp', 'lib/db', 'lib/vault', 'lib/certificates', 'lib/sign-in', 'lib/notify'],
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
  [/^(@prisma\/|pg$|pg-copy-streams|pg-boss|rate-limiter-flexible)/, ['lib/db']],
  [/^jose/, ['lib/vault']],
  [/^re2js/, ['lib/policy']],
  [/^node-forge/, ['lib/certificates']],
  [/^better-auth/, ['lib/sign-in']],
  [/^(node:)?(net|tls|http|http2|https|dgram)$/, ['lib/net', 'lib/host']],
  [/^(node:)?dns(\/promises)?$/, ['lib/net']],
  [/^undici/, []],
]

/**
 * Calls that open a connection, and who may make them (N-01, M-03). The host speaks to its own children only. The browser
 * may `fetch` from its own origin, to which the CSP holds it.
 */
const CALLS: readonly (readonly [call: RegExp, allowed: (file: string, text: string) => boolean])[] = [
  [
    /(?<![.\w])(net|tls|http|http2|https|dgram)\.(connect|createConnection|createSocket|request|get)\(/,
    inRooms('lib/net', 'lib/host'),
  ],
  [/\bfetch\(/, (file, text) => roomOf(file) === 'lib/host' || /^['"]use client['"]/.test(text)],
  [/\bnew (WebSocket|EventSource|XMLHttpRequest)\(/, () => false],
  [/\b(createTransport|sendMail)\(/, () => false],
]

function inRooms(...rooms: string[]): (file: string) => boolean {
  return (file) => rooms.includes(roomOf(file))
}

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
const DEMONSTRATION = ['lib/host/demo.ts', 'lib/cli/demo.ts']

/** Helpers of tests, which only tests may import. */
const isTestHelper = (file: string): boolean => /\.fixture(\.ts)?$|(^|\/)test-db(\.ts)?$/.test(file)

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

/** The file of ours that an import names; none, or one. */
function targetFiles(file: string, specifier: string, files: ReadonlyMap<string, unknown>): string[] {
  if (!/^(\.|@\/)/.test(specifier)) return []
  const from = specifier.startsWith('@/') ? '' : path.dirname(file)
  const named = path.join(from, specifier.replace(/^@\//, ''))
  return [named, `${named}.ts`, `${named}.tsx`, `${named}/index.ts`].filter((each) => files.has(each)).slice(0, 1)
}

/** Files that import one another in a circle, one circle for each import that closes one. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) found.push([...way.slice(at), file].join(' → '))
    if (at >= 0 || done.has(file)) return
    for (const specifier of imports.get(file) ?? [])
      for (const target of targetFiles(file, specifier, imports)) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return found
}

test('no file imports itself by way of others, be it for a type', () => {
  const files = ['app', 'components', 'lib', 'simulator'].flatMap(sources)
  expect(circles(new Map(files.map((file) => [file, importsOf(file)])))).toEqual([])
})

test('the test of circles sees one of two files and one of three, and none where two ways meet', () => {
  const of = (imports: Record<string, string[]>) => circles(new Map(Object.entries(imports)))
  expect(of({ 'lib/a.ts': ['./b'], 'lib/b.ts': ['@/lib/a'] })).toEqual(['lib/a.ts → lib/b.ts → lib/a.ts'])
  expect(of({ 'lib/a.ts': ['./b'], 'lib/b.ts': ['./c'], 'lib/c/index.ts': ['../a'] })).toHaveLength(1)
  expect(of({ 'lib/a.ts': ['./b', './c'], 'lib/b.ts': ['./d'], 'lib/c.ts': ['./d'], 'lib/d.ts': [] })).toEqual([])
})

/** Calls in this text that this file may not make. */
const forbiddenCalls = (file: string, text: string): string[] =>
  CALLS.flatMap(([call, allowed]) =>
    call.test(text) && !allowed(file, text) ? [`${file}: ${call.exec(text)?.[0]}`] : [],
  )

test('N-01 M-03 nobody opens a connection but by the dialer', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources).filter((file) => !isTestHelper(file))
  const found = files.flatMap((file) => forbiddenCalls(file, readFileSync(path.join(root, file), 'utf8')))
  expect(found).toEqual([])
})

test('helpers of tests are imported by tests alone', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources).filter((file) => !isTestHelper(file))
  const found = files.flatMap((file) =>
    importsOf(file).filter((specifier) => specifier.startsWith('.') && isTestHelper(specifier)),
  )
  expect(found).toEqual([])
})

test.each([
  ['lib/outbox/x.ts', 'await fetch(url)'],
  ['lib/smtp/x.ts', 'const socket = net.connect(25, host)'],
  ['lib/entra/x.ts', 'tls.connect({ host })'],
  ['lib/smtp/x.ts', 'const transport = createTransport({ host })'],
  ['lib/smtp/x.ts', 'await transport.sendMail(mail)'],
  ['app/x.ts', "import x from 'y'\nawait fetch(url)"],
])('N-01 the test sees a connection opened in %s', (file, text) => {
  expect(forbiddenCalls(file, text)).toHaveLength(1)
})

test.each([
  ['a climb', 'lib/kernel/x.ts', ['../mail-server/settings']],
  ['a step sideways', 'lib/delivery/x.ts', ['../diagnosis/remedy']],
  ['a vendor by another door', 'lib/outbox/x.ts', ['nodemailer']],
  ['a socket by another door', 'lib/smtp/x.ts', ['node:net']],
  ['a name server by another door', 'lib/sign-in/x.ts', ['node:dns/promises']],
  ['a room on no floor', 'app/x.ts', ['@/simulator/entra']],
])('the floor test sees %s', (_, file, specifiers) => {
  expect(trespasses(file, specifiers)).toHaveLength(1)
})

/** The false Microsoft 365 speaks the real protocols; were it to share a line with us, both could be wrong alike. */
test('the simulator imports nothing of ours', () => {
  const files = sources('simulator')
  expect(files.length).toBeGreaterThan(20)
  const found = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => (targetRoom(file, specifier) ?? 'simulator') !== 'simulator')
      .map((specifier) => `${file} → ${specifier}`),
  )
  expect(found).toEqual([])
})

/** The demonstration starts it; nothing else knows that there is one. */
test('the console has no branch for tests or for the simulator', () => {
  const branch = /simulat|NODE_ENV\s*===?\s*['"]test|\bVITEST\b|PLAYWRIGHT/
  const files = ['app', 'components', 'lib'].flatMap(sources).filter((file) => !isTestHelper(file))
  const found = files.filter((file) => branch.test(readFileSync(path.join(root, file), 'utf8').replace(COMMENT, '')))
  expect(found.filter((file) => !DEMONSTRATION.includes(file))).toEqual([])
})
