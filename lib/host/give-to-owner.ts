import { fchownSync, fstatSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { throughNoLink } from '../kernel/durable-files'

/**
 * Gives what a command of root has made in the data directory of another user, such as that of a service, to that user, who could not read
 * it. Never what a link there leads to, a hard link included, because that user may have made the link.
 */
export function giveToOwner(dataDir: string): void {
  const { uid, gid } = statSync(dataDir)
  if (process.getuid?.() !== 0 || uid === 0) return
  for (const entry of readdirSync(dataDir, { withFileTypes: true }))
    if (entry.isFile())
      throughNoLink(path.join(dataDir, entry.name), 'read', (handle) => {
        const file = fstatSync(handle)
        if (file.uid === 0 && file.nlink === 1) fchownSync(handle, uid, gid)
      })
}
