/**
 * Runs `task` with a signal that ends with the caller's, or after `ms` if that is sooner. Timer and listener are removed with the
 * task. (`AbortSignal.any` over `AbortSignal.timeout` may be collected before it fires on Node 20.)
 */
export async function withLimit<T>(signal: AbortSignal, ms: number, task: (limit: AbortSignal) => Promise<T>) {
  const controller = new AbortController()
  const end = () => controller.abort()
  const timer = setTimeout(end, ms)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
