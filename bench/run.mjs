// Measures what the project promises, each figure against a named baseline in the same run, and prints one JSON line for
// each. Quote ratios: this machine's speed drifts. Needs the production build (`npm run build`).
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'

const root = path.resolve(import.meta.dirname, '..')
const only = process.argv[2]

/** Runs a script to its end, its output shown. */
function script(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' })
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`))))
  })
}

/** Starts a server and waits for the line that says it listens. */
function server(args, pattern, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)))
    process.on('exit', () => child.kill())
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (pattern.test(line)) resolve({ line, stop: () => child.kill() })
    })
  })
}

async function toSink(bench, more = []) {
  const sink = await server(['--import', 'tsx', 'bench/sink.ts'], /^\{/)
  const { port, caFile } = JSON.parse(sink.line)
  await script(['--import', 'tsx', bench, String(port), ...more], { NODE_EXTRA_CA_CERTS: caFile })
  sink.stop()
}

async function page() {
  const next = 'node_modules/next/dist/bin/next'
  const quiet = { NEXT_TELEMETRY_DISABLED: '1' }
  await script([next, 'build', 'bench/bare'], quiet)
  const port = '3999'
  const bare = await server([next, 'start', 'bench/bare', '-p', port, '-H', '127.0.0.1'], /Ready/, quiet)
  await script(['--import', 'tsx', 'bench/console.ts', `http://127.0.0.1:${port}/`])
  bare.stop()
}

if (!only || only === 'send') await toSink('bench/send.ts')
if (!only || only === 'outbox') await toSink('bench/outbox.ts')
if (!only || only === 'submission') await toSink('bench/submission.ts')
if (!only || only === 'console') await page()
if (only === 'scale') await toSink('bench/scale.ts', process.argv.slice(3))
if (!only || only === 'guard') await script(['--import', 'tsx', 'bench/guard.ts'])
if (!only || only === 'inventory') await script(['--import', 'tsx', 'bench/inventory.ts'])
if (!only || only === 'pages') await script(['--import', 'tsx', 'bench/pages.ts', ...process.argv.slice(3)])
