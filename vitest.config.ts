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
    exclude: ['**/node_modules/**', '.next/**', 'dist/**'],
    globalSetup: ['tools/test-database.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
})
