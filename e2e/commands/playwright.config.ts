import { defineConfig } from '@playwright/test'
import shared from '../../playwright.config'

/** `npm run screenshots` and `npm run check:pages`: not tests, but they need the same console and browser. */
export default defineConfig(shared, {
  testDir: '.',
  outputDir: '../../test-results',
  timeout: 1_800_000,
  workers: 1,
  projects: [
    { name: 'screenshots', testMatch: 'screenshots.run.ts' },
    { name: 'pages', testMatch: ['pages.run.ts', 'layout.run.ts'] },
  ],
})
