import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testChainKeys } from '../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { freePort } from '../../tests/support/throwaway-postgres'
import { MIGRATION_LOCK } from '../db/locks'
import { Redacted } from '../kernel/redacted'
import { prepare } from './prepare'

const PGBOUNCER = '/usr/sbin/pgbouncer'

let folder: string
let fresh: TestDatabase
let pooler: ChildProcess | null
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-pooler-'))
  fresh = await freshDatabase()
  pooler = null
})
afterEach(async () => {
  const child = pooler
  if (child && child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  await fresh.drop()
  rmSync(folder, { recursive: true })
})

/** The address of the database through a PgBouncer with these settings, once it answers. */
async function through(settings: Record<string, string>): Promise<Redacted> {
  const direct = new URL(fresh.url)
  const port = await freePort()
  const login = `user=${direct.username}${direct.password && ` password=${decodeURIComponent(direct.password)}`}`
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    ...settings,
  }
  const file = path.join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    [
      '[databases]',
      `* = host=${direct.hostname} port=${direct.port} ${login}`,
      '[pgbouncer]',
      ...Object.entries(lines).map(([name, value]) => `${name} = ${value}`),
    ].join('\n'),
  )
  for (const each of [folder, file]) chmodSync(each, 0o755)
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  pooler = spawn(PGBOUNCER, [...user, file], { stdio: 'ignore' })
  const pooled = new URL(fresh.url)
  pooled.host = `127.0.0.1:${port}`
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const client = new pg.Client({ connectionString: pooled.href })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('SELECT 1')
      return new Redacted(pooled.href)
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown
    } finally {
      await client.end().catch(() => {})
    }
  }
}

const prepared = (url: Redacted) =>
  prepare(url, {
    ownerDatabaseUrl: null,
    keysFile: path.join(folder, 'keys'),
    keysFileGiven: false,
    dataDir: folder,
    surroundings: {
      productVersion: '0.1.0',
      baseUrl: 'https://mail.contoso.example',
      sessionSecretMark: 'm',
      backupKeys: [],
    },
    chainKeys: testChainKeys,
    makeKey: true,
    onMigrated() {},
  })

describe.skipIf(!existsSync(PGBOUNCER))('behind PgBouncer', () => {
  const ignoring = { ignore_startup_parameters: 'options' }

  test.each<[string, Record<string, string>, RegExp]>([
    ['transaction mode', { pool_mode: 'transaction' }, /does not pass on the settings.*synchronous_commit/],
    ['transaction mode that ignores our settings', { pool_mode: 'transaction', ...ignoring }, /shares sessions/],
    [
      'the same with connections in turn',
      { pool_mode: 'transaction', server_round_robin: '1', ...ignoring },
      /shares sessions/,
    ],
    ['session mode', { pool_mode: 'session' }, /does not pass on the settings/],
    ['session mode that ignores our settings', { pool_mode: 'session', ...ignoring }, /does not pass on the settings/],
  ])('%s is refused in one line that says what to do, and no lock is left', async (_, settings, pattern) => {
    const refused = await prepared(await through(settings))
    expect(refused).toMatchObject({ ok: false, error: { kind: 'stop', variable: 'DATABASE_URL' } })
    const message = refused.ok ? '' : refused.error.message
    expect(message).toMatch(pattern)
    expect(message).toMatch(/^leads through a connection pooler .*\. Connect to PostgreSQL directly$/)
    expect(
      await fresh.db.$queryRaw`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${MIGRATION_LOCK}
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    ).toEqual([])
  })
})

test('a migration lock that a pooler left behind does not block a direct connection', async () => {
  const left = new pg.Client({ connectionString: fresh.url })
  await left.connect()
  try {
    await left.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    expect(await prepared(new Redacted(fresh.url))).toMatchObject({ ok: true })
  } finally {
    await left.end()
  }
})
