import { closeSync, constants, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isUuid } from '.'

/** Writes a new file that only its owner reads. It names no encoding: if it did, Node 20 would ignore `flush`. @throws if the name exists */
export const writeDurably = (file: string, content: string): void =>
  writeFileSync(file, content, { mode: 0o600, flush: true, flag: 'wx' })

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants
const WAYS = { read: O_RDONLY, write: O_WRONLY | O_CREAT | O_TRUNC, append: O_WRONLY | O_CREAT | O_APPEND }

/**
 * Opens a file of the data directory for what `use` does with it, but nothing that a link there leads to: root runs commands for the user
 * who owns that directory and may have made the link.
 */
export function throughNoLink<T>(file: string, way: keyof typeof WAYS, use: (handle: number) => T): T {
  const handle = openSync(file, WAYS[way] | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    return use(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a rename or link in this folder durable. Windows cannot open folders and needs no call: it journals them. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Removes what a process that was killed while it wrote this file has left next to it: a secret must not lie in a second place. */
export function removeDrafts(file: string): void {
  const folder = path.dirname(file)
  const start = `${path.basename(file)}.`
  for (const name of readdirSync(folder))
    if (name.startsWith(start) && isUuid(name.slice(start.length))) rmSync(path.join(folder, name), { force: true })
}
