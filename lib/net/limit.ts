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

/** Returns what `work` gives, or what `late` gives if the signal ends first. The outcome of abandoned work is ignored. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, late: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(late())
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
