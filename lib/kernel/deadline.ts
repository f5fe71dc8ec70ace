/** Five minutes until the final dot, then the ten minutes that a server may take to answer it (RFC 5321 §4.5.3.2.6). */
export const DEADLINES = { toDotMs: 5 * 60_000, afterDotMs: 10 * 60_000 } as const
export type Deadlines = { readonly [key in keyof typeof DEADLINES]: number }

export type Deadline = ReturnType<typeof startDeadline>

/** Limits the time of one delivery attempt. `signal` ends the attempt; call `clear` when it is over. */
export function startDeadline({ toDotMs, afterDotMs }: Deadlines, end: AbortSignal) {
  const late = new AbortController()
  const abort = () => late.abort()
  let timer = setTimeout(abort, toDotMs)
  let endsMs = performance.now() + toDotMs
  end.addEventListener('abort', abort, { once: true })
  if (end.aborted) abort()
  return {
    signal: late.signal,
    /** Waits for something that is no part of the attempt, so its time does not count. Only `end` ends the wait. */
    async outside<T>(wait: () => Promise<T>): Promise<T> {
      clearTimeout(timer)
      const leftMs = endsMs - performance.now()
      const waited = await wait()
      endsMs = performance.now() + leftMs
      timer = setTimeout(abort, leftMs)
      return waited
    },
    finalDotSent() {
      clearTimeout(timer)
      timer = setTimeout(abort, afterDotMs)
    },
    clear() {
      clearTimeout(timer)
      end.removeEventListener('abort', abort)
    },
  }
}
