/**
 * Calls `then` once when the process that started this one has ended, even if it ended before this call. Without a channel to that
 * process (a console started by hand) `then` is never called. Waiting does not keep this process alive.
 */
export function whenStarterGone(then: () => void): void {
  if (process.connected === false) return void setImmediate(then)
  process.once('disconnect', then)
  process.channel?.unref()
}

/** Says why this process cannot start, and lets it end. */
export function refuseToStart(name: 'listener' | 'worker', why: string): void {
  process.stderr.write(`postroom ${name}: ${why}\n`)
  process.exitCode = 1
  process.disconnect?.()
}
