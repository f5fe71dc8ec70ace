// Everything that says whether this checkout is sound. Installs what is missing, then runs every check, also after one has
// failed. The last line is `N passed, N failed[, N skipped]`: the tests, summed from the runners' own reports. Types, lint
// and unused code are no tests: a failing one is named above the last line and makes the exit code 1.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensureChromium } from './chromium.mjs'

// `--soak`: rounds at full size where tests have a reduced one (SOAK=1).
const soak = process.argv.includes('--soak') ? { SOAK: '1' } : {}
const root = path.resolve(import.meta.dirname, '..')
const reports = mkdtempSync(path.join(os.tmpdir(), 'postroom-verify-'))
const began = Date.now()
const broken = []
const total = { passed: 0, failed: 0, skipped: 0 }

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`
const bin = (name) => path.join(root, 'node_modules/.bin', name)

/** Runs one step with its output shown; true when it ended well. */
function step(name, file, args, env = {}) {
  console.log(`\n── ${name}`)
  const since = Date.now()
  const { status, signal, error } = spawnSync(file, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...soak, ...env },
  })
  const well = status === 0
  console.log(
    `── ${name}: ${well ? 'done' : `FAILED (${error?.message ?? signal ?? `exit code ${status}`})`} in ${seconds(since)}`,
  )
  if (!well) broken.push(name)
  return well
}

/** A step that is tests: its report is added to the totals. Without a report it did not run, which is a failure. */
function tests(name, file, args, env, count) {
  const report = path.join(reports, `${name.replaceAll(/\W+/g, '-')}.json`)
  const well = step(name, file, args(report), env(report))
  try {
    const counted = count(JSON.parse(readFileSync(report, 'utf8')))
    for (const key of Object.keys(total)) total[key] += counted[key]
    if (!well && counted.failed === 0) console.log(`── ${name}: something beside the tests failed`)
  } catch {
    if (well) broken.push(name)
    console.log(`── ${name}: left no report`)
  }
}

function vitest(name, filters = [], env = {}) {
  const args = (report) => ['run', ...filters, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  tests(
    name,
    bin('vitest'),
    args,
    () => env,
    (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    }),
  )
}

function playwright(name, chromium) {
  tests(
    name,
    bin('playwright'),
    () => ['test', '--reporter=list,json'],
    (report) => ({ CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report }),
    ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }),
  )
}

function finish() {
  rmSync(reports, { recursive: true, force: true })
  console.log(
    `\n${broken.length === 0 ? 'Every step ended well' : `Failed: ${broken.join(', ')}`} (${seconds(began)}).`,
  )
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  process.exit(broken.length === 0 && total.failed === 0 ? 0 : 1)
}

if (!step('setup', process.execPath, ['tools/setup.mjs'])) finish()
const chromium = ensureChromium()
if (!chromium) {
  console.log('\nThere is no Chromium for the browser tests, and it cannot be installed from here.')
  console.log('Install it (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium npm run verify')
  broken.push('Chromium')
  finish()
}

step('route types', bin('next'), ['typegen'])
step('types', bin('tsc'), ['--noEmit'])
step('lint and format', bin('biome'), ['ci', '.'])
step('unused code', bin('knip'), [])
const built = step('build', 'npm', ['run', '--silent', 'build'])
vitest('unit and integration tests')
if (built) {
  vitest('tests of the build', ['built'], { BUILT: '1' })
  playwright('browser tests', chromium)
} else console.log('\nThe tests of the build and the browser tests did not run: there is no build.')
finish()
