import { spawnSync } from 'node:child_process'
import { chownSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { TestDatabase } from './database'

/** For tests only: a small separate volume, or null if this user may not mount one. */
export function smallVolume(): string | null {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-volume-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]).status === 0) return folder
  rmSync(folder, { recursive: true })
  return null
}

export function unmount(folder: string): void {
  spawnSync('umount', [folder])
  rmSync(folder, { recursive: true })
}

export function canMount(): boolean {
  const probe = smallVolume()
  if (probe) unmount(probe)
  return probe !== null
}

/** Moves the test's database onto a small volume until the test ends; resolves with the folder of that. */
export async function onSmallVolume(database: Pick<TestDatabase, 'url' | 'allow'>): Promise<string> {
  const volume = smallVolume()
  if (!volume) throw new Error('It could be mounted a moment ago')
  const [setting] = await onServer(database.url, 'SHOW data_directory')
  const { uid, gid } = statSync(setting?.data_directory ?? '')
  chownSync(volume, uid, gid)
  const name = new URL(database.url).pathname.slice(1)
  await database.allow(false)
  await onServer(
    database.url,
    `CREATE TABLESPACE "${name}" LOCATION '${volume}'`,
    `ALTER DATABASE "${name}" SET TABLESPACE "${name}"`,
  )
  await database.allow(true)
  onTestFinished(async () => {
    await database.allow(false)
    await onServer(database.url, `ALTER DATABASE "${name}" SET TABLESPACE pg_default`, `DROP TABLESPACE "${name}"`)
    await database.allow(true)
    unmount(volume)
  })
  return volume
}

async function onServer(databaseUrl: string, ...statements: string[]): Promise<Record<string, string>[]> {
  const url = new URL(databaseUrl)
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    let rows: Record<string, string>[] = []
    for (const sql of statements) ({ rows } = await client.query<Record<string, string>>(sql))
    return rows
  } finally {
    await client.end()
  }
}

/** Fills the volume of the test's database so that no new session begins in it, as after a crash, and ends those that it has. */
export async function fillAndCloseSessions(databaseUrl: string, volume: string, file: string): Promise<void> {
  const written = readdirSync(volume, { recursive: true, encoding: 'utf8' })
  for (const name of written.filter((each) => each.endsWith('pg_internal.init'))) rmSync(path.join(volume, name))
  fill(file)
  const name = new URL(databaseUrl).pathname.slice(1)
  await onServer(databaseUrl, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`)
}

/** Writes until the volume has no space. @throws for any other reason */
export function fill(file: string): void {
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(64 * 1024)
  try {
    for (;;) writeSync(descriptor, block)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown
  } finally {
    closeSync(descriptor)
  }
}
