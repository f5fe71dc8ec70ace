/** Logs a failure of proxy.ts and sees to it that the answer shows the number under which it is logged. */
export type FailureHandler = (
  error: unknown,
  request: { method: string; path: string; headers: Record<string, string> },
) => void

const HANDLER = Symbol.for('postroom.failure-handler')
const global = globalThis as { [HANDLER]?: FailureHandler }

/** Left by the start where the proxy finds it, as the refusal keeper is: the framework announces no failure of a proxy. */
export function setFailureHandler(handler: FailureHandler): void {
  global[HANDLER] = handler
}

export const failureHandler = (): FailureHandler | undefined => global[HANDLER]
