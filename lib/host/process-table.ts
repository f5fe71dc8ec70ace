import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that we may not signal lives too; one that ended and was not collected by its parent does not. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return statOf(pid)?.[0] !== 'Z'
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Arguments joined by blanks; null where it cannot be known. */
export function commandLineOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    } catch {
      return ''
    }
  }
  if (process.platform === 'win32') return null
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : ''
}

/** Distinguishes a process from a later one with the same number. */
export function identityOf(pid: number): string {
  return `${pid} ${startOf(pid)}`
}

export function isSameProcess(identity: string): boolean {
  const pid = Number(identity.split(' ')[0])
  return isAlive(pid) && identityOf(pid) === identity
}

/** The identity that was written to a file. Empty, which no process has, if it cannot be read. */
export function identityIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Ticks since boot at which it began, with the ID of the boot, because the count restarts with a container or machine. */
function startOf(pid: number): string {
  if (process.platform !== 'linux') return 'unknown'
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${statOf(pid)?.[19] ?? 'gone'}@${boot}`
  } catch {
    return 'gone'
  }
}

/** Linux: the fields after the name, the state first (proc(5)). Null elsewhere, and for what is not there. */
function statOf(pid: number): string[] | null {
  if (process.platform !== 'linux') return null
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return null
  }
}
