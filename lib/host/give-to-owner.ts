import { lchownSync, lstatSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { KEPT_ENDING, keptFolder } from '../db/backup/retained'

/**
 * Gives what a command of root has made in the data directory of another user, such as that of a service, to that user, who could not read
 * it. Never what a link there leads to, a hard link included, because that user may have made the link.
 */
export function giveToOwner(dataDir: string): void {
  const { uid, gid } = statSync(dataDir)
  if (process.getuid?.() !== 0 || uid === 0) return
  const backups = keptFolder(dataDir)
  const filesIn = (folder: string, ending = ''): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && entry.name.endsWith(ending) ? path.join(folder, entry.name) : [],
    )
  const ours = lstatSync(backups, { throwIfNoEntry: false })?.isDirectory()
    ? [backups, ...filesIn(backups, KEPT_ENDING)]
    : []
  for (const file of [...filesIn(dataDir), ...ours]) {
    const entry = lstatSync(file)
    if (entry.uid === 0 && (entry.isDirectory() || entry.nlink === 1)) lchownSync(file, uid, gid)
  }
}
