import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commandLineOf, isAlive } from './process-table'

/** PostgreSQL's own lock file: pid in line 1, port in line 4. The port is null while the server is still writing it. */
export function readPostmasterFile(data: string): { pid: number; port: number | null } | null {
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

/** Above the largest process number of every platform, so no process has it. */
const NOBODY = 2_147_483_646

/**
 * PostgreSQL removes the lock file of a dead server itself, but refuses to start while any process has the number in it. In that case
 * only the number is replaced by an unused one. The file stays, because its last lines name the shared memory by which PostgreSQL
 * notices that processes of the old server still write.
 *
 * @returns whether the file named a program that is not a server on this folder
 */
export function disownLock(data: string): boolean {
  const lock = readPostmasterFile(data)
  if (!lock || !isAlive(lock.pid) || isServerOf(lock.pid, data) !== false) return false
  const file = path.join(data, 'postmaster.pid')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(NOBODY)))
  return true
}
