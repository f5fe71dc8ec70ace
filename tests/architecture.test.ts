import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/**
 * The modules in their order: one imports only what precedes it (docs/architecture.md). `components` and `app` may use
 * every module that is not a separate process.
 */
const MODULES: readonly string[] = [
  'lib/kernel',
  'lib/i18n',
  'lib/validation',
  'lib/net',
  'lib/crypto',
  'lib/db',
  'lib/audit',
  'lib/access',
  'lib/diagnosis',
  'lib/entra',
  'lib/smtp',
  'lib/webhooks',
  'lib/notifications',
  'lib/policy',
  'lib/credentials',
  'lib/mail-server',
  'lib/outbox',
  'lib/submission',
  'lib/setup-guide',
  'lib/accounts',
  'lib/config',
  'lib/operations',
  'lib/alerts',
  'lib/services',
  'components',
  'app',
  'lib/host',
  'lib/worker',
  'lib/listener',
  'lib/cli',
]

/** Packages of vendors, each with the modules that may import it. */
const VENDORS: readonly (readonly [vendor: RegExp, modules: readonly string[]])[] = [
  [/^@azure\/msal-node/, ['lib/entra']],
  [/^nodemailer/, ['lib/smtp']],
  [/^smtp-server/, ['lib/submission']],
  [/^(@prisma\/|pg$|pg-copy-streams|pg-boss)/, ['lib/db', 'lib/audit', 'lib/operations']],
  [/^(jose|node-forge)/, ['lib/crypto']],
  [/^re2js/, ['lib/policy']],
  [/^@noble\/ciphers/, ['lib/accounts']],
  [/^(node:)?(net|tls|http|http2|https|dgram)$/, ['lib/net', 'lib/host', 'lib/listener']],
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
    inModules('lib/net', 'lib/host'),
  ],
  // The examples of the API are texts that people copy.
  [
    /\bfetch\(/,
    (file, text) =>
      moduleOf(file) === 'lib/host' || file === 'lib/submission/api/examples.ts' || /^['"]use client['"]/.test(text),
  ],
  [/\bnew (WebSocket|EventSource|XMLHttpRequest)\(/, () => false],
  [/\b(createTransport|sendMail)\(/, () => false],
]

function inModules(...modules: string[]): (file: string) => boolean {
  return (file) => modules.includes(moduleOf(file))
}

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
/** The demonstration starts the simulator of Microsoft 365. The simulators of the policy and of submission are another thing. */
const MAY_NAME_A_SIMULATOR =
  /^lib\/(host|cli)\/demo\.ts$|\/policy\/|\/messages\/send\/|\/clients\/(?:simulate\/|parts)|^lib\/submission\/(?:simulate|index)\.ts$/
const SENDER_SIMULATOR = /'policy[:.]simulate'|'simulateAction'|'\/clients\/simulate'/g

const root = path.resolve(import.meta.dirname, '..')
const orderOf = (module: string): number => MODULES.indexOf(module)

function moduleOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'lib' ? `lib/${second}` : first
}

/** Without tests and pages of development, which no build has. */
function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(?:test|dev)\.tsx?$/.test(entry.name))
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

function targetModule(file: string, specifier: string): string | null {
  if (specifier.startsWith('@/')) return moduleOf(specifier.slice(2))
  if (specifier.startsWith('.')) return moduleOf(path.normalize(path.join(path.dirname(file), specifier)))
  return null
}

/** Imports of a later module, and of a vendor's package by a module that may not. */
function violations(file: string, specifiers: readonly string[]): string[] {
  const module = moduleOf(file)
  return specifiers.flatMap((specifier) => {
    const target = targetModule(file, specifier)
    if (target !== null) {
      if (target === module || target === 'messages' || target === 'docs' || target === 'package.json') return []
      return orderOf(target) >= 0 && orderOf(target) < orderOf(module) ? [] : [`${file} → ${specifier}`]
    }
    return VENDORS.flatMap(([vendor, modules]) =>
      vendor.test(specifier) && !modules.includes(module) ? [`${file} → ${specifier}`] : [],
    )
  })
}

test('every module imports only modules that stand before it, and each vendor has its own module', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources)
  expect(files.length).toBeGreaterThan(20)
  expect(files.flatMap((file) => violations(file, importsOf(file)))).toEqual([])
})

const STATEMENT =
  /\$(query|execute)Raw|\b(direct|read)\(db\)|\b(db|tx)\.\w+\.(find|count|create|update|delete|upsert|groupBy|aggregate)/
const READ = /\b(direct|read)\(db\)|\bdb\.(\$queryRaw|\w+\.(find|count|groupBy|aggregate))/
/** Other files that are no stores and hold statements (docs/decisions/0031). */
const WITH_STATEMENTS: readonly string[] = [
  'lib/access/rate-limits.ts',
  ...['measure', 'weekly/facts'].map((name) => `lib/alerts/${name}.ts`),
  ...['backup', 'clean-up', 'metrics', 'rotate-keys'].map((name) => `lib/operations/${name}.ts`),
]

test('statements lie in stores, but those of a change may lie in the operation that writes its audit entry', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources).filter((file) => !/\/store[/.]|^lib\/db\//.test(file))
  const named = files.filter((file) => {
    const text = readFileSync(path.join(root, file), 'utf8')
    return STATEMENT.test(text) && (READ.test(text) || !text.includes('auditEntry('))
  })
  expect(named.sort()).toEqual(WITH_STATEMENTS)
})

test('R-15 a wait ends by the monotonic clock, since the calendar may be set while it lasts', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources)
  const byCalendar = /deadline = Date\.now|Date\.now\(\) [<>] deadline/
  expect(files.filter((file) => byCalendar.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
})

/** The file of ours that an import names; none, or one. */
function targetFiles(file: string, specifier: string, files: ReadonlyMap<string, unknown>): string[] {
  if (!/^(\.|@\/)/.test(specifier)) return []
  const from = specifier.startsWith('@/') ? '' : path.dirname(file)
  const named = path.join(from, specifier.replace(/^@\//, ''))
  return [named, `${named}.ts`, `${named}.tsx`, `${named}/index.ts`].filter((each) => files.has(each)).slice(0, 1)
}

test('pages and routes import nothing of lib/services but the services: the bundler would write what creates them once more for each kind', () => {
  const services = new Map(sources('lib/services').map((file) => [file, null]))
  const importedFrom = (file: string, specifier: string) => targetFiles(file, specifier, services)
  const files = ['app', 'components'].flatMap(sources)
  const imported = files.flatMap((file) => importsOf(file).flatMap((specifier) => importedFrom(file, specifier)))
  expect([...new Set(imported)]).toEqual(['lib/services/index.ts'])
  expect(importedFrom('app/x/page.tsx', '../../lib/services/create')).toEqual(['lib/services/create.ts'])
})

/** Files that import one another in a circle, one circle for each import that closes one. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) cycles.push([...way.slice(at), file].join(' → '))
    if (at >= 0 || done.has(file)) return
    for (const specifier of imports.get(file) ?? [])
      for (const target of targetFiles(file, specifier, imports)) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return cycles
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

test('N-01 M-03 only the dialer opens a connection', () => {
  const files = ['app', 'components', 'lib'].flatMap(sources)
  expect(files.flatMap((file) => forbiddenCalls(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([])
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
  ['a later module', 'lib/kernel/x.ts', ['../mail-server/settings']],
  ['a later module of the same kind', 'lib/net/x.ts', ['../crypto/vault']],
  ['a vendor in another module', 'lib/outbox/x.ts', ['nodemailer']],
  ['a socket in another module', 'lib/smtp/x.ts', ['node:net']],
  ['a name server in another module', 'lib/accounts/x.ts', ['node:dns/promises']],
  ['a folder that is no module', 'app/x.ts', ['@/simulator/entra']],
  ['a helper of tests', 'lib/outbox/x.ts', ['../../tests/support/world']],
])('the test of the order sees an import of %s', (_, file, specifiers) => {
  expect(violations(file, specifiers)).toHaveLength(1)
})

/** The false Microsoft 365 speaks the real protocols; were it to share a line with us, both could be wrong alike. */
test('the simulator imports nothing of ours', () => {
  const files = sources('simulator')
  expect(files.length).toBeGreaterThan(20)
  const imports = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => (targetModule(file, specifier) ?? 'simulator') !== 'simulator')
      .map((specifier) => `${file} → ${specifier}`),
  )
  expect(imports).toEqual([])
})

test('the console has no branch for tests or for the simulator', () => {
  const branch = /simulat|NODE_ENV\s*===?\s*['"]test|\bVITEST\b|PLAYWRIGHT/
  const files = ['app', 'components', 'lib'].flatMap(sources)
  const codeOf = (file: string) => readFileSync(path.join(root, file), 'utf8').replace(COMMENT, '')
  const named = files.filter((file) => branch.test(codeOf(file).replace(SENDER_SIMULATOR, '')))
  expect(named.filter((file) => !MAY_NAME_A_SIMULATOR.test(file))).toEqual([])
})

test('W-01 no title is made before its page has checked the caller, as the functions of the framework for titles would', () => {
  const files = sources('app').filter((file) =>
    readFileSync(path.join(root, file), 'utf8').includes('generateMetadata'),
  )
  expect(files).toEqual([])
})

/** As for every function (`noExcessiveLinesPerFunction` in biome.json), but for the groups of tests, which the linter takes for functions. */
const TEST_LINES_MAX = 70

test('no test is longer than 70 lines', () => {
  const files = ['app', 'components', 'e2e', 'lib', 'simulator', 'tests', 'tools'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(test|spec)\.tsx?$/.test(name))
      .map((name) => path.join(folder, name)),
  )
  expect(files.length).toBeGreaterThan(200)
  // The format of the code is checked, so a test ends at the first line that is indented as its beginning and closes it.
  const long = files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.flatMap((line, at) => {
      const [, indent] = /^( *)test(?!\.describe).*[({[]$/.exec(line) ?? []
      if (indent === undefined) return []
      const closes = new RegExp(`^${indent}[)}\\]][^({]*$`)
      const end = lines.findIndex((other, number) => number > at && closes.test(other))
      // A table of cases may come first.
      const begins = new RegExp(`^${indent}(?: {2})?\\S.*=> \\{$`)
      const count = end - lines.findIndex((other, number) => number >= at && begins.test(other)) + 1
      return count > TEST_LINES_MAX ? [`${file}:${at + 1} has ${count} lines`] : []
    })
  })
  expect(long).toEqual([])
})
