import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
/** A page that exists only during the test, since no page of the product may be edited while other tests read the sources. */
const PAGE_FOLDER = path.join(root, 'app/dev-test')
const WORKER_FILE = path.join(root, 'lib/worker/main.ts')
/** A busy machine compiles a page for the first time in that time. */
const SLOW = { timeout: 90_000, interval: 500 }
const TEST_MS = 300_000

let child: ChildProcess | null = null
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(PAGE_FOLDER, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Processes that were started with this value in their environment, whatever group they are in. */
const processesWith = (mark: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
      } catch {
        return false // it has ended, or is another user's
      }
    })

const writePage = (text: string): void =>
  writeFileSync(path.join(PAGE_FOLDER, 'page.tsx'), `export default function DevTest() {\n  return '${text}'\n}\n`)

// It compiles the console from source, which takes a minute or more, so it runs at full size only.
test.runIf(process.env.SOAK && process.platform === 'linux')(
  'npm run dev starts, shows an edited page, restarts the worker, and leaves nothing after Ctrl-C',
  async () => {
    const mark = `dev-test-${randomUUID()}`
    const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-dev-test-'))
    const port = await freePort()
    mkdirSync(PAGE_FOLDER)
    writePage('first text')
    const dev = spawn(process.execPath, ['--import', 'tsx', 'tools/dev.ts'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'development', TMPDIR: folder, PORT: String(port), DEV_TEST_MARK: mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = dev
    let output = ''
    for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
    const page = async (at: string) => (await fetch(`http://localhost:${port}${at}`)).text()
    const workersStarted = () => output.split('"event":"worker started"').length - 1

    await expect.poll(() => output, SLOW).toContain('Ctrl-C ends everything')
    expect(output).toContain(`http://localhost:${port}`)
    await expect.poll(() => page('/sign-in').catch(String), SLOW).toContain('Email address')

    await expect.poll(() => page('/dev-test').catch(String), SLOW).toContain('first text')
    writePage('second text')
    await expect.poll(() => page('/dev-test').catch(String), SLOW).toContain('second text')

    await expect.poll(workersStarted, SLOW).toBe(1)
    utimesSync(WORKER_FILE, new Date(), new Date())
    await expect.poll(workersStarted, SLOW).toBe(2)

    dev.kill('SIGINT')
    const [exitCode] = await once(dev, 'exit')
    expect(exitCode).toBe(0)
    await expect.poll(() => processesWith(mark), SLOW).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('postroom'))).toEqual([])
    rmSync(folder, { recursive: true })
  },
  TEST_MS,
)
