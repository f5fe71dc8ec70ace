// What the disk alone takes for a commit: it says which of a bench's slow messages waited for the disk.
import { open, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** As the write-ahead log: whole pages over what the file has already. */
const PAGE = Buffer.alloc(8_192, 1)
const PAGES = 256
const EVERY_MS = 10

/** Writes a page and waits until it is on the disk, again and again until it is stopped. */
export async function watchDisk() {
  const file = path.join(os.tmpdir(), `postroom-bench-disk-${process.pid}`)
  const handle = await open(file, 'w')
  await handle.write(Buffer.alloc(PAGE.length * PAGES))
  await handle.sync()
  const syncs: { beganMs: number; endedMs: number }[] = []
  let isStopped = false
  const running = (async () => {
    while (!isStopped) {
      const beganMs = Date.now()
      await handle.write(PAGE, 0, PAGE.length, (syncs.length % PAGES) * PAGE.length)
      await handle.datasync()
      syncs.push({ beganMs, endedMs: Date.now() })
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  return {
    /** The longest time that a page took of those that were written between two times (of this machine's clock, in milliseconds). */
    slowestMs: (fromMs: number, untilMs: number): number =>
      Math.max(
        0,
        ...syncs.filter((it) => it.endedMs >= fromMs && it.beganMs <= untilMs).map((it) => it.endedMs - it.beganMs),
      ),
    async stop(): Promise<void> {
      isStopped = true
      await running
      await handle.close()
      await rm(file)
    },
  }
}
