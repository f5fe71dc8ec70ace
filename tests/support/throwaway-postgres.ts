import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { cleanEnvironment, command, lend, postgresBin, runAsFor, runProgram } from '../../lib/host/postgres-binaries'

const PREFIX = 'postroom-test-postgres-'
/** Below those of outgoing connections and of port 0, which a connection could take before the server listens. */
const FREE_PORTS = [20_000, 32_768] as const

export interface ThrowawayPostgres {
  /** Of the `postgres` database; the superuser's. */
  url: string
  pid: number
  /** `kill -9` of the server, and a start on what it left: the same address, what was committed, no connection. */
  killAndStart(): Promise<void>
  stop(): Promise<void>
}

/** Nothing survives a power cut, which is what makes it fast. */
const FAST = ['fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_connections=200', 'autovacuum=off']
/** As the console's own: for what is measured. */
const DURABLE = ['shared_buffers=64MB', 'max_connections=100', 'max_wal_size=256MB', 'min_wal_size=256MB', 'jit=off']

const RECOVERY_MS_MAX = 30_000

/** A file system in memory. To copy a database there and to remove it takes a tenth of the processor time that a disk takes. */
const MEMORY = '/dev/shm'
/** Of the databases of five test files at a time and their log, with a margin. */
const MEMORY_BYTES_MIN = 4 * 1024 ** 3

/** Of a write-ahead log on a small volume. */
const SMALL_LOG = ['max_wal_size=32MB', 'min_wal_size=32MB']

/**
 * A PostgreSQL for tests, or for a bench. Never for data.
 *
 * @param options.log a folder for the write-ahead log, which is made
 */
export async function startThrowawayPostgres({
  durable = false,
  log,
}: {
  durable?: boolean
  log?: string
} = {}): Promise<ThrowawayPostgres> {
  for (const folder of [os.tmpdir(), MEMORY]) if (existsSync(folder)) sweep(folder)
  const bin = postgresBin()
  if (bin === null) throw new Error('no PostgreSQL programs here: npm run setup, or set TEST_DATABASE_URL')
  const folder = durable || !hasMemory() ? os.tmpdir() : MEMORY
  const home = mkdtempSync(path.join(folder, PREFIX))
  const data = path.join(home, 'data')
  writeFileSync(path.join(home, 'owner'), String(process.pid))
  const runAs = runAsFor([bin, folder])
  lend(home, runAs)
  if (log !== undefined) {
    mkdirSync(log)
    lend(log, runAs)
  }
  const cluster = await runProgram(
    'initdb',
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
      ...(log === undefined ? [] : ['-X', log]),
    ],
    runAs,
  )
  if (cluster.exitCode !== 0) throw new Error(`initdb: ${cluster.output}`)
  const port = await freePort()
  const settings = [...(durable ? DURABLE : FAST), ...(log === undefined ? [] : SMALL_LOG)]
  const { file, args, ids } = command(
    'postgres',
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...settings.flatMap((it) => ['-c', it])],
    runAs,
  )
  let said = ''
  const launch = (): ChildProcess => {
    const launched = spawn(file, args, {
      ...ids,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      env: cleanEnvironment(),
    })
    launched.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
    })
    return launched
  }
  let server = launch()
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  await answering(url, server, () => said)
  return {
    url,
    pid: server.pid ?? 0,
    async killAndStart() {
      await end(server, 'SIGKILL')
      for (const deadline = Date.now() + RECOVERY_MS_MAX; ; ) {
        server = launch()
        try {
          return await answering(url, server, () => said)
        } catch (error) {
          // It refuses to start until all processes of the killed server have ended.
          if (Date.now() > deadline) throw error
        }
      }
    },
    async stop() {
      await end(server, 'SIGINT')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function answering(url: string, server: ChildProcess, said: () => string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error(`PostgreSQL did not start: ${said()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** SIGINT is PostgreSQL's fast shutdown: it does not wait for clients. */
async function end(server: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await gone
}

/** At full size (SOAK=1) databases may outgrow it. */
function hasMemory(): boolean {
  if (process.env.SOAK) return false
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return Math.min(bavail * bsize, os.freemem()) >= MEMORY_BYTES_MIN
  } catch {
    return false // not on this system
  }
}

/** What a killed run left behind in a folder: its server is stopped, its folder removed. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(PREFIX))) {
    const home = path.join(folder, name)
    try {
      if (alive(Number(readFileSync(path.join(home, 'owner'), 'utf8')))) continue
      const pid = Number(readFileSync(path.join(home, 'data/postmaster.pid'), 'utf8').split('\n')[0])
      if (commandLine(pid).includes(home)) process.kill(pid, 'SIGINT')
    } catch {
      // no owner or no server: only a folder
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export async function freePort(): Promise<number> {
  const port = randomInt(...FREE_PORTS)
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isFree) return freePort()
  await new Promise((resolve) => server.close(resolve))
  return port
}
