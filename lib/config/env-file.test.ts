import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addedByEnvFile, readEnvFile } from './env-file'

test('a .env file adds variables, with comments, quotes and values of several lines', () => {
  const text = '# Console\nPORT=3005\nPOSTROOM_LISTEN="0.0.0.0" # all addresses\n\nNOTE="one\ntwo"\n'
  expect(addedByEnvFile(text, {})).toEqual({ PORT: '3005', POSTROOM_LISTEN: '0.0.0.0', NOTE: 'one\ntwo' })
})

test.each([
  ['the same variable', 'DATABASE_URL=postgresql://file/x', { DATABASE_URL: 'postgresql://environment/x' }],
  ['a value where the environment names a file', 'DATABASE_URL=postgresql://file/x', { DATABASE_URL_FILE: '/run/url' }],
  ['a file where the environment has the value', 'DATABASE_URL_FILE=/run/url', { DATABASE_URL: 'postgresql://e/x' }],
])('the environment wins over %s in .env', (_, text, environment) => {
  expect(addedByEnvFile(text, environment)).toEqual({})
})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-env-file-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a folder without .env adds nothing', () => {
  expect(readEnvFile(folder, {})).toEqual({ ok: true, value: {} })
})

test('a .env file is read from the folder', () => {
  const home = path.join(folder, 'with-file')
  mkdirSync(home)
  writeFileSync(path.join(home, '.env'), 'PORT=3005\n')
  chmodSync(path.join(home, '.env'), 0o600)
  expect(readEnvFile(home, { LOG_LEVEL: 'debug' })).toEqual({ ok: true, value: { PORT: '3005' } })
})

test('a .env that cannot be read is a fault that names it, not a start with defaults', () => {
  const home = path.join(folder, 'unreadable')
  mkdirSync(path.join(home, '.env'), { recursive: true })
  expect(readEnvFile(home, {})).toMatchObject({ ok: false, error: { variable: '.env' } })
})
