/** N-12: five minutes until the final dot, then ten, which is what a server may take over it (RFC 5321 §4.5.3.2.6). */
export const DEADLINES = { toDotMs: 5 * 60_000, afterDotMs: 10 * 60_000 } as const
export type Deadlines = { readonly [key in keyof typeof DEADLINES]: number }

/** One delivery's time. `signal` ends the attempt; `clear` when it is over. */
export function startDeadline({ toDotMs, afterDotMs }: Deadlines, end: AbortSignal) {
  const late = new AbortController()
  const abort = () => late.abort()
  let timer = setTimeout(abort, toDotMs)
  end.addEventListener('abort', abort, { once: true })
  if (end.aborted) abort()
  return {
    signal: late.signal,
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
