// Every check of this checkout. Installs what is missing, then runs all checks, even after one has failed. The last line is
// `N passed, N failed[, N skipped]`, the tests summed from the reports of the runners. Types, lint and unused code are not tests: one that
// fails is named above the last line and makes the exit code 1.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findChromium } from './chromium.mjs'

// `--soak`: rounds at full size where tests have a reduced one (SOAK=1).
const soak = process.argv.includes('--soak') ? { SOAK: '1' } : {}
const root = path.resolve(import.meta.dirname, '..')
const reports = mkdtempSync(path.join(os.tmpdir(), 'postroom-verify-'))
const began = Date.now()
const broken = []
const failures = []
const retried = []
const total = { passed: 0, failed: 0, skipped: 0 }

/** A file system in memory, and how much of it tests may need: databases, copies of the build, what browsers write. */
const MEMORY = '/dev/shm'
const MEMORY_BYTES_MIN = 6 * 1024 ** 3

/** What a build writes last of the types of the routes that our files are checked with. */
const ROUTE_TYPES = path.join(root, '.next/types/root-params.d.ts')

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`
const bin = (name) => path.join(root, 'node_modules/.bin', name)

/**
 * Runs one command. Its output is shown as it comes. True if it succeeded.
 *
 * @param together whether other commands run at the same time: it shows its output at its end, and takes what they leave of the processors.
 */
async function run(name, file, args, { env = {}, together = false } = {}) {
  if (!together) console.log(`\n── ${name}`)
  const since = Date.now()
  const child = spawn(file, args, {
    cwd: root,
    stdio: together ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...soak, ...env },
  })
  if (together && child.pid) os.setPriority(child.pid, os.constants.priority.PRIORITY_BELOW_NORMAL)
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk))
  const [code, signal] = await once(child, 'close').catch((error) => [null, error.message])
  const well = code === 0
  if (said.length > 0) console.log(`\n${Buffer.concat(said).toString().trim()}`)
  console.log(`── ${name}: ${well ? 'done' : `FAILED (${signal ?? `exit code ${code}`})`} in ${seconds(since)}`)
  return well
}

/** A step that is not a test. One that fails is named at the end. */
async function step(...command) {
  const well = await run(...command)
  if (!well) broken.push(command[0])
  return well
}

/** The types need those of the routes, which a build writes when it begins. */
async function types(building) {
  const ended = building.then(() => true)
  while (!existsSync(ROUTE_TYPES) && !(await Promise.race([ended, wait(200)])));
  if (!existsSync(ROUTE_TYPES)) await step('route types', bin('next'), ['typegen'])
  // Several checkers repeat much of their work: 22 s of processor time with four, 12 s with one.
  // It ends before it would need the memory again: 12 s of processor time with garbage collection, 10 s and 140 MB more without.
  return step('types', bin('tsc'), ['--noEmit', '--checkers', '1'], { ...together, env: { GOGC: 'off' } })
}

/** What cannot be removed, such as a volume that a killed test left mounted, waits for a later run. */
function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  } catch (error) {
    console.log(`── ${error.message}`)
  }
}

/** A folder for the temporary files of tests: in memory if enough is free, which costs less processor time than a disk. */
function temporaryFolder() {
  if (process.argv.includes('--soak') || !existsSync(MEMORY) || !existsSync('/proc/self')) return os.tmpdir()
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = /^postroom-verify-(\d+)$/.exec(name) ?? []
    if (pid && (Number(pid) === process.pid || !existsSync(`/proc/${pid}`))) remove(path.join(MEMORY, name))
  }
  const { bavail, bsize } = statfsSync(MEMORY)
  const mayRunPrograms = !/ \/dev\/shm \S+ \S*\bnoexec\b/.test(readFileSync('/proc/mounts', 'utf8'))
  if (!mayRunPrograms || Math.min(bavail * bsize, os.freemem()) < MEMORY_BYTES_MIN) return os.tmpdir()
  const folder = path.join(MEMORY, `postroom-verify-${process.pid}`)
  mkdirSync(folder)
  // PostgreSQL runs as another user where this one is root.
  chmodSync(folder, 0o1777)
  return folder
}

/**
 * A step that runs tests. The runner repeats a failed test once, and a test that needed this is named at the end. Without a report the
 * tests did not run, which is a failure.
 */
async function tests(name, { command, env, read }) {
  const report = path.join(reports, `${name.replaceAll(/\W+/g, '-')}.json`)
  const [file, ...args] = command(report)
  const well = await run(name, file, args, { env: { TMPDIR: temporary, ...env(report) } })
  let results = []
  try {
    results = read(JSON.parse(readFileSync(report, 'utf8')))
  } catch {
    console.log(`── ${name}: left no report`)
  }
  for (const { outcome } of results) total[outcome] += 1
  failures.push(...results.filter(({ outcome }) => outcome === 'failed'))
  retried.push(...results.filter(({ isRetried }) => isRetried))
  if (!well || results.length === 0) broken.push(name)
}

const vitest = (env) => ({
  command: (report) => [
    bin('vitest'),
    ...['run', '--retry=1', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ],
  env: () => env,
  read: ({ testResults }) =>
    testResults.flatMap(({ name: file, status, message, assertionResults }) => {
      const results = assertionResults.map((test) => ({
        file,
        test: test.fullName,
        outcome: test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped',
        isRetried: test.status === 'passed' && test.failureMessages.length > 0,
        message: test.failureMessages.join('\n'),
      }))
      const isOutsideTests = status === 'failed' && !results.some(({ outcome }) => outcome === 'failed')
      return isOutsideTests ? [...results, { file, test: 'outside its tests', outcome: 'failed', message }] : results
    }),
})

const playwright = (chromium) => ({
  command: () => [bin('playwright'), 'test', '--retries=1', '--reporter=list,json'],
  env: (report) => ({ CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report }),
  read: ({ config, suites }) =>
    suites.flatMap(specs).flatMap((spec) =>
      spec.tests.map(({ projectName, status, results }) => ({
        file: path.join(config.rootDir, spec.file),
        test: `[${projectName}] line ${spec.line}: ${spec.title}`,
        outcome: { expected: 'passed', flaky: 'passed', skipped: 'skipped' }[status] ?? 'failed',
        isRetried: status === 'flaky',
        message: results.flatMap(({ errors }) => errors.map((error) => error.message)).join('\n'),
      })),
    ),
})

const specs = (suite) => [...suite.specs, ...(suite.suites ?? []).flatMap(specs)]

/** Names tests, each with the beginning of its message, for a reader who sees only the end of the output. */
function list(heading, results) {
  if (results.length === 0) return
  console.log(`\n${heading}`)
  for (const { file, test, message } of results) {
    console.log(`  ${path.relative(root, file)} › ${test}`)
    const lines = (message ?? '').split('\n').filter((line) => !line.includes('node_modules'))
    for (const line of lines.slice(0, 12)) console.log(`      ${line}`)
  }
}

function cleanUp() {
  rmSync(reports, { recursive: true, force: true })
  if (temporary !== os.tmpdir()) remove(temporary)
}

function finish() {
  cleanUp()
  list('Passed only when retried:', retried)
  list('Failed:', failures)
  console.log(
    `\n${broken.length === 0 ? 'Every step ended well' : `Failed: ${broken.join(', ')}`} (${seconds(began)}).`,
  )
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
  process.exit(broken.length === 0 && total.failed === 0 ? 0 : 1)
}

const temporary = temporaryFolder()
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    cleanUp()
    process.kill(process.pid, signal)
  })
const together = { together: true }
// Waits for the network, and only the tests need it.
const programs = step(
  'programs for tests',
  process.execPath,
  ['tools/test-programs.mjs', ...process.argv.slice(2)],
  together,
)
if (!(await step('setup', process.execPath, ['tools/setup.mjs']))) {
  // A package manager that is cut off leaves its lock.
  await programs
  finish()
}

const isFirstBuild = !existsSync(path.join(root, '.next/cache/turbopack'))
rmSync(ROUTE_TYPES, { force: true })
const building = step('build', 'npm', ['run', '--silent', 'build'], { env: isFirstBuild ? { BUILD_ONCE: '1' } : {} })
// The build leaves a processor idle for half of its time, and the tests for a tenth.
const checks = [
  step('lint and format', bin('biome'), ['ci', '.'], together),
  step('unused code', bin('knip'), ['--no-config-hints'], together),
  types(building),
]
const built = await building
await programs
const chromium = findChromium()
if (chromium) {
  // Includes the tests of the build if there is one, because they wait more than they work.
  await tests('unit and integration tests', vitest(built ? { BUILT: '1' } : {}))
  if (built) await tests('browser tests', playwright(chromium))
  else console.log('\nThe tests of the build and the browser tests did not run: there is no build.')
} else {
  console.log('\nThere is no Chromium for the browser tests, and it cannot be installed from here.')
  console.log('Install it (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium npm run verify')
  broken.push('Chromium')
}
await Promise.all(checks)
finish()
