import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** They take 100 s each: begun last, they would run alone at the end. The second waits for most of it while the first works. */
const LONGEST = ['host/tree.built.test.ts', 'outbox/killed.test.ts']

/** They are of middle size, and wait five seconds for a bound of ours. */
const WAITING = ['db/connection.test.ts', 'db/time-budget.test.ts']
const isOneOf = (ends: readonly string[], { moduleId }: TestSpecification) => ends.some((end) => moduleId.endsWith(end))

/**
 * The longest files first, then the other tests of the build. Of the files that share a process the large and the small take turns, since
 * large ones wait for leases and deadlines, and small ones for the one process that translates all files.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification) =>
      [...LONGEST, '.built.test.ts', ''].findIndex((end) => moduleId.endsWith(end))
    const isShared = ({ project }: TestSpecification) => project.config.isolate === false
    const own = sorted.filter((file) => !isShared(file)).sort((one, other) => rank(one) - rank(other))
    const shared = sorted.filter((file) => isShared(file) && !isOneOf(WAITING, file))
    const inTurns = shared.map((_, at) => shared.at(at % 2 === 0 ? at / 2 : -(at + 1) / 2) as TestSpecification)
    return [...own, ...sorted.filter((file) => isOneOf(WAITING, file)), ...inTurns]
  }
}

const ROOTS = ['app', 'components', 'lib', 'simulator', 'tests', 'tools']
/**
 * What a test does to its whole process, and does not undo: settings and modules that others would get. Or a measurement that others
 * would disturb, or processes that it kills, which take so long that others would wait for them.
 */
const REACHES_FURTHER =
  /bundledProcess|process\.(?:env\.\w+ = |cpuUsage|memoryUsage|resourceUsage|kill)|processorMs|heapUsed|\bvi\.(?:mock|doMock|hoisted|resetModules|spyOn|stubGlobal)|globalThis|setFlags|watchRequests/

/** The files that cannot affect each other. They share a process, since a new one costs more than the tests of most of them. */
const ALONE = ROOTS.flatMap((root) =>
  readdirSync(path.join(import.meta.dirname, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name))
    .map((name) => path.join(root, name)),
)
  .filter(
    (file) =>
      !/\.built\./.test(file) && !REACHES_FURTHER.test(readFileSync(path.join(import.meta.dirname, file), 'utf8')),
  )
  // Brackets in the name of a folder would be read as a pattern.
  .map((file) => file.replaceAll(/[()[\]]/g, '?'))

const INCLUDE = [`{${ROOTS}}/**/*.test.{ts,tsx}`]
// Tests of the production build run after it is made: BUILT=1 npx vitest run built
const EXCLUDE = ['**/node_modules/**', '.next/**', 'dist/**', ...(process.env.BUILT ? [] : ['**/*.built.test.ts'])]

/**
 * The database client's runtime, in which all clients of a process share what each would read again from the schema when it is made: 20 ms of
 * processor time for each database of a test.
 */
function sharedClientRuntime(): string {
  const text = readFileSync(createRequire(import.meta.url).resolve('@prisma/client/runtime/client'), 'utf8')
  const each = /(static deserialize\((\w+),\w+\)\{let \w+=)(?=\w+\(\2\);return new)/
  if (!each.test(text)) throw new Error('the runtime of the database client reads its schema in another way')
  const folder = path.join(import.meta.dirname, 'node_modules/.cache/postroom')
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'client-runtime.cjs')
  // Another run may be reading it.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text.replace(each, '$1$2.read??='))
  renameSync(draft, file)
  return file
}

export default defineConfig({
  resolve: {
    alias: [
      { find: 'server-only', replacement: path.resolve(import.meta.dirname, 'tests/support/empty.ts') },
      {
        find: /^@prisma\/client\/runtime\/query_compiler_fast_bg\.postgresql\.mjs$/,
        replacement: path.resolve(import.meta.dirname, 'tests/support/shared-query-compiler.mjs'),
      },
      { find: /^@prisma\/client\/runtime\/client$/, replacement: sharedClientRuntime() },
      { find: /^@\//, replacement: `${import.meta.dirname}/` },
    ],
  },
  test: {
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/test-process.ts'],
    // At full size a test has more to do than its reduced form.
    testTimeout: process.env.SOAK ? 120_000 : 20_000,
    hookTimeout: 60_000,
    // The default of one second is too short for a busy machine.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // More than twice as many as the smallest machine has cores: many tests wait for a lease or a deadline, and a core would be idle.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'one process for each file', include: INCLUDE, exclude: [...EXCLUDE, ...ALONE] } },
      { extends: true, test: { name: 'shared process', include: ALONE, isolate: false } },
    ],
  },
})
