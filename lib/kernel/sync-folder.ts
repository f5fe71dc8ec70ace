import { closeSync, fsyncSync, openSync } from 'node:fs'

/** A rename or link is durable only when its folder is. Windows cannot open folders, and journals them itself. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
