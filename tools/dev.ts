// `npm run dev`: the console in development mode with a simulated Microsoft 365 and a database that is
// removed at the end. A changed page reloads in the browser, a changed worker file restarts the worker.
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { sandboxLines } from '../lib/cli/demo'
import { demoVariables, readyLine, type Simulated } from '../lib/host/demo'
import { prepareSecrets } from '../lib/host/first-secrets'
import type { PrepareAsk } from '../lib/host/prepare-main'
import { answerOf } from '../lib/host/start'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'

const root = path.resolve(import.meta.dirname, '..')
const END_MS = 10_000
const POLL_MS = 500
/** Runs TypeScript, and answers `import 'server-only'` as a server does. */
const SOURCE = ['--import', 'tsx', '--conditions=react-server']
/** A child ends with us, even when we are killed, because the channel between us breaks. No quotes, since Next passes it on unquoted. */
const ENDS_WITH_PARENT = [
  '--import',
  'data:text/javascript,process.on(%22disconnect%22,()=>process.exit(0));process.channel?.unref()',
]

type Variables = Record<string, string | undefined>

/** What was started, in the order in which it ends. */
const cleanUps: (() => unknown)[] = []
let isStopping = false

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  for (const cleanUp of cleanUps) await cleanUp()
  process.exit(exitCode)
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`)

/** A child in a separate process group, so that Ctrl-C reaches us alone and we end the others in order. */
function start(script: string, args: string[], env: Variables, options: ForkOptions = {}): ChildProcess {
  const child = fork(path.join(root, script), args, {
    cwd: root,
    env: env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    ...options,
  })
  cleanUps.unshift(() => end(child))
  return child
}

/** The whole group is killed if it does not end in time: a child of a child is in it as well. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, wait(END_MS, undefined, { ref: false })])
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nothing of the group is left
  }
}

/** Each line with the name of the process that wrote it. */
function show(name: string, child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => say(`${name.padEnd(9)} ${line}`))
}

/** Migrates the database, makes the first key and sets up the administrator who signs in. */
async function prepare(variables: Variables, ask: PrepareAsk): Promise<void> {
  const child = start('lib/host/prepare-main.ts', [], variables, { execArgv: SOURCE })
  child.stderr?.pipe(process.stderr)
  const answer = await answerOf(child, ask, () => {})
  if (answer.kind !== 'ready') throw new Error(answer.message)
}

async function untilReady(baseUrl: string): Promise<void> {
  while (!isStopping) {
    const answer = await fetch(`${baseUrl}/health/ready`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await wait(POLL_MS)
  }
}

async function startSandbox(folder: string): Promise<{ simulated: Simulated; variables: Variables }> {
  const postgres = await startThrowawayPostgres()
  cleanUps.unshift(() => postgres.stop())
  const simulator = start('simulator/main.ts', ['--data', path.join(folder, 'simulator')], process.env, {
    execArgv: [...SOURCE, ...ENDS_WITH_PARENT],
  })
  const simulated = await readyLine(simulator)
  show('simulator', simulator)
  const variables = { ...(await demoVariables(process.env, folder, simulated)), DATABASE_URL: postgres.url }
  return { simulated, variables }
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!isStopping) say('Stopping …')
      void stop(0)
    })
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'postroom-dev-')))
  // The compiler reads the framework's route types of a development run, also when they are out of date.
  for (const folderToRemove of [folder, path.join(root, '.next/dev/types')])
    cleanUps.unshift(() => rmSync(folderToRemove, { recursive: true, force: true, maxRetries: 3 }))

  say('Starting a simulated Microsoft 365 and a database …')
  const { simulated, variables } = await startSandbox(folder)
  const secrets = prepareSecrets(variables)
  if (!secrets.ok) throw new Error(`${secrets.error.variable} ${secrets.error.problem}`)
  const { keysFile, keysFileGiven } = secrets.value.places
  const complete: Variables = {
    ...variables,
    ...secrets.value.variables,
    NODE_ENV: 'development',
    NEXT_TELEMETRY_DISABLED: '1',
    // Next would add a .env of this checkout, which describes a deployment, to the console alone.
    __NEXT_PROCESSED_ENV: 'true',
  }
  const signIn = { email: 'admin@contoso.example', password: randomBytes(12).toString('base64url') }
  await prepare(complete, { keysFile, keysFileGiven, firstAdmin: { ...signIn, name: 'Developer' } })

  say('Starting console and worker …')
  const { PORT = '', POSTROOM_BASE_URL: baseUrl = '' } = complete
  const members = {
    console: start('node_modules/next/dist/bin/next', ['dev', '--hostname', '127.0.0.1', '--port', PORT], complete, {
      execArgv: ENDS_WITH_PARENT,
    }),
    worker: start(
      'node_modules/tsx/dist/cli.mjs',
      ['watch', '--clear-screen=false', '--conditions=react-server', path.join(root, 'lib/worker/main.ts')],
      complete,
      { execArgv: ENDS_WITH_PARENT },
    ),
  }
  for (const [name, child] of Object.entries(members)) {
    show(name, child)
    child.once('exit', (code) => {
      if (!isStopping) say(`The ${name} ended with exit code ${code}.`)
      void stop(1)
    })
  }
  await untilReady(baseUrl)
  if (isStopping) return
  const { cloud, webhookUrl, teamsWebhookUrl, inboxUrl, smtpServer } = simulated
  const reminders = { webhookUrl, teamsWebhookUrl, inboxUrl }
  say()
  say('  Postroom runs in development mode. Changes to pages and to the worker take effect at once.')
  say()
  for (const line of sandboxLines({
    facts: { ...simulated, baseUrl, signIn },
    cloudName: cloud.name,
    reminders,
    smtpServer,
  }))
    say(line)
  say('  Ctrl-C ends everything and removes the data.')
  say()
}

main().catch((thrown: unknown) => {
  if (!isStopping) process.stderr.write(`postroom dev: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  void stop(1)
})
