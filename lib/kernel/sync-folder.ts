import { closeSync, fsyncSync, openSync } from 'node:fs'

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
