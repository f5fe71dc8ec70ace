import { type ChildProcess, execFile, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Variables } from '../config/environment-fault'
import { projectRoot } from '../db/project-root'
import { pick } from '../kernel'
import { freePort, linesOf } from './embedded-postgres'
import { identityOf, isSameProcess, isServerOf, readPostmasterFile } from './process-table'
import { type StartOptions, StartRefused, startTree } from './start'

const FOLDER = 'postroom-demo-'
const OWNER = 'demo.owner'
const CONSOLE_PORT = 3000
/** In place of 587 and 25, which need privileges. */
const STARTTLS_PORT = 2587
const PLAIN_PORT = 2525
const SIMULATOR_PATIENCE_MS = 30_000
const SIMULATOR_END_PATIENCE_MS = 5_000
const SERVER_END_PATIENCE_MS = 10_000

/** The simulator's ready line, as far as we use it. */
export interface Simulated {
  caFile: string
  cloud: { id: string; name: string }
  smtpPort: number
  /** For the type *SMTP server*: a mail server in addition to the simulated cloud. */
  smtpServer: { host: string; starttlsPort: number; tlsPort: number; username: string; password: string }
  mailboxUrl: string
  controlUrl: string
  tenantId: string
  clientId: string
  clientSecret: string
  secretExpiresAt: string
  sender: string
  webhookUrl: string
  teamsWebhookUrl: string
  inboxUrl: string
}

export type Demo = Awaited<ReturnType<typeof startDemo>>

/** The real process tree in a temporary folder, with a Microsoft 365 that is simulated on this machine. */
export async function startDemo({ variables, say, halt }: Pick<StartOptions, 'variables' | 'say' | 'halt'>) {
  await sweep()
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), FOLDER)))
  writeFileSync(path.join(folder, OWNER), identityOf(process.pid))
  const logFile = path.join(folder, 'postroom.log')
  const output = createWriteStream(logFile, { mode: 0o600 })
  output.on('error', () => {}) // on a full disk the log ends, not the demonstration
  let simulator: ChildProcess | null = null
  const clean = async (): Promise<void> => {
    if (simulator) await endChild(simulator)
    output.end()
    await finished(output).catch(() => {})
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    say('Starting a simulated Microsoft 365 …')
    simulator = forkSimulator(path.join(folder, 'simulator'), output)
    const simulated = await readyLine(simulator)
    halt.stop.throwIfAborted()
    const signIn = { email: 'admin@contoso.example', password: randomBytes(12).toString('base64url') }
    say('Starting database, console and worker …')
    const ofTree = { ...(await demoVariables(variables, folder, simulated)), ...(await submissionVariables()) }
    const firstAdmin = { ...signIn, name: 'Demo admin' }
    const tree = await startTree({ variables: ofTree, output, say: () => {}, firstAdmin, halt })
    const commands = await addDemoClients(ofTree).catch(async (thrown) => {
      await tree.stop()
      throw thrown
    })
    return {
      tree: { ...tree, stop: () => tree.stop().finally(clean) },
      facts: {
        baseUrl: tree.baseUrl.origin,
        signIn,
        ...pick(
          simulated,
          'tenantId',
          'clientId',
          'clientSecret',
          'secretExpiresAt',
          'sender',
          'mailboxUrl',
          'controlUrl',
        ),
      },
      cloudName: simulated.cloud.name,
      /** Addresses for reminder channels, and the page that shows what arrived there. */
      reminders: pick(simulated, 'webhookUrl', 'teamsWebhookUrl', 'inboxUrl'),
      smtpServer: simulated.smtpServer,
      /** Each submits a message as one of the clients that are set up. */
      commands,
      logFile,
    }
  } catch (thrown) {
    const last = linesOf(logFile).slice(-10).join('\n')
    await clean()
    if (thrown instanceof Error && !halt.stop.aborted && !(thrown instanceof StartRefused) && last !== '') say(last)
    throw thrown
  }
}

/** The caller's own deployment stays out of it, its database above all. Commands that run in `folder` read them from `.env`. */
export async function demoVariables(
  variables: Variables,
  folder: string,
  { caFile, cloud, smtpPort, smtpServer, webhookUrl }: Simulated,
): Promise<Record<string, string | undefined>> {
  const inherited = Object.entries(variables).filter(
    ([name]) => !/^(POSTROOM_|DATABASE_URL|NODE_EXTRA_CA_CERTS$)/.test(name),
  )
  const cloudsFile = path.join(folder, 'clouds.json')
  writeFileSync(cloudsFile, JSON.stringify([cloud]))
  const port = variables.PORT ?? String(await freePort(CONSOLE_PORT))
  const demoVariables = {
    PORT: port,
    POSTROOM_BASE_URL: `http://localhost:${port}`,
    POSTROOM_DATA_DIR: path.join(folder, 'data'),
    POSTROOM_CLOUDS_FILE: cloudsFile,
    POSTROOM_ALLOW_NETWORKS: `localhost,127.0.0.0/8,::1/128,${new URL(webhookUrl).host}`,
    POSTROOM_ALLOW_PORTS: [smtpPort, smtpServer.starttlsPort, smtpServer.tlsPort].join(','),
    POSTROOM_SECOND_FACTOR: 'none',
    NODE_EXTRA_CA_CERTS: caFile,
  }
  const lines = Object.entries(demoVariables).map(([name, value]) => `${name}='${value}'\n`)
  writeFileSync(path.join(folder, '.env'), lines.join(''))
  return { ...Object.fromEntries(inherited), ...demoVariables }
}

const submissionVariables = async () => ({
  POSTROOM_SUBMISSION_PORTS: `starttls=${await freePort(STARTTLS_PORT)},plain=${await freePort(PLAIN_PORT)}`,
})

/** It ends with us, even when we are killed: the channel between us breaks. */
const ENDS_WITH_PARENT = 'data:text/javascript,process.on("disconnect",()=>process.exit(0));process.channel.unref()'

function forkSimulator(dataDir: string, output: Writable): ChildProcess {
  const child = fork(path.join(projectRoot(), 'dist/simulator.mjs'), ['--data', dataDir], {
    execArgv: ['--import', ENDS_WITH_PARENT],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  })
  child.stderr?.pipe(output, { end: false })
  return child
}

/** Resolves when it is gone: it writes into the folder that is removed next. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), SIMULATOR_END_PATIENCE_MS)
  await gone
  clearTimeout(force)
}

export function readyLine(child: ChildProcess): Promise<Simulated> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the simulator did not start in time')), SIMULATOR_PATIENCE_MS)
    child.once('exit', (code) => reject(new Error(`the simulator ended with exit code ${code}`)))
    child.once('error', reject)
    if (!child.stdout) return reject(new Error('the simulator has no output'))
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(late)
      resolve(JSON.parse(line) as Simulated)
    })
  })
}

/** What killed demonstrations left: their database is stopped, their folder removed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(os.tmpdir()).filter((entry) => entry.startsWith(FOLDER))) {
    const folder = path.join(os.tmpdir(), name)
    try {
      if (isSameProcess(readFileSync(path.join(folder, OWNER), 'utf8'))) continue
      const data = path.join(folder, 'data/postgres')
      const lock = readPostmasterFile(data)
      if (lock && isServerOf(lock.pid, data) === true) await endServer(lock.pid, data)
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // another user's, or half made: not ours to remove
    }
  }
}

async function endServer(pid: number, data: string): Promise<void> {
  process.kill(pid, 'SIGINT')
  const deadline = performance.now() + SERVER_END_PATIENCE_MS
  while (isServerOf(pid, data) === true && performance.now() < deadline) await wait(50)
}

const run = promisify(execFile)
const RECIPIENT = 'anna@fabrikam.example'

/**
 * Adds a printer, an application and an API key by the command that administrators use. Returns commands to copy, each for one of them. They
 * contain its password, which is of use in the demonstration only.
 */
export async function addDemoClients(variables: Variables) {
  const [printer, application, api] = await Promise.all([
    add(variables, 'clients', { name: 'Scanner, ground floor', sender: 'scanner@contoso.example' }),
    add(variables, 'clients', { kind: 'application', name: 'Web shop', sender: 'shop@contoso.example' }),
    add(variables, 'api-keys', { name: 'Invoices', scope: 'send,read', sender: 'invoices@contoso.example' }),
  ])
  const port = /starttls=(\d+)/.exec(variables.POSTROOM_SUBMISSION_PORTS ?? '')?.[1] ?? ''
  return {
    printer: [
      `printf 'Subject: Scan\\r\\n\\r\\nHello\\r\\n' | curl --insecure --ssl-reqd --url smtp://localhost:${port}`,
      `--user ${printer.login}:${printer.password} --mail-from scanner@contoso.example --mail-rcpt ${RECIPIENT} --upload-file -`,
    ].join(' '),
    application: [
      `python3 -c "import smtplib; s = smtplib.SMTP('localhost', ${port}); s.starttls();`,
      `s.login('${application.login}', '${application.password}');`,
      `s.sendmail('shop@contoso.example', '${RECIPIENT}', 'Subject: Order\\n\\nHello'); s.quit()"`,
    ].join(' '),
    api: [
      `curl -H 'Authorization: Bearer ${api.key}' -H 'Content-Type: application/json'`,
      `-d '${JSON.stringify({ to: RECIPIENT, subject: 'Invoice', text: 'Hello' })}' ${variables.POSTROOM_BASE_URL}/api/v1/messages`,
    ].join(' '),
  }
}

async function add(variables: Variables, group: string, options: Record<string, string>) {
  const command = path.join(projectRoot(), 'bin/postroom')
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const { stdout } = await run(process.execPath, [command, group, 'add', ...args, '--json'], {
    env: { ...variables } as NodeJS.ProcessEnv,
  })
  return JSON.parse(stdout) as Record<string, string>
}
