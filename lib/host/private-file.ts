import { existsSync, linkSync, rmSync } from 'node:fs'
import path from 'node:path'
import { newId } from '../kernel'
import { removeDrafts, syncFolder, writeDurably } from '../kernel/durable-files'

/**
 * A file only its owner reads, whole or not there: two starts at once agree on the first one's content, and a power cut leaves no half
 * secret. Returns whether this call made it.
 */
export function keepPrivateFile(file: string, make: () => string): boolean {
  if (existsSync(file)) {
    removeDrafts(file)
    return false
  }
  const draft = `${file}.${newId()}`
  try {
    writeDurably(draft, make())
    linkSync(draft, file)
  } catch (thrown) {
    // Another start was first. It may have removed the draft already.
    if (!existsSync(file)) throw thrown
    return false
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(path.dirname(file))
  return true
}
