import { defineConfig } from '@playwright/test'
import shared from '../../playwright.config'

/** `npm run screenshots`: not a test, but it needs the same console and browser. */
export default defineConfig(shared, {
  testDir: '.',
  outputDir: '../../test-results',
  timeout: 1_800_000,
  workers: 1,
  projects: [{ name: 'screenshots', testMatch: 'screenshots.run.ts' }],
})
