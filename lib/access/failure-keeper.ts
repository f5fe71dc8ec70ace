/** Logs a failure of proxy.ts and sees to it that the answer shows the number under which it is logged. */
export type FailureKeeper = (
  error: unknown,
  request: { method: string; path: string; headers: Record<string, string> },
) => void

const KEPT = Symbol.for('postroom.failure-keeper')
const global = globalThis as { [KEPT]?: FailureKeeper }

/** Left by the start where the proxy finds it, as the refusal keeper is: the framework announces no failure of a proxy. */
export function setFailureKeeper(keeper: FailureKeeper): void {
  global[KEPT] = keeper
}

export const failureKeeper = (): FailureKeeper | undefined => global[KEPT]
