import type { Instrumentation } from 'next'

/**
 * Once, before the first request. A console that cannot work ends here with exit code 1: if this threw, Next would stay up
 * and answer 500 to everything.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  // Whoever started us is gone: end in order, so that the next start finds its port free.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
  const { wiring } = await import('./lib/wiring')
  try {
    wiring()
  } catch (thrown) {
    process.stderr.write(`postroom console: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    process.exit(1)
  }
}

/** The page shows a number; the log has the rest under it (W-15). */
export const onRequestError: Instrumentation.onRequestError = async (error, request) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { wiring } = await import('./lib/wiring')
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : null
  const [path = ''] = request.path.split('?')
  wiring().log.error('request failed', { method: request.method, path, digest, error })
}
