/**
 * Calls `then` once when the process that started this one is gone, also when it went before anybody could listen. Without a
 * channel from it (a console started by hand) it never does. The wait keeps no process up.
 */
export function whenStarterGone(then: () => void): void {
  if (process.connected === false) return void setImmediate(then)
  process.once('disconnect', then)
  process.channel?.unref()
}
