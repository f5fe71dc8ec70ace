import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { askOne, askServer } from '../db/server'
import type { Logger } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { removeTree } from './cluster'
import { DatabaseUnavailable } from './database-unavailable'
import { type EmbeddedPostgres, ensurePostgres } from './embedded-postgres'
import { cleanEnvironment, postgresBin, runAsFor } from './postgres-binaries'
import { identityOf, isAlive, readPostmasterFile } from './process-table'

/** Each makes or starts real servers, on machines that may be busy. */
vi.setConfig({ testTimeout: 120_000 })

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
let home: string
let dataDir: string
let data: string
const servers: EmbeddedPostgres[] = []
const children: ChildProcess[] = []

const ensure = async (folder = dataDir): Promise<EmbeddedPostgres> => {
  const server = await ensurePostgres(folder, quiet)
  servers.push(server)
  return server
}
const serverPid = (): number => readPostmasterFile(data)?.pid ?? 0
/** Linux: every process of a server works in its data folder. */
const workingIn = (folder: string): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder ? [Number(name)] : []
    } catch {
      return []
    }
  })
/** As a server leaves it, and the server's user's as it would be. */
function leaveLock(pid: number, port: number, listensOn = '127.0.0.1'): void {
  const file = path.join(data, 'postmaster.pid')
  writeFileSync(file, `${pid}\n${data}\n1700000000\n${port}\n\n${listensOn}\n`, { mode: 0o600 })
  const { uid, gid } = statSync(data)
  chownSync(file, uid, gid)
}

beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-embedded-'))
  chmodSync(home, 0o755)
  dataDir = path.join(home, 'data')
  data = path.join(dataDir, 'postgres')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of servers.splice(0).reverse()) await server.stop()
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('an empty folder becomes a server behind a password, on loopback, durable', async () => {
  const server = await ensure()
  expect(server.adopted).toBe(false)
  const answer = await askServer(server.ownerUrl, 5_000)
  expect(answer).toMatchObject({ ok: true, value: { dataDirectory: data, durabilityRisks: [] } })
  expect(statSync(path.join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600)
  expect(await askOne(server.url, 'SHOW listen_addresses')).toBe('127.0.0.1')
  expect(await askOne(server.url, 'SHOW synchronous_commit')).toBe('on')
  expect(statSync(path.join(dataDir, 'postgres.app-password')).mode & 0o777).toBe(0o600)

  const guess = new Redacted(server.url.reveal().replace(/:[^:@/]+@/, ':guess@'))
  expect(await askServer(guess, 5_000)).toMatchObject({ ok: false, error: { kind: 'login' } })
  expect(readFileSync(path.join(data, 'pg_hba.conf'), 'utf8')).not.toMatch(/^[^#]*trust/m)
})

test('a second process adopts the running server and does not stop what another living process started', async () => {
  const first = await ensure()
  const starter = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  children.push(starter)
  writeFileSync(path.join(dataDir, 'postgres.owner'), identityOf(starter.pid ?? 0))
  const second = await ensure()
  expect([second.adopted, second.port]).toEqual([true, first.port])
  await second.stop()
  expect(isAlive(serverPid())).toBe(true)
})

test('the process that adopts an orphaned server stops it', async () => {
  const first = await ensure()
  const pid = serverPid()
  writeFileSync(path.join(dataDir, 'postgres.owner'), '999999999 gone')
  const second = await ensure()
  expect(second.adopted).toBe(true)
  await second.stop()
  await first.gone
  expect(isAlive(pid)).toBe(false)
})

describe('a lock file that names another process', () => {
  test('a number that now belongs to another program of the same user does not stop the start', async () => {
    const { uid, gid } = statSync(data) // PostgreSQL looks past processes that it may not signal, so it must be able to
    const other = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore' })
    children.push(other)
    leaveLock(other.pid ?? 0, 1)
    expect((await ensure()).adopted).toBe(false)
    expect(isAlive(other.pid ?? 0)).toBe(true)
  })

  let foreign: ThrowawayPostgres
  let port: number
  beforeAll(async () => {
    foreign = await startThrowawayPostgres()
    port = Number(new URL(foreign.url).port)
  })
  afterAll(() => foreign.stop())

  test('a foreign server is not adopted', async () => {
    leaveLock(foreign.pid, port)
    const server = await ensure()
    expect(server.port).not.toBe(port)
    expect(await askServer(server.ownerUrl, 5_000)).toMatchObject({ ok: true, value: { dataDirectory: data } })
  })

  /** A process that looks like a server of ours holds up the start, which then takes another port than the foreign server's. */
  async function startsOnlyAfter(listensOn?: string): Promise<void> {
    const posing = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'postgres', '-D', data])
    children.push(posing)
    leaveLock(posing.pid ?? 0, port, listensOn)
    const ensuring = ensure()
    const early = await Promise.race([ensuring, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))])
    expect(early).toBe('waits')
    posing.kill('SIGKILL')
    expect((await ensuring).port).not.toBe(port)
  }

  test('nor is one that has the port of a server of ours, which is about to end, asked for our password', () =>
    startsOnlyAfter(''))

  test('nor one that another process lends its place to: its data_directory is not ours', async () => {
    await askOne(new Redacted(foreign.url), 'CREATE ROLE postroom SUPERUSER LOGIN')
    await startsOnlyAfter()
  })
})

describe('U-02 the role of console and worker', () => {
  const COPY = `CREATE TEMP TABLE seen (line text); COPY seen FROM PROGRAM 'id'`

  test('is no superuser: it runs no program and reads no file', async () => {
    const server = await ensure()
    expect(await askOne(server.url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toBe(false)
    await expect(askOne(server.url, COPY)).rejects.toThrow(/permission denied/)
    await expect(askOne(server.url, `SELECT pg_read_file('postgresql.conf')`)).rejects.toThrow(/permission denied/)
  })

  test('is created in an existing data directory, and a lost password is replaced', async () => {
    const before = await ensure()
    await askOne(before.ownerUrl, 'DROP ROLE postroom_app')
    expect(await askOne((await ensure()).url, 'SELECT current_user::text')).toBe('postroom_app')
    rmSync(path.join(dataDir, 'postgres.app-password'))
    expect(await askOne((await ensure()).url, 'SELECT current_user::text')).toBe('postroom_app')
    expect(readFileSync(path.join(dataDir, 'postgres.log'), 'utf8')).not.toContain('PASSWORD')
  })
})

test('a full disk at the first start is one line that names POSTROOM_DATA_DIR, and leaves nothing half made', async (context) => {
  const disk = path.join(home, 'full')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk])
  context.skip(mounted.status !== 0, 'only who may mount can make a small disk')
  try {
    const folder = path.join(disk, 'data')
    await expect(ensure(folder)).rejects.toThrow(
      new DatabaseUnavailable(
        `a disk with files of POSTROOM_DATA_DIR is full: ${folder}. Free space on it, then try again`,
      ),
    )
    expect(readdirSync(folder).filter((name) => name.startsWith('postgres.making'))).toEqual([])
  } finally {
    spawnSync('umount', [disk])
  }
})

test('what could not be removed of an unfinished database is an error', (context) => {
  const held = path.join(home, 'unfinished/held')
  mkdirSync(held, { recursive: true })
  context.skip(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', held]).status !== 0, 'only who may mount can hold a folder')
  try {
    expect(() => removeTree(path.dirname(held))).toThrow(/held.*busy/i)
  } finally {
    spawnSync('umount', [held])
  }
  removeTree(path.dirname(held))
  expect(existsSync(held)).toBe(false)
})

test('a stop ends the server that it is for, and not another one that was started in its place', async () => {
  await ensure()
  rmSync(path.join(dataDir, 'postgres.owner'))
  const orphan = await ensure()
  process.kill(serverPid(), 'SIGKILL')
  await orphan.gone
  const later = await ensure()
  await orphan.stop()
  expect(await askServer(later.url, 5_000)).toMatchObject({ ok: true })
})

test('R-02 kill -9 of the server: the next start recovers what was committed', async () => {
  const server = await ensure()
  await askOne(server.ownerUrl, 'CREATE TABLE IF NOT EXISTS kept (at int)')
  await askOne(server.ownerUrl, 'INSERT INTO kept VALUES (42)')
  process.kill(serverPid(), 'SIGKILL')
  await server.gone
  const next = await ensure()
  expect(next.adopted).toBe(false)
  expect(await askOne(next.ownerUrl, 'SELECT at FROM kept')).toBe(42)
})

test('the start waits for processes of a killed server and never writes while they do', async () => {
  const server = await ensure()
  const dead = serverPid()
  const backends = workingIn(data).filter((pid) => pid !== dead)
  for (const pid of backends) process.kill(pid, 'SIGSTOP') // starved: they cannot notice that their server died
  process.kill(dead, 'SIGKILL')
  await server.gone
  // A busy one writes this when it notices, at any time during the starts.
  const line = 'FATAL:  terminating connection due to unexpected postmaster exit\n'
  const noticing = setInterval(() => appendFileSync(path.join(dataDir, 'postgres.log'), line), 5)
  const ensuring = ensure().finally(() => clearInterval(noticing))
  const early = await Promise.race([ensuring, new Promise((resolve) => setTimeout(resolve, 1_500, 'waits'))])
  expect(early).toBe('waits')
  for (const pid of backends) process.kill(pid, 'SIGCONT')
  expect((await ensuring).adopted).toBe(false)
  expect(backends.filter(isAlive)).toEqual([])
})

test('two starts at once on an empty folder share one server', async () => {
  const folder = path.join(home, 'race')
  const [one, two] = await Promise.all([ensure(folder), ensure(folder)])
  expect(one?.port).toBe(two?.port)
  expect([one?.adopted, two?.adopted].sort()).toEqual([false, true])
  expect(readdirSync(folder).filter((name) => name.includes('making'))).toEqual([])
})

test('a kill in the middle of making the database leaves nothing half made', async () => {
  const folder = path.join(home, 'killed')
  const entry = path.resolve(import.meta.dirname, 'embedded-postgres.ts')
  const script = `const { ensurePostgres } = await import(${JSON.stringify(entry)})
    await ensurePostgres(${JSON.stringify(folder)}, { debug() {}, info() {}, warn() {}, error() {} })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: 'ignore',
    detached: true,
  })
  const making = (): string | undefined =>
    existsSync(folder) ? readdirSync(folder).find((name) => /making-[0-9a-f-]+$/.test(name)) : undefined
  while (!existsSync(path.join(folder, making() ?? 'none', 'base')))
    await new Promise((resolve) => setTimeout(resolve, 5))
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  expect(existsSync(path.join(folder, 'postgres'))).toBe(false)
  expect((await ensure(folder)).adopted).toBe(false)
  expect(making()).toBeUndefined()
})

const WITHOUT_IPV4 = ['--net', 'sh', '-c', 'ip link set lo up && ip addr del 127.0.0.1/8 dev lo && exec "$@"', 'sh']

test.runIf(spawnSync('unshare', [...WITHOUT_IPV4, 'true']).status === 0)(
  'on a machine without 127.0.0.1 one line says so',
  () => {
    const entry = path.resolve(import.meta.dirname, 'embedded-postgres.ts')
    const script = `const { freePort } = await import(${JSON.stringify(entry)})
      await freePort().catch(({ constructor, message }) => console.log(constructor.name, message))`
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script]
    const { stdout } = spawnSync('unshare', [...WITHOUT_IPV4, ...node], { encoding: 'utf8' })
    expect(stdout).toMatch(/^DatabaseUnavailable the embedded database needs 127\.0\.0\.1, .*\(EADDRNOTAVAIL\)\. Set/)
  },
)

test('R-02 a lost database is not replaced by an empty one, neither at a start nor while the tree runs', async () => {
  const folder = path.join(home, 'lost')
  const cluster = path.join(folder, 'postgres')
  const server = await ensure(folder)
  await server.stop()
  renameSync(cluster, `${cluster}.elsewhere`)
  const refusal =
    /postgres is missing or empty, although a database has run there: put it back.* remove .*postgres\.owner first$/
  await expect(ensure(folder)).rejects.toThrow(refusal)
  mkdirSync(cluster)
  await expect(ensure(folder)).rejects.toThrow(refusal)
  rmSync(path.join(folder, 'postgres.owner'))
  await expect(ensurePostgres(folder, quiet, { preferredPort: server.port })).rejects.toThrow(refusal)
  expect(readdirSync(cluster)).toEqual([])
  rmSync(cluster, { recursive: true })
  renameSync(`${cluster}.elsewhere`, cluster)
  expect((await ensure(folder)).adopted).toBe(false)
})

test('a start that is broken off ends a server that does not answer yet, and the next start finds it whole', async () => {
  await (await ensure()).stop()
  servers.splice(0)
  const settings = path.join(data, 'postgresql.conf')
  const saved = readFileSync(settings, 'utf8')
  // A server that waits for the log of another one, as long as one that recovers from a crash on a slow disk.
  writeFileSync(settings, `${saved}\nhot_standby = off\n`)
  const waiting = path.join(data, 'standby.signal')
  writeFileSync(waiting, '', { mode: 0o600 })
  const { uid, gid } = statSync(data)
  chownSync(waiting, uid, gid)
  try {
    const stop = new AbortController()
    const starting = ensurePostgres(dataDir, quiet, { signal: stop.signal })
    while (!serverPid()) await new Promise((resolve) => setTimeout(resolve, 5))
    const pid = serverPid()
    stop.abort()
    await expect(starting).rejects.toThrow(/abort/)
    expect(isAlive(pid)).toBe(false)
  } finally {
    rmSync(waiting)
    writeFileSync(settings, saved)
  }
  expect((await ensure()).adopted).toBe(false)
})

test('a server that its own files keep from starting is tried once, and its own line is reported', async () => {
  await (await ensure()).stop()
  servers.splice(0)
  const log = () => readFileSync(path.join(dataDir, 'postgres.log'), 'utf8')
  for (const [name, line, reported] of [
    [
      'postgresql.conf',
      'shared_buffers = lots',
      /LOG: +invalid value for parameter "shared_buffers": "lots" \/ .*FATAL: /,
    ],
    ['postgresql.conf', `shared_preload_libraries = 'nope'`, /FATAL: +could not access file "nope": No such file/],
    ['pg_hba.conf', 'nonsense', /invalid connection type "nonsense"/],
  ] as const) {
    const file = path.join(data, name)
    const saved = readFileSync(file, 'utf8')
    const before = log().length
    writeFileSync(file, `${saved}\n${line}\n`)
    await expect(ensure()).rejects.toThrow(reported)
    expect(
      log()
        .slice(before)
        .match(/FATAL: /g),
    ).toHaveLength(1)
    writeFileSync(file, saved)
  }
  expect((await ensure()).adopted).toBe(false)
})

test.each(['postgres.log', 'postgres.owner'])(
  '%s that cannot be written is named, and no server is left',
  async (name) => {
    const file = path.join(dataDir, name)
    rmSync(file)
    mkdirSync(file)
    const fault = `EISDIR: illegal operation on a directory, open '${file}'`
    await expect(ensure()).rejects.toThrow(new DatabaseUnavailable(`POSTROOM_DATA_DIR cannot be used: ${fault}`))
    // The kernel takes the memory of a process that ends a moment before its folder.
    await expect.poll(() => workingIn(data)).toEqual([])
    rmSync(file, { recursive: true })
    writeFileSync(file, '')
  },
)

test('a lost password is said, not papered over', async () => {
  const password = path.join(dataDir, 'postgres.password')
  const savedPassword = readFileSync(password)
  rmSync(password)
  await expect(ensure()).rejects.toThrow(/postgres\.password is missing/)
  writeFileSync(password, savedPassword, { mode: 0o600 })
})

test('no secret of ours is in the environment of the server, and no setting for its programs', () => {
  expect(Object.keys(cleanEnvironment())).toEqual(['PATH', 'SystemRoot', 'TZ', 'LC_ALL', 'NODE_ENV'])
})

describe.runIf(process.getuid?.() === 0)('B as root', () => {
  const uidOf = (pid: number): string => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''

  test('the server runs as an unprivileged user', async () => {
    await ensure()
    expect(uidOf(serverPid())).not.toBe('0')
    expect(statSync(path.join(dataDir, 'postgres.password')).uid).toBe(0)
  })

  test('a user that the system does not know is refused in one line with what to do, and nothing half made is left', async (context) => {
    context.skip(runAsFor([postgresBin() ?? '', home]).kind !== 'user', 'other users may not read this checkout')
    const folder = path.join(home, 'unknown-user')
    mkdirSync(path.join(folder, 'postgres'), { recursive: true })
    chownSync(path.join(folder, 'postgres'), 54_321, 54_321)
    const refused = await ensure(folder).catch((thrown: unknown) => thrown)
    expect(refused).toBeInstanceOf(DatabaseUnavailable)
    expect(String(refused)).toMatch(
      /ID 54321: user does not exist\. Add this user to \/etc\/passwd, or use DATABASE_URL$/,
    )
    expect(readdirSync(folder).filter((name) => name.startsWith('postgres.making'))).toEqual([])
  })

  test('below a folder that only root may enter it runs in a user namespace', async () => {
    const closed = path.join(home, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const server = await ensure(path.join(closed, 'data'))
    expect(await askServer(server.url, 5_000)).toMatchObject({ ok: true })
    expect(statSync(path.join(closed, 'data/postgres')).uid).toBe(0)
  })
})
