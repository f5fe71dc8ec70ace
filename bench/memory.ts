import { readdirSync, readFileSync } from 'node:fs'

/** Proportional memory (PSS) in MB of each part of the process tree, recognised by the names of the processes. Linux only. */
export function memoryOf(dataDir: string): Record<'host' | 'console' | 'worker' | 'database', number> {
  const parts = { host: 0, console: 0, worker: 0, database: 0 }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const part = partOf(pid, dataDir)
    if (part) parts[part] += pssMb(pid)
  }
  return parts
}

function partOf(pid: string, dataDir: string): keyof ReturnType<typeof memoryOf> | null {
  const command = read(pid, 'cmdline').replaceAll('\0', ' ')
  if (command.includes(dataDir) && command.includes('postgres')) return 'database'
  if (command.startsWith('postgres:'))
    return read(read(pid, 'stat').split(') ')[1]?.split(' ')[1] ?? '', 'cmdline').includes(dataDir) ? 'database' : null
  if (!read(pid, 'environ').includes(dataDir)) return null
  if (/next-server|standalone/.test(command)) return 'console'
  if (command.includes('worker')) return 'worker'
  return command.includes('bin/postroom') ? 'host' : null
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

const pssMb = (pid: string): number => Number(/^Pss:\s+(\d+)/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0) / 1024
