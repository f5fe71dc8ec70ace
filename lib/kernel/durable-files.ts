import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/** Writes a file that only its owner reads. */
export function writeDurably(file: string, content: string): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, content)
    fsyncSync(handle)
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
