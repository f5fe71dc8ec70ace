import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import type { Logger } from '../kernel'
import { type ChildPlan, keepRunning } from './child'
import { isAlive } from './process-table'
import { TURNS_AWAY } from './turns-away'

const never = new AbortController().signal
const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function plan(script: string): { plan: ChildPlan; lines: AsyncIterableIterator<string> } {
  const output = new PassThrough()
  const planned = { name: 'test', args: ['-e', script], variables: process.env, cwd: '/', output }
  async function* lines(): AsyncIterableIterator<string> {
    for await (const chunk of output) yield* String(chunk).trim().split('\n')
  }
  return { plan: planned, lines: lines() }
}
const nextPid = async (lines: AsyncIterableIterator<string>): Promise<number> =>
  JSON.parse((await lines.next()).value ?? '{}').pid

test('what dies is started again, as a new process', async () => {
  const { plan: planned, lines } = plan(
    'console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
  )
  const member = keepRunning(planned, quiet, () => {})
  const first = await nextPid(lines)
  process.kill(first, 'SIGKILL')
  const second = await nextPid(lines)
  expect(second).not.toBe(first)
  await member.stop(5_000, never)
  expect([first, second].map(isAlive)).toEqual([false, false])
})

test('F-60 W-14 a process whose event loop is blocked does not answer, and is killed and started again, however often, and one that answers is left alone', async () => {
  const { plan: planned, lines } = plan(
    `require("http").createServer((request, response) => {
      if (request.url === "/block") for (;;);
      response.end()
    }).listen(0, "127.0.0.1", function () {
      console.log(JSON.stringify({ pid: process.pid, port: this.address().port })) })`,
  )
  let port = 0
  let patienceMs = 5_000
  let checks = 0
  const answers = async () => {
    checks += 1
    if (port === 0) return true // it is starting, which takes its time on a busy machine
    const signal = AbortSignal.timeout(patienceMs)
    return fetch(`http://127.0.0.1:${port}/`, { signal }).then(
      (answer) => answer.ok,
      () => false,
    )
  }
  const next = async () => JSON.parse((await lines.next()).value ?? '{}') as { pid: number; port: number }
  const onAbandoned = vi.fn()
  const member = keepRunning({ ...planned, answers }, quiet, onAbandoned, { checkMs: 20, waitMs: 1 })
  for (let round = 0; round < 7; round++) {
    const first = await next()
    port = first.port
    if (round === 0) {
      const before = checks
      await vi.waitUntil(() => checks > before + 8, { timeout: 15_000 })
      expect(isAlive(first.pid)).toBe(true)
    }
    port = first.port
    void fetch(`http://127.0.0.1:${port}/block`).catch(() => {})
    patienceMs = 20
    await vi.waitUntil(() => !isAlive(first.pid), { timeout: 15_000 })
    port = 0
    patienceMs = 5_000
  }
  const last = await next()
  expect(isAlive(last.pid)).toBe(true)
  expect(onAbandoned).not.toHaveBeenCalled()
  await member.stop(5_000, never)
})

test('W-14 a process that turns the question away because it has too many connections is left alone', async () => {
  const { plan: planned, lines } = plan(
    `console.log(JSON.stringify({ pid: process.pid })); process.on("SIGTERM", () => process.exit());
     setInterval(() => process.send(${JSON.stringify(TURNS_AWAY)}), 5)`,
  )
  let checks = 0
  const answers = async () => {
    checks += 1
    return false
  }
  const member = keepRunning({ ...planned, answers }, quiet, () => {}, { checkMs: 200, waitMs: 1 })
  const pid = await nextPid(lines)
  const before = checks
  await vi.waitUntil(() => checks > before + 8, { timeout: 15_000 })
  expect(isAlive(pid)).toBe(true)
  await member.stop(5_000, never)
})

test('W-14 a process that misses five checks in a row and then answers is left alone', async () => {
  const { plan: planned, lines } = plan(
    'console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
  )
  let checks = 0
  const answers = async () => ++checks % 6 === 0
  const error = vi.fn()
  const member = keepRunning({ ...planned, answers }, { ...quiet, error }, () => {}, { checkMs: 5 })
  const pid = await nextPid(lines)
  await vi.waitUntil(() => checks > 30, { timeout: 15_000 })
  expect(isAlive(pid)).toBe(true)
  expect(error).not.toHaveBeenCalled()
  await member.stop(5_000, never)
})

test('what cannot live is tried again after pauses that double, and then given up', async () => {
  const starts: string[] = []
  const { plan: planned, lines } = plan('console.log("{}"); process.exit(3)')
  const collecting = (async () => {
    for await (const line of lines) starts.push(line)
  })()
  const pauses: unknown[] = []
  const log: Logger = { ...quiet, warn: (_, fields) => pauses.push(fields?.ms) }
  await new Promise<void>((resolve) => keepRunning(planned, log, resolve, { waitMs: 1 }))
  planned.output?.end()
  await collecting
  expect(starts).toHaveLength(6)
  expect(pauses).toEqual([1, 2, 4, 8, 16])
})

test('what others must not end with is started again however often it crashes', async () => {
  const { plan: planned, lines } = plan('console.log(JSON.stringify({ pid: process.pid })); process.exit(3)')
  const member = keepRunning(planned, quiet, null, { waitMs: 1 })
  const pids = new Set<number>()
  for (let start = 0; start < 8; start++) pids.add(await nextPid(lines))
  expect(pids.size).toBe(8)
  await member.stop(5_000, never)
})

test('R-15 what ends in order, as a worker does each time the clock was set back, is started again however often, after the first pause each time', async () => {
  const { plan: planned, lines } = plan('console.log(JSON.stringify({ pid: process.pid }))')
  const onAbandoned = vi.fn()
  const pauses = new Set<unknown>()
  const error = vi.fn()
  const log: Logger = { ...quiet, warn: (_, fields) => pauses.add(fields?.ms), error }
  const member = keepRunning(planned, log, onAbandoned, { waitMs: 10 })
  const pids = new Set<number>()
  for (let start = 0; start < 8; start++) pids.add(await nextPid(lines))
  expect(pids.size).toBe(8)
  expect(onAbandoned).not.toHaveBeenCalled()
  expect([...pauses]).toEqual([10])
  expect(error).not.toHaveBeenCalled()
  await member.stop(5_000, never)
})

test('R-11 one that ends in time is not reported as late afterwards', async () => {
  const { plan: planned, lines } = plan(
    'process.on("SIGTERM", () => process.exit()); console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
  )
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const warn = vi.fn()
    const member = keepRunning(planned, { ...quiet, warn }, () => {})
    await nextPid(lines)
    await member.stop(5_000, never)
    vi.advanceTimersByTime(10_000)
    expect(warn).not.toHaveBeenCalled()
  } finally {
    vi.useRealTimers()
  }
})

test('R-11 it is asked to end, and is killed when it does not in time', async () => {
  const { plan: planned, lines } = plan(
    'process.on("SIGTERM", () => {}); console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
  )
  const member = keepRunning(planned, quiet, () => {})
  const pid = await nextPid(lines)
  await member.stop(50, never)
  expect(isAlive(pid)).toBe(false)
})

test('R-11 it is killed at once when the stop must hurry, before or while it is asked to end', async () => {
  for (const hurriesFirst of [true, false]) {
    const { plan: planned, lines } = plan(
      'process.on("SIGTERM", () => {}); console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
    )
    const member = keepRunning(planned, quiet, () => {})
    const pid = await nextPid(lines)
    const force = new AbortController()
    if (hurriesFirst) force.abort()
    const stopped = member.stop(60_000, force.signal)
    force.abort()
    await stopped
    expect(isAlive(pid)).toBe(false)
  }
})

test('stopping while it waits to be started again starts nothing', async () => {
  const { plan: planned, lines } = plan('console.log(JSON.stringify({ pid: process.pid })); process.exit(1)')
  const member = keepRunning(planned, quiet, () => {})
  const pid = await nextPid(lines)
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
  await member.stop(1_000, never)
  planned.output?.end()
  expect((await lines.next()).done).toBe(true)
})
