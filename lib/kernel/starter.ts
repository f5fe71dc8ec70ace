/** Calls `then` once when the process that started this one has ended, or had before. Without a channel to it `then` is never called. */
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
