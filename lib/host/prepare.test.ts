import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../db/migrations'
import { emptyDatabase, type TestDatabase } from '../db/test-db'
import { newId } from '../kernel/ids'
import { Redacted } from '../kernel/redacted'
import { readKeyFile } from '../wiring/key-file'
import { prepareSecrets } from './first-secrets'
import { prepare } from './prepare'

let folder: string
let keysFile: string
let empty: TestDatabase
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-prepare-'))
  keysFile = path.join(folder, 'keys')
  empty = await emptyDatabase()
})
afterEach(async () => {
  await empty.drop()
  rmSync(folder, { recursive: true })
})

test('the first start migrates and makes a key file that only its owner reads; the second does neither', async () => {
  const url = new Redacted(empty.url)
  expect(await prepare(url, keysFile, false)).toMatchObject({
    ok: true,
    value: { applied: [...MIGRATIONS], keyMade: true },
  })
  expect(statSync(keysFile).mode & 0o777).toBe(0o600)
  const made = readFileSync(keysFile, 'utf8')
  expect(readKeyFile(made)).toMatchObject({ ok: true, value: [{ kid: 'k1' }] })
  expect(await prepare(url, keysFile, false)).toMatchObject({ ok: true, value: { applied: [], keyMade: false } })
  expect(readFileSync(keysFile, 'utf8')).toBe(made)
})

test('R-04 a server that may lose acknowledged commits is told of', async () => {
  const prepared = await prepare(new Redacted(empty.url), keysFile, false)
  // The test server runs without fsync on purpose. A server given by TEST_DATABASE_URL is another.
  const expected = process.env.TEST_DATABASE_URL ? expect.any(Array) : ['fsync', 'full_page_writes']
  expect(prepared).toMatchObject({ ok: true, value: { durabilityRisks: expected } })
})

describe('S-09 a lost key file', () => {
  test('is never replaced by a new key while the database holds a key check', async () => {
    const url = new Redacted(empty.url)
    await prepare(url, keysFile, false)
    await empty.db.keyCheck.create({ data: { kid: newId().slice(0, 8), sealed: 'x' } })
    rmSync(keysFile)
    expect(await prepare(url, keysFile, false)).toMatchObject({ ok: true, value: { keyMade: false } })
    expect(await prepare(url, keysFile, true)).toMatchObject({ ok: true, value: { keyMade: false } })
    expect(existsSync(keysFile)).toBe(false)
  })

  test('that the deployment names is the deployment’s to make', async () => {
    expect(await prepare(new Redacted(empty.url), keysFile, true)).toMatchObject({
      ok: false,
      error: { kind: 'stop', variable: 'POSTROOM_KEYS_FILE' },
    })
  })
})

test('R-09 a database that is away is waited for; one that refuses us is told of', async () => {
  expect(await prepare(new Redacted('postgresql://x@127.0.0.1:1/x'), keysFile, false)).toMatchObject({
    ok: false,
    error: { kind: 'wait' },
  })
  const gone = new Redacted(empty.url.replace(/[^/]+$/, 'no_such_database'))
  expect(await prepare(gone, keysFile, false)).toMatchObject({
    ok: false,
    error: { kind: 'stop', variable: 'DATABASE_URL' },
  })
})

test('the session secret is made once, for its owner alone, and not where the deployment gives one', () => {
  const dataDir = path.join(folder, 'data')
  const first = prepareSecrets({ POSTROOM_DATA_DIR: dataDir })
  const file = path.join(dataDir, 'auth-secret')
  expect(first.ok && first.value.variables.POSTROOM_AUTH_SECRET_FILE).toBe(file)
  expect([statSync(dataDir).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  const made = readFileSync(file, 'utf8')
  prepareSecrets({ POSTROOM_DATA_DIR: dataDir })
  expect(readFileSync(file, 'utf8')).toBe(made)

  const other = path.join(folder, 'other')
  const given = prepareSecrets({ POSTROOM_DATA_DIR: other, POSTROOM_AUTH_SECRET: 'x' })
  expect(given.ok && given.value.variables.POSTROOM_AUTH_SECRET_FILE).toBeUndefined()
  expect(existsSync(path.join(other, 'auth-secret'))).toBe(false)
})
