import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../kernel'
import { passOutput } from './child-output'
import { TURNS_AWAY } from './turns-away'

/** A process that crashes is started again, but not without end. */
const RESTARTS_MAX = 5
/** Once a process has run for this long, its earlier crashes do not count any more. */
const STEADY_MS = 5 * 60_000
const RESTART_WAIT_MS = 1_000
const RESTART_WAIT_MAX_MS = 30_000
/** How often a process is asked. One that has not answered for a minute is blocked: it runs, but it does nothing. */
const CHECK_MS = 10_000
const MISSED_MAX = 6

export interface ChildPlan {
  name: string
  args: readonly string[]
  variables: NodeJS.ProcessEnv
  cwd: string
  /** Null for our own standard output. */
  output: Writable | null
  /** Whether it does its work, for a process that can be asked. */
  answers?: () => Promise<boolean>
}

/**
 * @param onGivenUp called once, when it has crashed too often; null for what is started again however often
 * @param intervals.waitMs first wait before a restart, which doubles with each crash after the first
 * @param intervals.checkMs time between two checks of `answers`
 */
export function keepRunning(
  plan: ChildPlan,
  log: Logger,
  onGivenUp: (() => void) | null,
  { waitMs: firstWaitMs = RESTART_WAIT_MS, checkMs = CHECK_MS } = {},
) {
  let child: ChildProcess | null = null
  let stopping = false
  let crashes = 0
  let pause: NodeJS.Timeout | null = null
  /** Killed because it did not answer. That takes a minute each time, so it does not count as one of the crashes. */
  let blocked: ChildProcess | null = null

  function start(): void {
    const startedAt = performance.now()
    const member = spawnMember(plan, log)
    child = member
    if (plan.answers) void watch(member, plan.answers)
    member.once('close', (exitCode, signal) => {
      child = null
      if (stopping) return
      // One that ends in order, as a worker does after the clock was set back, has not crashed.
      const hasCrashed = exitCode !== 0
      if (hasCrashed) log.error('process ended unexpectedly', { member: plan.name, exitCode, signal })
      if (member === blocked) return start()
      if (hasCrashed) crashes = performance.now() - startedAt > STEADY_MS ? 1 : crashes + 1
      if (onGivenUp && crashes > RESTARTS_MAX) {
        log.error('process ended too often and is not restarted', { member: plan.name, count: crashes })
        return onGivenUp()
      }
      const waitMs = Math.min(firstWaitMs * 2 ** Math.max(crashes - 1, 0), RESTART_WAIT_MAX_MS)
      log.warn('process is restarted', { member: plan.name, ms: waitMs, attempt: crashes })
      pause = setTimeout(start, waitMs)
    })
  }

  async function watch(it: ChildProcess, answers: () => Promise<boolean>): Promise<void> {
    let turnsAway = false
    it.on('message', (message) => {
      turnsAway ||= message === TURNS_AWAY
    })
    for (let missed = 0; missed < MISSED_MAX; ) {
      turnsAway = false
      const [answered] = await Promise.all([answers(), wait(checkMs, undefined, { ref: false })])
      if (it !== child || stopping) return
      if (!answered && turnsAway) log.warn('process rejects connections', { member: plan.name })
      missed = answered || turnsAway ? 0 : missed + 1
    }
    log.error('process does not respond and is killed', { member: plan.name, count: MISSED_MAX })
    blocked = it
    it.kill('SIGKILL')
  }

  start()
  return {
    /** Ends the process: by SIGTERM first, by SIGKILL after `graceMs` or when `force` aborts. Resolves when it has ended. */
    async stop(graceMs: number, force: AbortSignal): Promise<void> {
      stopping = true
      if (pause) clearTimeout(pause)
      if (child) await endProcess(child, plan.name, { graceMs, force, log })
    },
  }
}

/** Its output is never ours itself: a child makes a pipe that it shares block, and then a reader that stops reading stops us. */
export function spawnMember(plan: ChildPlan, log: Logger): ChildProcess {
  const child = spawn(process.execPath, [...plan.args], {
    cwd: plan.cwd,
    env: plan.variables,
    detached: process.platform !== 'win32', // Ctrl-C reaches only us, and we end the others in order
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
  })
  const output = plan.output ?? process.stdout
  for (const stream of [child.stdout, child.stderr]) if (stream) passOutput(plan.name, stream, output, log)
  log.debug('process started', { member: plan.name, reason: `pid ${child.pid}` })
  child.once('error', (error) => log.error('process could not be started', { member: plan.name, error }))
  return child
}

async function endProcess(
  child: ChildProcess,
  member: string,
  { graceMs, force, log }: { graceMs: number; force: AbortSignal; log: Logger },
): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve))
  const kill = () => child.kill('SIGKILL')
  const late = setTimeout(() => {
    log.warn('process did not stop in time and is killed', { member, ms: graceMs })
    kill()
  }, graceMs)
  child.kill('SIGTERM')
  force.addEventListener('abort', kill)
  if (force.aborted) kill()
  await ended
  clearTimeout(late)
  force.removeEventListener('abort', kill)
}
