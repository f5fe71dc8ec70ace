import type { Tree } from '../host/start'
import type { ExitCode } from './context'

/**
 * Starts a tree and keeps it until a signal, until a member died too often, or until nobody reads our output any more, as with
 * `postroom start | head`: what goes on then would go on unheard. The first signal drains, also in the middle of the start; the
 * second ends at once.
 */
export async function runTree(
  start: (signal: AbortSignal) => Promise<Tree>,
  onReady: (tree: Tree) => void,
  say: (line: string) => void,
): Promise<ExitCode> {
  const stop = new AbortController()
  let tree: Tree | null = null
  let unheard = false
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', () => {
      unheard = true
      stop.abort()
    })
  const heard = (): void => {
    if (stop.signal.aborted) {
      tree?.kill()
      process.exit(1)
    }
    say('Stopping …')
    stop.abort()
  }
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, heard)
  try {
    tree = await start(stop.signal)
  } catch (thrown) {
    if (stop.signal.aborted) return unheard ? 1 : 0
    throw thrown
  }
  onReady(tree)
  const asked = new Promise<'asked'>((resolve) => {
    if (stop.signal.aborted) resolve('asked')
    stop.signal.addEventListener('abort', () => resolve('asked'))
  })
  const end = await Promise.race([asked, tree.failed.then(() => 'failed' as const)])
  await tree.stop()
  return end === 'failed' || unheard ? 1 : 0
}
