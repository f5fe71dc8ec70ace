import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../tests/support/database'
import { readEnvironment } from '../config/environment'
import type { Logger } from '../kernel/log'
import { createServices } from '../services/create'
import { attachDatabase } from './attach-database'

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
