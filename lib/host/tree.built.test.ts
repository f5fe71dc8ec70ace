import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pressUntilEnded, processesOf } from '../../e2e/support/process'
import { readEnvironment } from '../config/environment'
import { projectRoot } from '../db/project-root'
import type { LocalisedCaller } from '../i18n/locale'
import type { RawFields } from '../mail-server'
import { createServices, type Services } from '../services/create'
import { freePort } from './embedded-postgres'
import { commandLineOf, isAlive, readPostmasterFile } from './process-table'

/**
 * The real tree of the production build, started by the real command: `npm run build`, then `BUILT=1 npx vitest run built`.
 * `SOAK=1` kills the whole tree during saves twenty times instead of once.
 */
const ROUNDS = process.env.SOAK ? 20 : 1
const root = projectRoot()

/** Several starts of a whole tree on a busy machine. */
vi.setConfig({ testTimeout: 180_000 })

let home: string
let port: number
let trees: Started[]
/** Holds the data of a deployment that has run once, as soon as there is one. */
let once: string

interface Started {
  child: ChildProcess
  /** Everything on standard error so far. */
  said(): string
  ended: Promise<number | null>
}

beforeAll(() => {
  if (!existsSync(path.join(root, 'dist/.built'))) throw new Error('there is no build: npm run build')
  once = mkdtempSync(path.join(os.tmpdir(), 'postroom-once-'))
})
afterAll(() => rmSync(once, { recursive: true, force: true }))
beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-tree-'))
  port = await freePort()
  trees = []
})
afterEach(async () => {
  await killAll()
  await Promise.all(trees.map(({ ended }) => ended))
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

/** Where a test is not about the first start, it begins with this data: making it costs as much as the rest of a start. */
function hasRunOnce(): void {
  if (existsSync(path.join(once, 'data'))) cpSync(path.join(once, 'data'), path.join(home, 'data'), { recursive: true })
}

const variables = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  PORT: String(port),
  POSTROOM_DATA_DIR: path.join(home, 'data'),
  ...more,
})

function start(
  args: string[] = ['start'],
  more: Record<string, string> = {},
  log: 'ignore' | 'pipe' = 'ignore',
  within: readonly string[] = [],
): Started {
  const [file = process.execPath, ...all] = [...within, process.execPath, path.join(root, 'bin/postroom'), ...args]
  const child = spawn(file, all, {
    cwd: home, // a developer's own .env in the checkout is not read
    env: variables(more) as NodeJS.ProcessEnv,
    stdio: ['ignore', process.env.TREE_LOG ? 'inherit' : log, 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const started = { child, said: () => said, ended }
  trees.push(started)
  return started
}

async function ready(started: Started, sign = 'is ready'): Promise<void> {
  while (!started.said().includes(sign)) {
    if (started.child.exitCode !== null) throw new Error(`it did not start: ${started.said()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** From /proc: pid → parent. */
function parents(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return new Map(
    pids.flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')
        return [[Number(pid), Number(stat.split(' ')[1])] as const]
      } catch {
        return []
      }
    }),
  )
}

function family(pid: number): number[] {
  const all = parents()
  const family = [pid]
  for (const member of family) for (const [child, parent] of all) if (parent === member) family.push(child)
  return family
}

/** SIGKILL for the whole tree at once, the database and its workers included; again for those that started in the meantime. */
async function killAll(): Promise<void> {
  for (;;) {
    const members = processesOf(home).filter(isAlive)
    if (members.length === 0) return
    for (const pid of members) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // gone already
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const get = async (route: string, headers: Record<string, string> = {}): Promise<number> => {
  const answer = await fetch(`http://localhost:${port}${route}`, { headers, redirect: 'manual' })
  await answer.body?.cancel()
  return answer.status
}

const NOBODY = 65_534
const AS_NOBODY = [
  ...['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs'],
  ...['--inh-caps=-all', '--bounding-set=-all'],
]
/** In its own view of the files, where all but one folder is read-only; as in a container without a right and with a read-only root. */
const withoutRights = (writable: string): string[] => [
  ...['unshare', '--mount', 'sh', '-ec'],
  'mount --bind "$1" "$1"; mount --bind "$2" "$2"; mount -o remount,bind,ro "$2"; mount -o remount,bind,ro /; shift 2; exec "$@"',
  ...['sh', writable, root, ...AS_NOBODY],
]
const canTakeRights =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'true']).status === 0 &&
  spawnSync(AS_NOBODY[0] ?? '', [...AS_NOBODY.slice(1), 'test', '-r', path.join(root, 'bin/postroom')]).status === 0

/** P-05: none of its processes has a right. */
function expectNoRights(members: readonly number[]): void {
  for (const status of members.map((pid) => readFileSync(`/proc/${pid}/status`, 'utf8'))) {
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(String(NOBODY))
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toMatch(/^0+$/)
    expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1')
  }
}

/** The variables with a secret, or the place of one, that the process has: the listener knows the address of the database alone. */
function secretsNamedTo(members: readonly number[], script: string): string[] {
  const pid = members.find((member) => commandLineOf(member)?.includes(script))
  const names = readFileSync(`/proc/${pid}/environ`, 'utf8').match(/(?<=^|\0)[^=\0]+(?==)/g) ?? []
  return names.filter((name) => /SECRET|KEYS|TOKEN|OWNER/.test(name))
}

const P_05 =
  'P-05 as another user, without capabilities or new privileges, writing nowhere but in its data directory and the temporary one'

describe('postroom start', () => {
  // Where rights can be taken away the first start is without them; the start after an interrupted one has them.
  if (!canTakeRights) test.skip(P_05)
  test(`${canTakeRights ? `${P_05}: ` : ''}R-11 R-23 starts from nothing, is ready when it names the link for the first administrator, and SIGTERM ends all of it with exit code 0`, async () => {
    const token = 'metrics-token-of-a-test'
    const within = canTakeRights ? withoutRights(home) : []
    if (canTakeRights) chownSync(home, NOBODY, NOBODY)
    const more = {
      POSTROOM_METRICS_TOKEN: token,
      POSTROOM_SUBMISSION_PORTS: `starttls=${await freePort()}`,
      TMPDIR: home,
    }
    const tree = start(['start'], more, 'ignore', within)
    const link = `http://localhost:${port}/setup?token=`
    await ready(tree, link)
    expect(await get(/\/setup\?token=[\w-]+/.exec(tree.said())?.[0] ?? '')).toBe(200)
    expect(tree.said().split(link)[0]).toContain('Postroom is ready')
    expect(await Promise.all(['/health/live', '/health/ready'].map((route) => get(route)))).toEqual([200, 200])
    expect(await get('/metrics')).toBe(401)
    expect(await get('/metrics', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await get('/metrics', { authorization: `Bearer ${token}` })).toBe(200)

    const page = await fetch(`http://localhost:${port}/sign-in`, { redirect: 'manual' })
    await page.body?.cancel()
    expect(page.status).toBeLessThan(400)

    const members = family(tree.child.pid ?? 0)
    expect(members.length).toBeGreaterThanOrEqual(4)
    if (canTakeRights) expectNoRights(members)
    expect(secretsNamedTo(members, 'worker.mjs')).not.toEqual([])
    expect(secretsNamedTo(members, 'listener.mjs')).toEqual([])
    tree.child.kill('SIGTERM')
    expect(await tree.ended).toBe(0)
    expect(members.filter(isAlive)).toEqual([])
    cpSync(path.join(home, 'data'), path.join(once, 'data'), { recursive: true })
  })

  test.each([
    [{ POSTROOM_SECOND_FACTOR: 'never' }, /^postroom: POSTROOM_SECOND_FACTOR must be one of/],
    [{ POSTROOM_TYPO: 'x' }, /^postroom: POSTROOM_TYPO is not a known variable/],
    [{ POSTROOM_BASE_URL: 'http://mail.contoso.example' }, /^postroom: POSTROOM_BASE_URL must begin with https/],
  ])('%j: one line, exit code 2', async (more, line) => {
    const tree = start(['start'], more as Record<string, string>)
    expect(await tree.ended).toBe(2)
    expect(tree.said().trim().split('\n').at(-1)).toMatch(line)
  })

  test('R-11 SIGTERM in the middle of the start ends it cleanly; on the port of the next start another one prints one line, exits with 2 and does no harm; when the host alone is killed, console and worker follow; the next start adopts the database, names a key file that is missing, and on Ctrl-C, pressed many times, waits no longer for a worker that does not end', async () => {
    const interrupted = start()
    while (!existsSync(path.join(home, 'data/postgres/postmaster.pid')))
      await new Promise((resolve) => setTimeout(resolve, 5))
    interrupted.child.kill('SIGTERM')
    expect(await interrupted.ended).toBe(0)
    expect(existsSync(path.join(home, 'data/postgres/postmaster.pid'))).toBe(false)

    const tree = start()
    await ready(tree)
    // Without a token there are none.
    expect(await get('/metrics')).toBe(404)
    const second = start()
    expect(await second.ended).toBe(2)
    expect(second.said().trim()).toBe(`postroom: PORT ${port} is in use by another program`)
    expect(await get('/health/ready')).toBe(200)
    const members = family(tree.child.pid ?? 0)
    const postmaster = readPostmasterFile(path.join(home, 'data/postgres'))?.pid ?? 0
    tree.child.kill('SIGKILL')
    await tree.ended
    const processes = members.filter((pid) => !family(postmaster).includes(pid))
    while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isAlive(postmaster)).toBe(true)

    const keysFile = path.join(home, 'data/keys')
    rmSync(keysFile)
    const next = start()
    await ready(next)
    expect(next.said()).toContain(`Warning: POSTROOM_KEYS_FILE does not exist: ${keysFile}; without it stored secrets`)
    process.kill(processesOf(home).find((pid) => commandLineOf(pid)?.includes('worker.mjs')) ?? 0, 'SIGSTOP')
    expect(await pressUntilEnded(next.child, next.ended)).toBe(0)
    expect(next.said()).toContain('Stopping without waiting for work in progress …')
    expect(isAlive(postmaster)).toBe(false)
    expect(processesOf(home)).toEqual([])
    expect(existsSync(path.join(home, 'data/postgres/postmaster.pid'))).toBe(false)
  })

  test('R-11 a host that is killed before console and worker listen leaves neither of them behind', async () => {
    hasRunOnce()
    const tree = start()
    let members: number[] = []
    while (members.length < 2) {
      members = family(tree.child.pid ?? 0).filter((pid) => /server\.js|worker\.mjs/.test(commandLineOf(pid) ?? ''))
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    tree.child.kill('SIGKILL')
    await tree.ended
    while (members.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isAlive(readPostmasterFile(path.join(home, 'data/postgres'))?.pid ?? 0)).toBe(true)
  })

  test('R-10 R-11 a full pipe for all output, which nothing reads, keeps it neither from restarting a worker nor from its end', async () => {
    hasRunOnce()
    const pipe = path.join(home, 'pipe')
    spawnSync('mkfifo', [pipe])
    const full = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
    expect(() => {
      for (;;) writeSync(full, 'x')
    }).toThrow('EAGAIN')
    const tree = start(['start'], {}, 'ignore', ['sh', '-c', 'exec "$@" >"$0" 2>&1', pipe])
    await expect.poll(() => get('/health/ready').catch(() => 0), { timeout: 60_000 }).toBe(200)
    const worker = () => processesOf(home).find((pid) => commandLineOf(pid)?.includes('worker.mjs')) ?? 0
    const first = worker()
    process.kill(first, 'SIGKILL')
    await expect.poll(() => ![0, first].includes(worker()), { timeout: 10_000 }).toBe(true)
    tree.child.kill('SIGTERM')
    expect(await tree.ended).toBe(0)
    closeSync(full)
  })
})

/** When it is ready: `e2e/demo.spec.ts`. */
describe('Ctrl-C, pressed many times', () => {
  const printed = async (started: Started, text: string): Promise<void> => {
    while (!started.said().includes(text)) {
      if (started.child.exitCode !== null) throw new Error(`it ended: ${started.said()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  test.each([
    ['while the simulator starts', async (demo: Started) => printed(demo, 'Starting a simulated')],
    ['while the database is made', async (demo: Started) => printed(demo, 'Starting database')],
  ])('leaves no process and no folder of demo %s', async (_moment, moment) => {
    const demo = start(['demo', '--json'], { TMPDIR: home })
    await moment(demo)
    expect(await pressUntilEnded(demo.child, demo.ended)).toBe(0)
    expect(demo.said()).toContain('Stopping … (a few seconds)')
    expect(processesOf(home)).toEqual([])
    expect(readdirSync(home)).toEqual([])
  })
})

describe(`R-02 R-14 kill -9 of the whole tree during saves, ${ROUNDS === 1 ? 'once' : `${ROUNDS} times`}`, () => {
  const caller: LocalisedCaller = {
    actor: { kind: 'command-line', user: 'test' },
    origin: { address: null, requestId: 'kill' },
    locale: 'en',
  }
  const fields = (name: string): RawFields => ({
    type: 'smtp',
    host: 'mail.contoso.example',
    port: '587',
    security: 'starttls',
    senderAddress: 'noreply@contoso.example',
    senderName: name,
    login: 'none',
  })

  function open(): Services {
    const dataDir = path.join(home, 'data')
    const password = readFileSync(path.join(dataDir, 'postgres.password'), 'utf8').trim()
    const databasePort = readPostmasterFile(path.join(dataDir, 'postgres'))?.port
    const read = readEnvironment({
      POSTROOM_DATA_DIR: dataDir,
      DATABASE_URL: `postgresql://postroom:${password}@127.0.0.1:${databasePort}/postroom`,
    })
    if (!read.ok) throw new Error(read.error.problem)
    return createServices({ ...read.value, logLevel: 'silent' })
  }

  async function save(services: Services, version: number, name: string): Promise<number> {
    const mailServer = await services.mailServers.default()
    const change = mailServer.parse(fields(name))
    if (!change.ok) throw new Error(JSON.stringify(change.error))
    const saved = await mailServer.save(caller, { change: change.value, version })
    if (!saved.ok) throw new Error(JSON.stringify(saved.error))
    return saved.value.version
  }

  /** What is stored is what was acknowledged, or one more, which was committed and not yet answered. @returns its version */
  async function expectWhole(services: Services, acknowledged: number): Promise<number> {
    const mailServer = await services.mailServers.default()
    const { rows } = await mailServer.revisions({ page: 1, size: 20 })
    const stored = rows[0]?.number ?? 0
    expect(stored).toBeGreaterThanOrEqual(acknowledged)
    expect(stored).toBeLessThanOrEqual(acknowledged + 1)
    const view = await mailServer.view()
    expect(view.version).toBe(stored)
    if (stored > 0) expect(view.fields.senderName).toBe(`save ${stored}`)
    expect(await services.audit.verify()).toMatchObject({ intact: true, events: stored })
    return stored
  }

  /** Saves until all is killed, after some time. @returns the version that was acknowledged last */
  async function saveUntilKilled(services: Services, stored: number, afterMs: number): Promise<number> {
    let acknowledged = await save(services, stored, `save ${stored + 1}`)
    let killing: Promise<void> | null = null
    setTimeout(() => {
      killing = killAll()
    }, afterMs)
    try {
      for (;;) acknowledged = await save(services, acknowledged, `save ${acknowledged + 1}`)
    } catch (thrown) {
      if (!killing) throw thrown // anything but the database going away
    }
    await killing
    return acknowledged
  }

  /** Every process but the host is killed, and the tree is ready again on another database process. */
  async function comesBack(tree: Started): Promise<void> {
    const postmaster = readPostmasterFile(path.join(home, 'data/postgres'))?.pid ?? 0
    for (const pid of family(tree.child.pid ?? 0).filter((member) => member !== tree.child.pid)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // a server's own worker, gone with it
      }
    }
    for (;;) {
      const status = await get('/health/ready').catch(() => 0)
      if (status === 200 && !isAlive(postmaster)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** The next start is clean. */
  async function startedAgain(acknowledged: number) {
    const tree = start(['start'], {}, 'pipe')
    tree.child.stdout?.resume()
    await ready(tree)
    const services = open()
    return { tree, services, stored: await expectWhole(services, acknowledged) }
  }

  test(
    'no acknowledged save is lost, none is half saved, the next start is clean; a console, a worker and a database that die come back; R-11 when its output is closed, the whole tree ends in order, with exit code 1',
    async () => {
      hasRunOnce()
      let acknowledged = 0
      for (let round = 1; round <= ROUNDS; round++) {
        const { tree, services, stored } = await startedAgain(acknowledged)
        acknowledged = await saveUntilKilled(services, stored, (round * 137) % 600)
        await tree.ended
        await services.db.$disconnect().catch(() => {})
      }
      expect(acknowledged).toBeGreaterThanOrEqual(ROUNDS)

      const { tree, services } = await startedAgain(acknowledged)
      await services.db.$disconnect()
      await comesBack(tree)
      const members = family(tree.child.pid ?? 0)
      const closedAt = performance.now()
      tree.child.stdout?.destroy()
      // The next one says that it runs.
      process.kill(members.find((pid) => commandLineOf(pid)?.includes('worker.mjs')) ?? 0, 'SIGKILL')
      expect(await tree.ended).toBe(1)
      // A server that could not start while processes of the killed one were left holds up no stop.
      expect(performance.now() - closedAt).toBeLessThan(30_000)
      expect(members.filter(isAlive)).toEqual([])
    },
    (ROUNDS + 2) * 60_000,
  )
})
