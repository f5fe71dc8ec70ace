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

export default defineConfig({
  resolve: {
    alias: [
      { find: 'server-only', replacement: path.resolve(import.meta.dirname, 'tests/support/empty.ts') },
      { find: /^@\//, replacement: `${import.meta.dirname}/` },
    ],
  },
  test: {
    include: ['{app,components,lib,simulator,tests,tools}/**/*.test.{ts,tsx}'],
    // Tests of the production build run after it is made: BUILT=1 npx vitest run built
    exclude: ['**/node_modules/**', '.next/**', 'dist/**', ...(process.env.BUILT ? [] : ['**/*.built.test.ts'])],
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
  },
})
