import path from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    alias: [
      { find: 'server-only', replacement: path.resolve(import.meta.dirname, 'tools/empty.ts') },
      { find: /^@\//, replacement: `${import.meta.dirname}/` },
    ],
  },
  test: {
    include: ['{app,components,lib,simulator,tools}/**/*.test.{ts,tsx}'],
    // Tests of the production build run after it is made: BUILT=1 npx vitest run built
    exclude: ['**/node_modules/**', '.next/**', 'dist/**', ...(process.env.BUILT ? [] : ['**/*.built.test.ts'])],
    globalSetup: ['tools/test-database.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A look that is repeated until it is true: how long is the machine's affair, and one second too short for a busy one.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // One for each core of the smallest machine; Vitest alone would leave one of two idle.
    maxWorkers: 2,
  },
})
