import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ensureLogin } from '../db/maintenance/application-role'
import { isDiskFull } from '../db/outage'
import { askServer, ensureDatabase } from '../db/server'
import { type Logger, messageOf } from '../kernel'
import { throughNoLink } from '../kernel/durable-files'
import { Redacted } from '../kernel/redacted'
import {
  APPLICATION_ROLE,
  type ClusterPasswords,
  type ClusterPlaces,
  clusterPasswords,
  clusterPlaces,
  DATABASE,
  isMade,
  makeCluster,
  OWNER_ROLE,
} from './cluster'
import { DatabaseDiskFull, DatabaseUnavailable, isOfFiles } from './database-unavailable'
import { listenOnce } from './listen-once'
import {
  cleanEnvironment,
  command,
  postgresBin,
  type RunAs,
  runAsFor,
  runAsOwner,
  runProgram,
} from './postgres-binaries'
import { disownLock, identityOf, isSameProcess, isServerOf, readPostmasterFile, textIn } from './process-table'

/** Recovery after a crash replays at most `max_wal_size`; minutes on a slow disk. */
const START_DEADLINE_MS = 180_000
/** PostgreSQL's message while processes of a killed server still hold its shared memory. They end soon, so we wait. */
const STILL_ENDING = 'is still in use'
/** The same, and its messages when it lost its port or the race with another start. Any other reason is reported at once. */
const MAY_PASS = new RegExp(`${STILL_ENDING}|could not create any TCP/IP sockets|lock file "`)
/** More such failures are reported, and so is a server that keeps ending without a reason. */
const STARTS_MAX = 8
const RETRY_PAUSE_MS = 250
const PROBE_TIMEOUT_MS = 5_000
const PROBE_PAUSE_MS = 50
/** How often to check an adopted server, whose end is not reported to us. */
const WATCH_PAUSE_MS = 1_000
const STOP_SECONDS_MAX = 60
const LOG_BYTES_MAX = 5 * 1024 * 1024

export interface EmbeddedPostgres {
  /** Address of our own database for console and worker, whose role is not a superuser. */
  url: Redacted
  /** The same for the host, migrations and restores, whose role owns the tables. */
  ownerUrl: Redacted
  port: number
  /** A server was already running on our folder. */
  adopted: boolean
  gone: Promise<void>
  /** Fast shutdown, only of a server that we started or took over. A server of another living process keeps running. */
  stop(): Promise<void>
}

interface EnsureOptions {
  /** The port to start on when it is free, so that a restart is found where it was. */
  preferredPort?: number
  /** When it is aborted, no server is started any more, and one that does not answer yet is ended. */
  signal?: AbortSignal
}

/** The server in the data directory: adopted when one runs there, else started. Throws `DatabaseUnavailable` with what to do. */
export async function ensurePostgres(dataDir: string, log: Logger, options: EnsureOptions = {}) {
  try {
    return await ensureServer(dataDir, log, options)
  } catch (thrown) {
    if (isDiskFull(thrown)) {
      log.error('the disk is full', { folder: dataDir, error: thrown })
      throw new DatabaseDiskFull(
        `a disk with files of POSTROOM_DATA_DIR is full: ${dataDir}. Free space on it, then try again`,
      )
    }
    if (isOfFiles(thrown)) throw new DatabaseUnavailable(`POSTROOM_DATA_DIR cannot be used: ${messageOf(thrown)}`)
    throw thrown
  }
}

async function ensureServer(dataDir: string, log: Logger, { preferredPort, signal }: EnsureOptions) {
  const bin = postgresBin()
  if (bin === null)
    throw new DatabaseUnavailable(
      `npm has no PostgreSQL for ${process.platform}-${process.arch} here: set DATABASE_URL to a PostgreSQL 15 or later`,
    )
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // Our arguments, the server's own answer and its lock file must spell the folder alike.
  const places = clusterPlaces(realpathSync(dataDir))
  const folder = statSync(dataDir)
  const runAs = runAsOwner(places.data, folder) ?? runAsFor([bin, path.dirname(dataDir)], folder)
  if (runAs.kind === 'user' && runAs.uid !== folder.uid) chmodSync(dataDir, folder.mode | 0o011) // the lent user passes through
  if (!isMade(places) && (preferredPort !== undefined || existsSync(places.owner)))
    throw new DatabaseUnavailable(
      `${places.data} is missing or empty, although a database has run there: put it back. To restore a backup, or to begin without data, remove ${places.owner} first`,
    )
  const passwords = clusterPasswords(places)
  if (!isMade(places)) {
    log.info('creating the embedded database', { folder: places.data })
    await makeCluster(places, passwords.owner, runAs)
  }

  let failures = 0
  for (const deadline = performance.now() + START_DEADLINE_MS; ; await wait(PROBE_PAUSE_MS)) {
    signal?.throwIfAborted()
    const running = await probe(places, passwords)
    if (running) return await prepared(adopt(running, places, passwords, runAs), passwords)
    if (disownLock(places.data)) log.warn('the lock file names another program', { folder: places.data })
    const lock = readPostmasterFile(places.data)
    if (!lock || isServerOf(lock.pid, places.data) === false) {
      const logged = linesOf(places.log).length
      const started = await startServer(places, passwords, runAs, { preferredPort, signal, deadline })
      if (started) return await prepared(started, passwords)
      signal?.throwIfAborted()
      const reason = fatalIn(linesOf(places.log).slice(logged))
      if (reason !== null && !MAY_PASS.test(reason)) throw notStarted(places, reason)
      if (!reason?.includes(STILL_ENDING)) failures++
      await wait(Math.max(1, failures) * RETRY_PAUSE_MS)
    }
    if (performance.now() > deadline || failures >= STARTS_MAX) throw notStarted(places)
  }
}

async function prepared(server: EmbeddedPostgres, { owner, application }: ClusterPasswords): Promise<EmbeddedPostgres> {
  try {
    await ensureDatabase(urlFor(server.port, OWNER_ROLE, owner, 'postgres'), DATABASE)
    await ensureLogin(server.ownerUrl, server.url, APPLICATION_ROLE, application)
    return server
  } catch (thrown) {
    await server.stop() // no other process knows it
    throw thrown
  }
}

const urlFor = (port: number, role: string, password: Redacted, database = DATABASE): Redacted =>
  new Redacted(`postgresql://${role}:${password.reveal()}@127.0.0.1:${port}/${database}`)

const urlsOn = (port: number, { owner, application }: ClusterPasswords) => ({
  url: urlFor(port, APPLICATION_ROLE, application),
  ownerUrl: urlFor(port, OWNER_ROLE, owner),
})

type Running = { pid: number; port: number }

/**
 * The server that our lock file names, if it answers and is ours. The process is checked before it is asked: a stranger on
 * that port must not get a login to play with. Then `data_directory` must be our folder.
 */
async function probe(places: ClusterPlaces, { owner }: ClusterPasswords): Promise<Running | null> {
  const lock = readPostmasterFile(places.data)
  if (!lock?.port || isServerOf(lock.pid, places.data) === false) return null
  const answer = await askServer(urlFor(lock.port, OWNER_ROLE, owner, 'postgres'), PROBE_TIMEOUT_MS)
  if (answer.ok) return answer.value.dataDirectory === places.data ? { pid: lock.pid, port: lock.port } : null
  if (answer.error.kind === 'login')
    throw new DatabaseUnavailable(`the embedded database rejects the password in ${places.password}`)
  return null
}

function adopt({ pid, port }: Running, places: ClusterPlaces, passwords: ClusterPasswords, runAs: RunAs) {
  // The process that started it is gone, so no other process will stop it.
  const ours = takeOver(places)
  return {
    ...urlsOn(port, passwords),
    port,
    adopted: true,
    gone: endOf(pid, places.data),
    stop: () => (ours && isOwner(places) ? stopServer(pid, places, runAs) : Promise.resolve()),
  }
}

async function endOf(pid: number, data: string): Promise<void> {
  while (isServerOf(pid, data) !== false) await wait(WATCH_PAUSE_MS, undefined, { ref: false })
}

/** @returns null when it ended at once, as when another start was faster, and when the start is broken off. */
async function startServer(
  places: ClusterPlaces,
  passwords: ClusterPasswords,
  runAs: RunAs,
  { preferredPort, signal, deadline }: EnsureOptions & { deadline: number },
): Promise<EmbeddedPostgres | null> {
  const port = await freePort(preferredPort)
  const child = spawnServer(places, port, runAs)
  let ended = false
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  }).then(() => {
    ended = true
  })
  const stop = async () => {
    if (!ended) await stopServer(child.pid ?? 0, places, runAs)
  }
  try {
    while (!ended && !signal?.aborted && performance.now() < deadline) {
      if ((await probe(places, passwords))?.pid === child.pid) {
        throughNoLink(places.owner, 'write', (handle) => writeFileSync(handle, identityOf(process.pid)))
        return { ...urlsOn(port, passwords), port, adopted: false, gone, stop }
      }
      await Promise.race([gone, wait(PROBE_PAUSE_MS)])
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
  await stop()
  return null
}

/** In a separate process group, so that Ctrl-C in a terminal reaches us and not the database. */
function spawnServer(places: ClusterPlaces, port: number, runAs: RunAs): ChildProcess {
  if (existsSync(places.log) && statSync(places.log).size > LOG_BYTES_MAX) renameSync(places.log, `${places.log}.1`)
  // Not for postgresql.conf to change: who may connect, and that a commit is durable.
  const fixed = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    logging_collector: 'off',
  }
  const settings = Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { file, args, ids } = command('postgres', ['-D', places.data, ...settings], runAs)
  return throughNoLink(places.log, 'append', (log) =>
    spawn(file, args, {
      ...ids,
      detached: true,
      stdio: ['ignore', log, log],
      cwd: places.data,
      env: cleanEnvironment(),
    }),
  )
}

/** Stops it by its process number. A stop by folder would end, or wait for, a server that another process has started there since. */
async function stopServer(pid: number, places: ClusterPlaces, runAs: RunAs): Promise<void> {
  const isRunning = (): boolean => {
    const isOurs = isServerOf(pid, places.data)
    return isOurs === 'unknown' ? readPostmasterFile(places.data)?.pid === pid : isOurs
  }
  if (!isRunning()) return
  await runProgram('pg_ctl', ['kill', 'INT', String(pid)], runAs)
  for (const deadline = performance.now() + STOP_SECONDS_MAX * 1_000; isRunning() && performance.now() < deadline; )
    await wait(PROBE_PAUSE_MS)
  if (isRunning())
    throw new DatabaseUnavailable(
      `the embedded database did not stop within ${STOP_SECONDS_MAX} s: see ${places.log}: ${lastReply(places)}`,
    )
}

/** The owner is the process that started the server, or that found it without a living one. */
function takeOver(places: ClusterPlaces): boolean {
  if (isSameProcess(textIn(places.owner))) return false
  throughNoLink(places.owner, 'write', (handle) => writeFileSync(handle, identityOf(process.pid)))
  return true
}

const isOwner = ({ owner }: ClusterPlaces): boolean => textIn(owner) === identityOf(process.pid)

const notStarted = (places: ClusterPlaces, reason = lastReply(places)): DatabaseUnavailable =>
  new DatabaseUnavailable(`the embedded database did not start: see ${places.log}: ${reason}`)

const lastReply = (places: ClusterPlaces): string => linesOf(places.log).slice(-3).join(' / ')

/** None if it cannot be read. */
export const linesOf = (log: string): string[] => textIn(log)?.trimEnd().split('\n') ?? []

/**
 * Why a server ended: its last fatal line, with the two before it, which name a wrong setting, and the one after it, a hint. Null if it
 * wrote none. What it answers to connections before it is ready is no reason, nor what processes of a killed server write when they end.
 */
function fatalIn(lines: readonly string[]): string | null {
  const at = lines.findLastIndex((line) => /(FATAL|PANIC):(?! +(the database system is|terminating) )/.test(line))
  return at < 0 ? null : lines.slice(Math.max(0, at - 2), at + 2).join(' / ')
}

/** The preferred port if it is free, or any other. */
export async function freePort(preferred = 0): Promise<number> {
  const listened = await listenOnce(preferred, '127.0.0.1')
  if (listened.ok) return listened.value
  if (preferred === 0)
    throw new DatabaseUnavailable(
      `the embedded database needs 127.0.0.1, which cannot be listened on here (${listened.error}). Set DATABASE_URL to use another one`,
    )
  return freePort()
}
