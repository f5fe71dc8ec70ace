import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { throughNoLink } from '../kernel/durable-files'

/** The kernel's flag of a process that runs no more of its program, while what it used is freed. */
const ENDING = 0x4

/** A process that we may not signal lives too; one that is ending, or that ended and was not collected by its parent, does not. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
  if (process.platform !== 'linux') return true
  const stat = statOf(pid)
  return stat !== null && stat[0] !== 'Z' && (Number(stat[6]) & ENDING) === 0
}

/** Arguments joined by blanks; null where it cannot be known. */
export function commandLineOf(pid: number): string | null {
  if (process.platform === 'linux') return (textIn(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
  if (process.platform === 'win32') return null
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/** Distinguishes a process from a later one with the same number. */
export const identityOf = (pid: number): string => `${pid} ${startOf(pid)}`

/** @param identity as it was written to a file; null, which no process has, if that cannot be read */
export function isSameProcess(identity: string | null): boolean {
  const pid = Number(identity?.split(' ')[0])
  return isAlive(pid) && identityOf(pid) === identity
}

/** Ticks since boot at which it began, with the ID of the boot, because the count restarts with a container or machine. */
function startOf(pid: number): string {
  if (process.platform !== 'linux') return 'unknown'
  const boot = textIn('/proc/sys/kernel/random/boot_id')
  return boot === null ? 'gone' : `${statOf(pid)?.[19] ?? 'gone'}@${boot.trim()}`
}

/** Linux: the fields after the name, the state first (proc(5)). Null for what is not there. */
const statOf = (pid: number): string[] | null =>
  textIn(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ') ?? null

export function textIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/**
 * PostgreSQL's own lock file: pid in line 1, port in line 4, and in line 6 the address that it listens on. The port is null until that is
 * there, because another server may have it, and then this one ends.
 */
export function readPostmasterFile(data: string): { pid: number; port: number | null } | null {
  const lines = textIn(path.join(data, 'postmaster.pid'))?.split('\n') ?? []
  const pid = Number(lines[0])
  const port = lines[5] ? Number(lines[3]) : 0
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) && port > 0 ? port : null } : null
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
  const text = throughNoLink(file, 'read', (handle) => readFileSync(handle, 'utf8'))
  throughNoLink(file, 'write', (handle) => writeFileSync(handle, text.replace(/^\d+/, String(NOBODY))))
  return true
}
