import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Logger } from '../kernel/log'
import { type ChildPlan, keepRunning } from './child'
import { isAlive } from './process-table'

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
  const kept = keepRunning(planned, quiet, () => {})
  const first = await nextPid(lines)
  process.kill(first, 'SIGKILL')
  const second = await nextPid(lines)
  expect(second).not.toBe(first)
  await kept.stop(5_000, never)
  expect([first, second].map(isAlive)).toEqual([false, false])
})

test('what cannot live is given up, not tried for ever', async () => {
  const starts: string[] = []
  const { plan: planned, lines } = plan('console.log("{}"); process.exit(3)')
  const collecting = (async () => {
    for await (const line of lines) starts.push(line)
  })()
  await new Promise<void>((resolve) => keepRunning(planned, quiet, resolve, { waitMs: 1 }))
  planned.output?.end()
  await collecting
  expect(starts).toHaveLength(6)
})

test('R-11 it is asked to end, and is killed when it does not in time', async () => {
  const { plan: planned, lines } = plan(
    'process.on("SIGTERM", () => {}); console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
  )
  const kept = keepRunning(planned, quiet, () => {})
  const pid = await nextPid(lines)
  await kept.stop(50, never)
  expect(isAlive(pid)).toBe(false)
})

test('R-11 it is killed at once when the stop must hurry, before or while it is asked to end', async () => {
  for (const hurriesFirst of [true, false]) {
    const { plan: planned, lines } = plan(
      'process.on("SIGTERM", () => {}); console.log(JSON.stringify({ pid: process.pid })); setInterval(() => {}, 1000)',
    )
    const kept = keepRunning(planned, quiet, () => {})
    const pid = await nextPid(lines)
    const hurry = new AbortController()
    if (hurriesFirst) hurry.abort()
    const stopped = kept.stop(60_000, hurry.signal)
    hurry.abort()
    await stopped
    expect(isAlive(pid)).toBe(false)
  }
})

test('stopping while it waits to be started again starts nothing', async () => {
  const { plan: planned, lines } = plan('console.log(JSON.stringify({ pid: process.pid })); process.exit(1)')
  const kept = keepRunning(planned, quiet, () => {})
  const pid = await nextPid(lines)
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
  await kept.stop(1_000, never)
  planned.output?.end()
  expect((await lines.next()).done).toBe(true)
})
