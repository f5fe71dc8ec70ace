/** Logs a failure of proxy.ts and adds the number of the log line to the answer. */
export type FailureHandler = (
  error: unknown,
  request: { method: string; path: string; headers: Record<string, string> },
) => void

const HANDLER = Symbol.for('postroom.failure-handler')
const global = globalThis as { [HANDLER]?: FailureHandler }

/** Set at start, like the refusal handler, because Next.js reports no failure of a proxy. */
export function setFailureHandler(handler: FailureHandler): void {
  global[HANDLER] = handler
}

export const failureHandler = (): FailureHandler | undefined => global[HANDLER]
