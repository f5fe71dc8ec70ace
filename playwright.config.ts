import { defineConfig } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from './tools/chromium.mjs'

const executablePath = findChromium() ?? undefined

/** A fresh window costs a fifth less. */
const CHEAPER = [
  // Windows share a process, which has compiled the page's script before.
  '--renderer-process-limit=1',
  // A page of a test lives too briefly to earn back what optimising its script costs.
  '--js-flags=--no-opt --no-maglev',
]

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  snapshotPathTemplate: '{testDir}/pictures/{arg}{ext}',
  // Enough on a machine that does other work as well.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  retries: 0,
  workers: 3, // on two cores: a browser and its console wait for each other
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    launchOptions: { args: [...CHROMIUM_FLAGS, ...CHEAPER], ...(executablePath && { executablePath }) },
  },
  // What needs another database starts a console on it (first-administrator.spec.ts).
  projects: [
    // Without the worker's console. Begun last it would run alone.
    { name: 'demo', testMatch: 'demo.spec.ts' },
    { name: 'embedded database', testIgnore: 'demo.spec.ts' },
  ],
})
