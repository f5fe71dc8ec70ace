import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { commandLineOf, isAlive } from './process-table'

export interface PostmasterFile {
  pid: number
  /** Null while the server is still writing it. */
  port: number | null
}

/** PostgreSQL's own lock file: pid in line 1, port in line 4. */
export function readPostmasterFile(data: string): PostmasterFile | null {
  try {
    const lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    const port = Number(lines[3])
    return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) && port > 0 ? port : null } : null
  } catch {
    return null
  }
}

/**
 * Whether that process is a server on this folder. A number is given to another process after a crash, in containers even
 * to our own: the process's own arguments decide. `unknown` where the platform cannot tell.
 */
export function isServerOf(pid: number, data: string): boolean | 'unknown' {
  if (!isAlive(pid)) return false
  const line = commandLineOf(pid)
  if (line === null) return 'unknown'
  return /postgres/.test(line) && line.split(' -D ').some((part) => part === data || part.startsWith(`${data} `))
}

/**
 * Removes the lock file of a server that is proved not to run. PostgreSQL itself refuses to start while the number lives,
 * whoever has it.
 */
export function removeStaleLock(data: string): boolean {
  const lock = readPostmasterFile(data)
  if (!lock || isServerOf(lock.pid, data) !== false) return false
  rmSync(path.join(data, 'postmaster.pid'), { force: true })
  return true
}
