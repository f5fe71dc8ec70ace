import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests of the build take longest: begun last, they would run alone at the end. */
class BuiltFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isBuilt = ({ moduleId }: TestSpecification) => moduleId.endsWith('.built.test.ts')
    return [...sorted.filter(isBuilt), ...sorted.filter((file) => !isBuilt(file))]
  }
}

const ROOTS = ['app', 'components', 'lib', 'simulator', 'tests', 'tools']
/**
 * What a test does to its whole process: settings, clocks and modules that others would get, or measurements that others would disturb.
 * Programs that are waited for are none of it.
 */
const REACHES_FURTHER =
  /(?<!import \{ (?:execFile|spawn)Sync \} from 'node:)child_process|bundledProcess|process\.(?!env\.SOAK|cwd|pid|platform)|processorMs|heapUsed|\bvi\.(?!fn|setConfig|waitFor|waitUntil)|globalThis|setFlags|watchRequests|\.built\./

/** The files that cannot affect each other. They share a process, since a new one costs more than the tests of most of them. */
const ALONE = ROOTS.flatMap((root) =>
  readdirSync(path.join(import.meta.dirname, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name))
    .map((name) => path.join(root, name)),
)
  .filter((file) => !REACHES_FURTHER.test(readFileSync(path.join(import.meta.dirname, file), 'utf8')))
  // Brackets in the name of a folder would be read as a pattern.
  .map((file) => file.replaceAll(/[()[\]]/g, '?'))

const INCLUDE = [`{${ROOTS}}/**/*.test.{ts,tsx}`]
// Tests of the production build run after it is made: BUILT=1 npx vitest run built
const EXCLUDE = ['**/node_modules/**', '.next/**', 'dist/**', ...(process.env.BUILT ? [] : ['**/*.built.test.ts'])]

export default defineConfig({
  resolve: {
    alias: [
      { find: 'server-only', replacement: path.resolve(import.meta.dirname, 'tests/support/empty.ts') },
      {
        find: /^@prisma\/client\/runtime\/query_compiler_fast_bg\.postgresql\.mjs$/,
        replacement: path.resolve(import.meta.dirname, 'tests/support/shared-query-compiler.mjs'),
      },
      { find: /^@\//, replacement: `${import.meta.dirname}/` },
    ],
  },
  test: {
    globalSetup: ['tests/support/global-database.ts'],
    setupFiles: ['tests/support/test-process.ts'],
    // At full size a test has more to do than its reduced form.
    testTimeout: process.env.SOAK ? 120_000 : 20_000,
    hookTimeout: 60_000,
    // The default of one second is too short for a busy machine.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // One more than the smallest machine has cores: many tests wait for a lease or a deadline, and a core would be idle.
    maxWorkers: 3,
    sequence: { sequencer: BuiltFirst },
    projects: [
      { extends: true, test: { name: 'process of its own', include: INCLUDE, exclude: [...EXCLUDE, ...ALONE] } },
      { extends: true, test: { name: 'shared process', include: ALONE, isolate: false } },
    ],
  },
})
