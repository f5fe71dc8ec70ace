import { closeSync, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isUuid } from '.'

/** Writes a file that only its owner reads. It names no encoding: if it did, Node 20 would ignore `flush`. */
export const writeDurably = (file: string, content: string): void =>
  writeFileSync(file, content, { mode: 0o600, flush: true })

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
