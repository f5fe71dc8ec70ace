import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'

/** Automatic backups: before a migration changes the database, and before a restore replaces it. */
export type KeptKind = 'before-migration' | 'before-restore'

/** Backups of each kind. Older ones are removed once a newer one is complete. */
export const BACKUPS_KEPT = 3
export const KEPT_ENDING = '.postroom-backup'

export const keptFolder = (dataDir: string): string => path.join(dataDir, 'backups')

/** A name for a new one in the data directory, whose folder is made if it can be. Names of one kind sort by time. */
export function keptFile(dataDir: string, kind: KeptKind, now: Date): string {
  let folder = keptFolder(dataDir)
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
    const entry = lstatSync(folder)
    // Not of a folder that a link leads to, which may be root's. Root follows its own links alone.
    if (entry.isDirectory()) chmodSync(folder, 0o700)
    else if (process.getuid?.() === 0 && entry.uid !== 0) folder = dataDir
  } catch {
    // The write that follows reports the reason.
  }
  return path.join(folder, `${kind}-${now.toISOString().replaceAll(/[-:.]/g, '')}${KEPT_ENDING}`)
}

/** Removes all of a kind but the one that was just written, which may have an earlier time if the clock was ahead, and the newest others. */
export function forgetOldest(written: string, kind: KeptKind): void {
  const folder = path.dirname(written)
  const older = readdirSync(folder).filter(
    (name) => name.startsWith(kind) && name.endsWith(KEPT_ENDING) && name !== path.basename(written),
  )
  for (const name of older.sort().slice(0, 1 - BACKUPS_KEPT)) rmSync(path.join(folder, name))
}
