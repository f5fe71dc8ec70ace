import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { type Environment, readEnvironment } from '../config/environment'
import type { EnvironmentFault, Variables } from '../config/environment-fault'
import { createLog } from '../config/logger'
import { projectRoot } from '../db/project-root'
import type { Logger } from '../kernel'
import { keepRunning, spawnMember } from './child'
import { consoleArguments } from './console-arguments'
import { DatabaseDiskFull, DatabaseUnavailable, waitReason } from './database-unavailable'
import { type EmbeddedPostgres, ensurePostgres } from './embedded-postgres'
import { prepareSecrets } from './first-secrets'
import { LEAN, LEAN_ENVIRONMENT } from './lean'
import { listenOnce } from './listen-once'
import type { Migrated } from './prepare'
import type { PrepareAnswer, PrepareAsk, PrepareMessage } from './prepare-main'
import { submissionFault } from './submission-check'

/** Console and worker finish or hand back what they hold. */
const DRAIN_MS = 30_000
/** The database of `DATABASE_URL` may start later than the host, as when a machine boots. */
const DATABASE_PATIENCE_MS = 5 * 60_000
const DATABASE_PAUSE_MS = 3_000
/** Between attempts to start the embedded database again on a full disk. */
const SPACE_PAUSE_MS = 5_000
const READY_PATIENCE_MS = 60_000
const READY_PAUSE_MS = 100
const ANSWER_MS = 5_000

/** How a running or starting tree is asked to end. */
export interface Halt {
  /** End in order: a start is broken off, work in progress is finished, everything that is up is stopped. */
  stop: AbortSignal
  /** Do not wait for work in progress. It can only come after `stop`. */
  force: AbortSignal
}

export interface StartOptions {
  variables: Variables
  /** Where the logs of the whole tree go. Null for our own standard output. */
  output: Writable | null
  /** Lines for the person who watches the start. */
  say(line: string): void
  firstAdmin: PrepareAsk['firstAdmin']
  /** While it starts, what is up is stopped again. */
  halt: Halt
}

export interface Tree {
  baseUrl: URL
  /** Drains console and worker, then stops the database if it is ours. */
  stop(): Promise<void>
  /** Resolves when console or worker died too often, or the database is lost. */
  failed: Promise<void>
}

/** Configuration or environment that an administrator must fix: exit code 2, one line. */
export class StartRefused extends Error {}

const refuse = ({ variable, problem }: EnvironmentFault): never => {
  throw new StartRefused(`${variable} ${problem}`)
}

/** Database, migrations, console, worker: one tree. Throws `StartRefused` or `DatabaseUnavailable`. */
export async function startTree(options: StartOptions): Promise<Tree> {
  const secrets = prepareSecrets(options.variables)
  if (!secrets.ok) return refuse(secrets.error)
  const variables = { ...options.variables, ...secrets.value.variables }
  const read = readEnvironment(variables)
  if (!read.ok) return refuse(read.error)
  const environment = read.value
  const log = hostLog(environment, options.output)
  await refuseTakenPort(environment)
  const fault = await submissionFault(environment)
  if (fault) refuse(fault)

  const { stop } = options.halt
  const database = await openDatabase(environment, stop, log)
  try {
    stop.throwIfAborted()
    const withDatabase = { ...variables, ...database.variables }
    const { firstAdmin } = options
    const { keysFile, keysFileGiven } = secrets.value.places
    const onMigrated = (done: Migrated) => tellMigrated(done, options.say, log)
    const ask = () =>
      answerOf(spawnPrepare(withDatabase, options.output, log), { keysFile, keysFileGiven, firstAdmin }, onMigrated)
    const isEmbedded = environment.databaseUrl === null
    const prepared = await prepareDatabase(ask, keysFile, { ...options, isEmbedded }, log)
    stop.throwIfAborted()
    tellPrepared(prepared, environment, options.say, log)
    const tree = await runMembers(environment, withDatabase, database, options, log)
    tellReady(tree, prepared, options.say)
    return tree
  } catch (thrown) {
    await database.stop()
    throw thrown
  }
}

function hostLog(environment: Environment, output: Writable | null): Logger {
  return createLog({
    level: environment.logLevel,
    process: 'host',
    secrets: [environment.authSecret, ...environment.keys.map(({ key }) => key)],
    ...(output ? { write: (line: string) => output.write(line) } : {}),
  })
}

/** It is reported now, in one line, instead of by a console that crashes five times. */
async function refuseTakenPort({ port, listen }: Environment): Promise<void> {
  const listened = await listenOnce(port, listen)
  if (listened.ok) return
  if (listened.error === 'EADDRINUSE') refuse({ variable: 'PORT', problem: `${port} is in use by another program` })
  refuse({ variable: 'POSTROOM_LISTEN', problem: `cannot be listened on: ${listen} (${listened.error})` })
}

type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>

async function openDatabase({ databaseUrl, dataDir }: Environment, signal: AbortSignal, log: Logger) {
  if (databaseUrl !== null) return { variables: {}, lost: new Promise<void>(() => {}), stop: async () => {} }
  let server = await ensurePostgres(dataDir, log, { signal })
  let restart: Promise<unknown> = Promise.resolve()
  const stopping = new AbortController()
  log.info(server.adopted ? 'embedded database adopted' : 'embedded database started', { port: server.port })
  /** Console and worker know one port: a database that crashed must start again on it, or the tree ends. */
  const watch = async (watched: EmbeddedPostgres): Promise<void> => {
    await watched.gone
    if (stopping.signal.aborted) return
    log.error('the embedded database ended and is restarted', { port: watched.port })
    const starting = onceThereIsSpace(
      () => ensurePostgres(dataDir, log, { preferredPort: watched.port }),
      stopping.signal,
    )
    restart = starting.catch(() => {})
    server = await starting
    if (server.port !== watched.port) throw new DatabaseUnavailable(`port ${watched.port} is in use by another program`)
    await watch(server)
  }
  const lost = watch(server).catch((error: unknown) =>
    log.error('the embedded database cannot be restarted', { error }),
  )
  return {
    variables: {
      DATABASE_URL: server.url.reveal(),
      POSTROOM_OWNER_DATABASE_URL: server.ownerUrl.reveal(),
      POSTROOM_EMBEDDED_DATABASE: 'true',
    },
    /** Resolves when it is gone for good, or stopped. */
    lost,
    async stop() {
      stopping.abort()
      await restart // else the server that is being started would be left
      await server.stop()
    },
  }
}

/**
 * PostgreSQL ends if its log has no space to grow. Console, worker and listener say why they wait, so the host keeps them, and starts the
 * database again as soon as it can.
 */
export async function onceThereIsSpace<Started>(
  start: () => Promise<Started>,
  stop: AbortSignal,
  pauseMs = SPACE_PAUSE_MS,
): Promise<Started> {
  for (;;)
    try {
      return await start()
    } catch (thrown) {
      if (!(thrown instanceof DatabaseDiskFull)) throw thrown
      await wait(pauseMs, undefined, { signal: stop }).catch(() => {
        throw thrown
      })
    }
}

/** Asks until the database is ready. A preparation that made the first key may have had to wait for the database after that. */
export async function prepareDatabase(
  ask: () => Promise<PrepareAnswer>,
  keysFile: string,
  { say, halt, isEmbedded }: Pick<StartOptions, 'say' | 'halt'> & { isEmbedded: boolean },
  log: Logger,
  pauseMs = DATABASE_PAUSE_MS,
): Promise<Extract<PrepareAnswer, { kind: 'ready' }>> {
  const hadKey = existsSync(keysFile)
  const deadline = performance.now() + DATABASE_PATIENCE_MS
  let latestReason: string | null = null
  for (;;) {
    const answer = await ask()
    if (answer.kind === 'ready') return { ...answer, keyMade: !hadKey && existsSync(keysFile) }
    if (answer.kind === 'stop')
      throw answer.variable === null
        ? new DatabaseUnavailable(answer.message)
        : new StartRefused(`${answer.variable} ${answer.message}`)
    const reason = waitReason(answer, isEmbedded)
    if (performance.now() > deadline) throw new DatabaseUnavailable(`the database cannot be used: ${reason}`)
    if (reason !== latestReason) {
      log.warn('the database cannot be used yet', { reason })
      say(`Waiting for the database: ${reason}`)
      latestReason = reason
    }
    await wait(pauseMs, undefined, { signal: halt.stop })
  }
}

function spawnPrepare(variables: Variables, output: Writable | null, log: Logger): ChildProcess {
  const args = [...LEAN, path.join(projectRoot(), 'dist/prepare.mjs')]
  const plan = { name: 'prepare', args, variables: { ...variables, NODE_ENV: 'production' as const }, cwd: '.', output }
  return spawnMember(plan, log)
}

/** Asks the process that prepares the database. It says first what it has migrated. */
export function answerOf(
  child: ChildProcess,
  ask: PrepareAsk,
  onMigrated: (done: Migrated) => void,
): Promise<PrepareAnswer> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const progress = message as PrepareMessage
      if (progress.kind === 'migrated') onMigrated(progress)
      else resolve(progress)
    })
    child.once('error', reject)
    child.once('close', (exitCode) => reject(new Error(`the preparation ended without an answer (${exitCode})`)))
    child.send(ask)
  })
}

function tellMigrated({ applied, savedTo }: Migrated, say: (line: string) => void, log: Logger): void {
  if (applied.length > 0)
    log.info('migrations applied', {
      count: applied.length,
      applied: [...new Set([applied[0], applied.at(-1)])].join(' to '),
    })
  if (savedTo === null) return
  log.info('backup made before the migration', { folder: path.dirname(savedTo) })
  say(`The database was backed up before it was migrated: ${savedTo}`)
}

function tellPrepared(
  prepared: Extract<PrepareAnswer, { kind: 'ready' }>,
  { keysFile, reports, databaseUrl }: Environment,
  say: (line: string) => void,
  log: Logger,
): void {
  const { keyMade, keyProblems, durabilityRisks, roleRisk } = prepared
  for (const { variable, problem } of reports) {
    if (keyMade && variable === 'POSTROOM_KEYS_FILE') continue
    log.warn('weak configuration', { variable, reason: problem })
    say(`Warning: ${variable} ${problem}.`)
  }
  if (durabilityRisks.length > 0) {
    log.warn('acknowledged changes may be lost in a power cut', {
      reason: durabilityRisks.map((name) => `${name}=off`),
    })
    say(`Warning: this PostgreSQL runs with ${durabilityRisks.join(' and ')} off. A power cut may lose what was saved.`)
  }
  if (roleRisk !== null) {
    log.warn('the database role is allowed to change the audit log', { reason: roleRisk })
    say(
      `Warning: the role of DATABASE_URL ${roleRisk === 'superuser' ? 'is a superuser' : 'owns the tables'}, so it can change the audit log. Give DATABASE_URL another role, and POSTROOM_OWNER_DATABASE_URL the one that owns the tables.`,
    )
  }
  if (keyMade) {
    log.info('sealing key created', { folder: path.dirname(keysFile) })
    say(`A sealing key was created: ${keysFile}`)
    say(
      `Back it up now, apart from the database${databaseUrl ? '' : ' in the same folder'}: without it stored secrets cannot be opened.`,
    )
  }
  if (keyProblems.length > 0) {
    log.error('stored secrets cannot be opened', { kids: keyProblems, folder: keysFile })
    say(`Stored secrets cannot be opened: key ${keyProblems.join(', ')}. Put the right key back into ${keysFile}.`)
  }
}

/** At the end of the start, since a person who opens an address as soon as they see it must get an answer. */
function tellReady({ baseUrl }: Tree, { setUpUrl }: { setUpUrl: string | null }, say: (line: string) => void): void {
  const ready = `Postroom is ready: ${baseUrl.origin}`
  const first = `There is no account yet. Create the first administrator here; the link works once, for 72 hours:\n  ${setUpUrl}`
  say(setUpUrl === null ? ready : `${ready}\n${first}`)
}

/** An intruder in the console or the worker finds no address with which the audit log could be changed. */
const NO_MEMBER = ['POSTROOM_OWNER_DATABASE_URL']
/** An intruder in the listener, to which clients connect from anywhere, finds no secret but the address of the database either. */
const NO_LISTENER = [
  'POSTROOM_AUTH_SECRET',
  'POSTROOM_KEYS_FILE',
  'POSTROOM_METRICS_TOKEN',
  'POSTROOM_FEDERATED_TOKEN_FILE',
  'POSTROOM_MANAGED_IDENTITY',
  'IDENTITY_HEADER',
]

/** @param names beginnings, since a secret may be given by its file */
const without = <T extends Variables>(variables: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !names.some((start) => name.startsWith(start)))) as T

async function runMembers(
  environment: Environment,
  inherited: Variables,
  database: OpenDatabase,
  { output, halt }: StartOptions,
  log: Logger,
): Promise<Tree> {
  const { baseUrl, port, listen } = environment
  const root = projectRoot()
  const standalone = path.join(root, '.next/standalone')
  const variables: NodeJS.ProcessEnv = {
    ...LEAN_ENVIRONMENT,
    ...without(inherited, NO_MEMBER),
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    PORT: String(port),
    POSTROOM_BASE_URL: baseUrl.origin,
    POSTROOM_LISTEN: listen,
  }
  let abandon: () => void = () => {}
  const failed = new Promise<void>((resolve) => {
    abandon = resolve
  })
  database.lost.then(abandon)
  const keepScript = (name: 'worker' | 'listener', own: NodeJS.ProcessEnv) => {
    const args = [...LEAN, path.join(root, `dist/${name}.mjs`)]
    // A listener whose certificate or port cannot be used right now must not end console and worker.
    return keepRunning({ name, args, variables: own, cwd: root, output }, log, name === 'listener' ? null : abandon)
  }
  const worker = keepScript('worker', variables)
  const listener = environment.submission ? keepScript('listener', without(variables, NO_LISTENER)) : null
  const console_ = keepRunning(
    {
      name: 'console',
      args: consoleArguments(standalone),
      variables: { ...variables, HOSTNAME: listen },
      cwd: standalone,
      output,
      answers: () => answers(consoleUrl(listen, port, '/health/live')),
    },
    log,
    abandon,
  )
  const stopMembers = () =>
    Promise.all([console_, worker, listener].map((member) => member?.stop(DRAIN_MS, halt.force)))
  const stop = async (): Promise<void> => {
    await stopMembers()
    await database.stop()
  }
  const fault = await readinessFault(isReady(listen, port, halt.stop), failed)
  if (fault !== null) {
    await stopMembers()
    halt.stop.throwIfAborted()
    throw new DatabaseUnavailable(fault)
  }
  log.info('ready', { url: baseUrl.origin, port, host: listen })
  return { baseUrl, stop, failed }
}

/** Why a start ends: only a process or a database that ended has a reason in the log. */
export const readinessFault = (ready: Promise<boolean>, failed: Promise<void>): Promise<string | null> =>
  Promise.race([
    ready.then((isReady) =>
      isReady
        ? null
        : `the console was not ready within ${READY_PATIENCE_MS / 1_000} seconds. If its log gives no reason, the machine may be too busy`,
    ),
    failed.then(() => 'the console did not become ready; its log says why'),
  ])

async function isReady(listen: string, port: number, stop: AbortSignal): Promise<boolean> {
  const url = consoleUrl(listen, port, '/health/ready')
  const deadline = performance.now() + READY_PATIENCE_MS
  while (performance.now() < deadline && !stop.aborted) {
    if (await answers(url)) return true
    await wait(READY_PAUSE_MS)
  }
  return false
}

/** The loopback address at which a server that listens on every address answers. */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function consoleUrl(listen: string, port: number, page: string): string {
  const host = LOOPBACK_OF[listen] ?? listen
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${page}`
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
