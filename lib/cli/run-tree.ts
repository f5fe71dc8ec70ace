import { once } from 'node:events'
import type { Halt, Tree } from '../host/start'
import type { CommandContext, ExitCode } from './context'
import { UsageFault } from './usage-fault'

/** One Ctrl-C may arrive twice: from the terminal, and from npm, which passes it on. */
const SAME_PRESS_MS = 500
/** How long the last lines may wait for a reader of our output. One that has stopped reading must not keep this process running. */
const LAST_LINES_MS = 1_000

/**
 * Starts a process tree and keeps it running until a signal, until a member has died too often, or until our output is closed, as with
 * `postroom start | head`. The first signal drains, also during the start. A later one ends the drain. However many signals arrive, the
 * stop completes, so that no process and no folder is left.
 */
export async function runTree(context: CommandContext, start: (halt: Halt) => Promise<Tree>): Promise<void> {
  const { StartRefused } = await import('../host/start')
  const { DatabaseUnavailable } = await import('../host/database-unavailable')
  try {
    context.exit(await untilStopped(start, context.say))
    process.exitCode = 0 // lines of the log that could not be written are no fault of the tree
  } catch (thrown) {
    if (thrown instanceof StartRefused) throw new UsageFault(thrown.message)
    if (!(thrown instanceof DatabaseUnavailable)) throw thrown
    context.say(`postroom: ${thrown.message}`)
    context.exit(1)
  } finally {
    setTimeout(() => process.exit(), LAST_LINES_MS).unref()
  }
}

async function untilStopped(start: (halt: Halt) => Promise<Tree>, say: (line: string) => void): Promise<ExitCode> {
  const stop = new AbortController()
  const force = new AbortController()
  let firstSignalAt: number | null = null
  let unheard = false
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') return // as on a full disk, which must not keep mail from being sent
      unheard = true
      stop.abort()
    })
  const onSignal = (): void => {
    if (firstSignalAt === null) {
      firstSignalAt = performance.now()
      say('Stopping … (a few seconds)')
      stop.abort()
    } else if (performance.now() - firstSignalAt > SAME_PRESS_MS && !force.signal.aborted) {
      say('Stopping without waiting for work in progress …')
      force.abort()
    }
  }
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, onSignal)
  let tree: Tree
  try {
    tree = await start({ stop: stop.signal, force: force.signal })
  } catch (thrown) {
    if (stop.signal.aborted) return unheard ? 1 : 0
    throw thrown
  }
  if (!stop.signal.aborted) await Promise.race([once(stop.signal, 'abort'), tree.failed])
  const failed = !stop.signal.aborted
  await tree.stop()
  return failed || unheard ? 1 : 0
}
