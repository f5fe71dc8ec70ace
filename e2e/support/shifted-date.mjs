/*
 * A clock that a test sets. NODE_OPTIONS loads it into each process of a deployment under test, so that the product knows nothing of it.
 * The file that E2E_CLOCK names has eight bytes: by how many milliseconds the `Date` of the console is ahead (or behind, below zero). It is read for each use
 * (1 µs), so a change counts at once.
 *
 * The worker and the listener keep the real time: they compare theirs with PostgreSQL's now() when mail is due and who holds it, and
 * remember times that are still to come, which a clock that is set back would put far away.
 */
import { openSync, readSync } from 'node:fs'

if (process.argv[1]?.endsWith('server.js')) shiftDate(openSync(process.env.E2E_CLOCK ?? '', 'r'))

/** @param {number} file */
function shiftDate(file) {
  const ahead = new Float64Array(1)
  const realNow = Date.now
  const now = () => {
    readSync(file, ahead, 0, ahead.byteLength, 0)
    return realNow() + (ahead[0] ?? 0)
  }
  const Shifted = new Proxy(Date, {
    construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now()] : args, as),
    apply: (target) => new target(now()).toString(),
  })
  Date.now = now
  Date.prototype.constructor = Shifted
  globalThis.Date = Shifted
}
