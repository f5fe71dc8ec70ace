import type { Instrumentation } from 'next'

/** Once, before the first request. Only Node's runtime exists here; the check lets the bundler leave the rest out of others. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') (await import('./instrumentation-node')).register()
}

export const onRequestError: Instrumentation.onRequestError = async (error, request) => {
  if (process.env.NEXT_RUNTIME === 'nodejs') (await import('./instrumentation-node')).logFailure(error, request)
}
