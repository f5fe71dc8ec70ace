import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { syncFolder } from '../kernel/sync-folder'

/**
 * A file only its owner reads, whole or not there: two starts at once agree on the first one's content, and a power cut
 * leaves no half secret.
 *
 * @returns what is in the file now, and whether this call made it.
 */
export function keepPrivateFile(file: string, make: () => string): { content: string; isNew: boolean } {
  if (existsSync(file)) return { content: readFileSync(file, 'utf8'), isNew: false }
  const draft = `${file}.${randomUUID()}`
  writeDurably(draft, make())
  try {
    linkSync(draft, file)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    return { content: readFileSync(file, 'utf8'), isNew: false }
  } finally {
    rmSync(draft)
  }
  syncFolder(path.dirname(file))
  return { content: readFileSync(file, 'utf8'), isNew: true }
}

export function writeDurably(file: string, content: string): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, content)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
