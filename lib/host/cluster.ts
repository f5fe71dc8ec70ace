import { spawnSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { syncFolder, throughNoLink, writeDurably } from '../kernel/durable-files'
import { Redacted } from '../kernel/redacted'
import { DatabaseUnavailable } from './database-unavailable'
import { lend, type RunAs, runProgram } from './postgres-binaries'
import { keepPrivateFile } from './private-file'
import { identityOf, isSameProcess, textIn } from './process-table'

export const DATABASE = 'postroom'
/** Superuser and owner of all tables: for the host and for migrations alone. */
export const OWNER_ROLE = 'postroom'
/** What console and worker connect as. */
export const APPLICATION_ROLE = 'postroom_app'

/** For one console, one worker and one listener; a deployment may change them in `postgresql.conf`, into which initdb writes them. */
const TUNABLE = [
  ...['shared_buffers=64MB', 'max_connections=100', 'max_wal_size=256MB', 'min_wal_size=256MB', 'jit=off'],
  ...['log_min_messages=warning', 'timezone=UTC', 'log_timezone=UTC'],
]

/** Where the embedded server's things lie inside the data directory. */
export type ClusterPlaces = ReturnType<typeof clusterPlaces>

export function clusterPlaces(dataDir: string) {
  return {
    data: path.join(dataDir, 'postgres'),
    password: path.join(dataDir, 'postgres.password'),
    applicationPassword: path.join(dataDir, 'postgres.app-password'),
    log: path.join(dataDir, 'postgres.log'),
    /** Which process may stop the server. Once there is one, a server has run, so that no empty one replaces it. */
    owner: path.join(dataDir, 'postgres.owner'),
  }
}

export const isMade = ({ data }: ClusterPlaces): boolean => existsSync(path.join(data, 'PG_VERSION'))

export type ClusterPasswords = ReturnType<typeof clusterPasswords>
/**
 * The application's may be new: the owner sets it where it is not yet the role's.
 *
 * @throws DatabaseUnavailable when the cluster exists without the owner's password: a new one would not open it.
 */
export function clusterPasswords(places: ClusterPlaces) {
  if (isMade(places) && !existsSync(places.password))
    throw new DatabaseUnavailable(`${places.password} is missing: restore it together with ${places.data}`)
  return { owner: keptPassword(places.password), application: keptPassword(places.applicationPassword) }
}

function keptPassword(file: string): Redacted {
  keepPrivateFile(file, () => `${randomBytes(32).toString('base64url')}\n`)
  return new Redacted(throughNoLink(file, 'read', (handle) => readFileSync(handle, 'utf8')).trim())
}

/**
 * Makes the cluster in a sibling folder and renames it, so that a kill in between leaves nothing half made. Two starts at
 * once make two, and the second to finish throws its own away.
 */
export async function makeCluster(places: ClusterPlaces, password: Redacted, runAs: RunAs): Promise<void> {
  removeUnfinished(places)
  const making = `${places.data}.making-${randomUUID()}`
  writeDurably(`${making}.maker`, identityOf(process.pid))
  mkdirSync(making, { mode: 0o700 })
  const passwordFile = `${making}.password`
  try {
    lend(making, runAs)
    writeDurably(passwordFile, password.reveal())
    lend(passwordFile, runAs)
    const { exitCode, output } = await runProgram(
      'initdb',
      [
        ...['-D', making, '-U', OWNER_ROLE, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['-E', 'UTF8', '--locale=C', '--data-checksums', '--no-instructions'],
        ...TUNABLE.flatMap((setting) => ['-c', setting]),
      ],
      runAs,
    )
    if (exitCode !== 0)
      throw new DatabaseUnavailable(`the embedded database could not be made: ${oneLine(output)}${hint(runAs, output)}`)
    moveIntoPlace(making, places)
  } finally {
    for (const left of [passwordFile, making, `${making}.maker`]) removeTree(left)
  }
}

const oneLine = (output: string): string => output.trim().replaceAll(/\s*\n\s*/g, ' ')

function hint({ kind }: RunAs, output: string): string {
  if (kind === 'namespace')
    return '. PostgreSQL does not run as root: use another user, or a data directory that other users may enter, or DATABASE_URL'
  return output.includes('effective user ID') ? '. Add this user to /etc/passwd, or use DATABASE_URL' : ''
}

function moveIntoPlace(making: string, places: ClusterPlaces): void {
  try {
    renameSync(making, places.data)
  } catch (thrown) {
    if (!isMade(places)) throw thrown
    return // another start was first
  }
  syncFolder(path.dirname(places.data))
}

/** What killed starts left. A folder whose maker lives is being made right now. */
function removeUnfinished({ data }: ClusterPlaces): void {
  const folder = path.dirname(data)
  const stems = readdirSync(folder).flatMap((name) => /^postgres\.making-[0-9a-f-]{36}/.exec(name)?.[0] ?? [])
  for (const stem of new Set(stems)) {
    if (isSameProcess(textIn(path.join(folder, `${stem}.maker`)))) continue
    // A killed start's initdb may still write for a moment.
    for (const left of ['', '.password', '.maker']) removeTree(path.join(folder, stem + left))
  }
}

/**
 * Root leaves it to `rm`: the user who owns the tree could put a link in the place of a folder in it, which Node's own removal would follow.
 *
 * @throws if it is still there
 */
export function removeTree(tree: string): void {
  if (process.getuid?.() !== 0) {
    rmSync(tree, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    return
  }
  const again = 'for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" && exit; sleep 0.1; done; exit 1'
  const { status, stderr, error } = spawnSync('sh', ['-c', again, 'sh', tree], { encoding: 'utf8' })
  if (status !== 0) throw error ?? new Error(`${tree} cannot be removed: ${oneLine(stderr)}`)
}
