import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../tests/support/database'
import { readEnvironment } from '../config/environment'
import { keptFile } from '../db/backup/retained'
import { projectRoot } from '../db/project-root'
import type { Logger } from '../kernel'
import { createServices } from '../services/create'
import { attachDatabase } from './attach-database'
import { lend, runAsOwner } from './postgres-binaries'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

let empty: TestDatabase
let dataDir: string
beforeEach(async () => {
  empty = await emptyDatabase()
  dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'postroom-attach-')), 'data')
})
afterEach(async () => {
  await empty.drop()
  rmSync(path.dirname(dataDir), { recursive: true })
})

const variables = () => ({ DATABASE_URL: empty.url, POSTROOM_DATA_DIR: dataDir })

test('a command finds a database whose address is in a file', async () => {
  const file = path.join(path.dirname(dataDir), 'url')
  writeFileSync(file, `${empty.url}\n`, { mode: 0o600 })
  const named = { DATABASE_URL_FILE: file, POSTROOM_DATA_DIR: dataDir }
  const attached = await attachDatabase(named, quiet)
  if (!attached.ok) throw new Error(attached.error)
  expect(readEnvironment({ ...named, ...attached.value.variables })).toMatchObject({ ok: true })
})

test('a command before the first start finds a migrated database and a key, and says so once', async () => {
  const first = await attachDatabase(variables(), quiet)
  if (!first.ok) throw new Error(first.error)
  expect(first.value.remarks).toEqual([expect.stringMatching(/sealing key was created: .*keys\. Back it up now/)])
  expect(existsSync(path.join(dataDir, 'keys'))).toBe(true)

  const environment = readEnvironment({ ...variables(), ...first.value.variables })
  if (!environment.ok) throw new Error(environment.error.problem)
  const { mailServers, db } = createServices(environment.value)
  expect(await (await mailServers.default()).view()).toMatchObject({ version: 0 })
  await db.$disconnect()

  expect(await attachDatabase(variables(), quiet)).toMatchObject({ ok: true, value: { remarks: [] } })
})

test('a restore, which names each missing key at its end, does not begin with a missing key file', async () => {
  const attached = await attachDatabase(variables(), quiet, { makeKey: false })
  expect(attached).toMatchObject({ ok: true, value: { remarks: [] } })
  expect(existsSync(path.join(dataDir, 'keys'))).toBe(false)
})

test('a key file or database that the deployment names and that is not there is one line', async () => {
  const keysFile = path.join(dataDir, 'elsewhere')
  expect(await attachDatabase({ ...variables(), POSTROOM_KEYS_FILE: keysFile }, quiet)).toEqual({
    ok: false,
    error: `POSTROOM_KEYS_FILE does not exist: ${keysFile}`,
  })
  const gone = empty.url.replace(/[^/]+$/, 'no_such_database')
  expect(await attachDatabase({ ...variables(), DATABASE_URL: gone }, quiet)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^DATABASE_URL [^\n]+$/),
  })
})

test('a file of the data directory that cannot be used is one line', async () => {
  mkdirSync(dataDir)
  symlinkSync('audit-session-keys', path.join(dataDir, 'audit-session-keys'))
  const error = expect.stringMatching(/^ELOOP: [^\n]*audit-session-keys'$/)
  expect(await attachDatabase(variables(), quiet)).toEqual({ ok: false, error })
  const prepare = fork(path.join(projectRoot(), 'lib/host/prepare-main.ts'), {
    env: { ...process.env, ...variables(), POSTROOM_AUTH_SECRET: randomBytes(32).toString('base64url') },
    execArgv: ['--import', pathToFileURL(path.join(projectRoot(), 'node_modules/tsx/dist/loader.mjs')).href],
  })
  prepare.send({ keysFile: path.join(dataDir, 'keys'), keysFileGiven: false, firstAdmin: null })
  const [reply] = await once(prepare, 'message')
  expect(reply).toEqual({ kind: 'stop', variable: null, message: error })
}, 30_000)

describe.runIf(process.getuid?.() === 0)('a command of root in the data directory of another user', () => {
  const DAEMON = 1
  const ownersIn = (folder: string) =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true }).map((name) => [name, lstatSync(path.join(folder, String(name))).uid]),
    )
  beforeEach(() => {
    chmodSync(path.dirname(dataDir), 0o755)
    mkdirSync(dataDir, { mode: 0o700 })
    chownSync(dataDir, DAEMON, DAEMON)
  })

  test('leaves nothing that this user cannot read, also if it comes before the first start', async () => {
    const attached = await attachDatabase({ POSTROOM_DATA_DIR: dataDir }, quiet)
    if (!attached.ok) throw new Error(attached.error)
    writeFileSync(keptFile(dataDir, 'before-restore', new Date()), '')
    await attached.value.release()
    const owners = ownersIn(dataDir)
    expect(Object.keys(owners)).toEqual(
      expect.arrayContaining(['auth-secret', 'keys', 'postgres/PG_VERSION', 'postgres.log']),
    )
    expect(Object.entries(owners).filter(([, uid]) => uid !== DAEMON)).toEqual([])
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  }, 60_000)

  test('gives them nothing that a link leads to or that a third user has', async () => {
    const third = path.join(dataDir, 'of-a-third-user')
    writeFileSync(third, '')
    chownSync(third, DAEMON + 1, DAEMON + 1)
    const elsewhere = path.join(path.dirname(dataDir), 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(path.join(elsewhere, 'shadow'), '')
    symlinkSync(path.join(elsewhere, 'shadow'), path.join(dataDir, 'link'))
    linkSync(path.join(elsewhere, 'shadow'), path.join(dataDir, 'hard-link'))
    const attached = await attachDatabase(variables(), quiet)
    if (!attached.ok) throw new Error(attached.error)
    await attached.value.release()
    expect(ownersIn(elsewhere)).toEqual({ shadow: 0 })
    expect(lstatSync(path.join(dataDir, 'keys')).uid).toBe(DAEMON)
    expect(lstatSync(third).uid).toBe(DAEMON + 1)
  })

  /** As the file of a program of root that runs, to whose number PostgreSQL's lock file may be compared. */
  const ROOTS = `${process.pid}\nroot:*\n`
  const ofRoot = (): string => {
    const file = path.join(mkdtempSync(path.join(path.dirname(dataDir), 'root-')), 'shadow')
    writeFileSync(file, ROOTS)
    chmodSync(path.dirname(file), 0o755)
    return file
  }

  test('reads and writes nothing that a link there leads to, also one that comes later', async () => {
    const file = ofRoot()
    expect(path.dirname(keptFile(dataDir, 'before-restore', new Date()))).toBe(dataDir)
    symlinkSync(file, path.join(dataDir, 'auth-secret'))
    const error = expect.stringMatching(/^POSTROOM_AUTH_SECRET_FILE cannot be read: [^\n]*auth-secret \(ELOOP: /)
    expect(await attachDatabase(variables(), quiet)).toEqual({ ok: false, error })
    rmSync(path.join(dataDir, 'auth-secret'))
    symlinkSync(file, path.join(dataDir, 'audit-session-keys'))
    expect(await attachDatabase(variables(), quiet)).toEqual({ ok: false, error: expect.stringMatching(/^ELOOP: /) })
    lend(path.join(dataDir, 'audit-session-keys'), { kind: 'user', uid: DAEMON, gid: DAEMON })
    expect(statSync(file).uid).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(ROOTS)
  })

  test('neither hands to its database nor overwrites what a link there leads to', async () => {
    const attach = () => attachDatabase({ POSTROOM_DATA_DIR: dataDir }, quiet)
    const file = ofRoot()
    const link = (name: string): void => {
      rmSync(path.join(dataDir, name), { force: true })
      symlinkSync(file, path.join(dataDir, name))
    }
    const first = await attach()
    if (!first.ok) throw new Error(first.error)
    await first.value.release()
    for (const name of ['postgres/postmaster.pid', 'postgres.log', 'postgres.owner', 'postgres.password']) {
      link(name)
      expect(await attach()).toEqual({ ok: false, error: expect.stringMatching(`ELOOP: [^\n]*/${name}'$`) })
      rmSync(path.join(dataDir, name))
    }
    expect(readFileSync(file, 'utf8')).toBe(ROOTS)
  }, 60_000)

  test('runs no database as a third user to whose folder a link there leads', () => {
    const theirs = path.join(path.dirname(dataDir), 'theirs')
    mkdirSync(theirs)
    symlinkSync(theirs, path.join(dataDir, 'postgres'))
    for (const [uid, runAs] of [
      [DAEMON, { kind: 'user', uid: DAEMON, gid: DAEMON }],
      [DAEMON + 1, null],
      [0, null],
    ] as const) {
      chownSync(theirs, uid, uid)
      expect(runAsOwner(path.join(dataDir, 'postgres'), statSync(dataDir))).toEqual(runAs)
    }
  })
})
