import { processWide } from '../kernel/process-wide'

/** Logs a failure of proxy.ts and adds the number of the log line to the answer. */
type FailureHandler = (
  error: unknown,
  request: { method: string; path: string; headers: Record<string, string> },
) => void

/** Set at start, like the refusal handler, because Next.js reports no failure of a proxy. */
export const [failureHandler, setFailureHandler] = processWide<FailureHandler>('failure-handler')
