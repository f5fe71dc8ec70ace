import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { UNFINISHED } from './write'

/** Automatic backups: before a migration changes the database, and before a restore replaces it. */
export type KeptKind = 'before-migration' | 'before-restore'

/** Backups of each kind. Older ones are removed once a newer one is complete. */
export const BACKUPS_KEPT = 3
const KEPT_ENDING = '.postroom-backup'

/** A name for a new one in the data directory, whose folder is made if it can be. Names of one kind sort by time. */
export function keptFile(dataDir: string, kind: KeptKind, now: Date): string {
  const name = `${kind}-${now.toISOString().replaceAll(/[-:.]/g, '')}${KEPT_ENDING}`
  // The owner of the data directory could put a link in the place of the folder, which may lead to one of root's.
  if (process.getuid?.() === 0 && statSync(dataDir).uid !== 0) return path.join(dataDir, name)
  const folder = path.join(dataDir, 'backups')
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true })
    if (lstatSync(folder).isDirectory()) chmodSync(folder, 0o700) // not what a link leads to
  } catch {
    // The write that follows reports the reason.
  }
  return path.join(folder, name)
}

/** Removes all of a kind but the one that was just written, which may have an earlier time if the clock was ahead, and the newest others. */
export function forgetOldest(written: string, kind: KeptKind): void {
  const folder = path.dirname(written)
  const older = readdirSync(folder).filter(
    (name) => name.startsWith(kind) && name.endsWith(KEPT_ENDING) && name !== path.basename(written),
  )
  for (const name of older.sort().slice(0, 1 - BACKUPS_KEPT)) rmSync(path.join(folder, name))
}

/**
 * Removes what killed starts and restores left of theirs next to `file`: each would take as much of the disk as the database. Only for who
 * holds the migration lock, so that none of them is being written.
 */
export function forgetUnfinished(file: string): void {
  const folder = path.dirname(file)
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && /^before-(migration|restore)-/.test(entry.name) && entry.name.endsWith(UNFINISHED))
      rmSync(path.join(folder, entry.name))
}
