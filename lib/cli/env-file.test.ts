import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../db/project-root'
import { addedByEnvFile, readEnvFile } from './env-file'
import { UsageFault } from './usage-fault'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-env-file-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command from its source, in the folder with the `.env` file. */
function postroom(envFile: string, environment: Record<string, string>): { status: number | null; stderr: string } {
  writeFileSync(path.join(folder, '.env'), envFile, { mode: 0o600 })
  const root = projectRoot()
  const tsx = pathToFileURL(path.join(root, 'node_modules/tsx/dist/loader.mjs')).href
  const args = ['--import', tsx, '--conditions=react-server', path.join(root, 'lib/cli/main.ts'), 'start']
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env.PATH, ...environment } as unknown as NodeJS.ProcessEnv,
  })
}

test('a command reads .env in its working directory, and the environment wins over it', { timeout: 60_000 }, () => {
  const fault = { status: 2, stderr: 'postroom: PORT must be a number from 1 to 65535\n' }
  expect(postroom('PORT=none\n', {})).toMatchObject(fault)
  const wins = postroom('PORT=none\n', { PORT: '3000', POSTROOM_LISTEN: 'not an address' })
  expect(wins.stderr).toMatch(/^postroom: POSTROOM_LISTEN must be an address/)
})

test('a .env file adds variables, with comments, quotes and values of several lines', () => {
  const text = '# Console\nPORT=3005\nPOSTROOM_LISTEN="0.0.0.0" # all addresses\n\nNOTE="one\n  two"\n'
  expect(addedByEnvFile(text, {})).toEqual({ PORT: '3005', POSTROOM_LISTEN: '0.0.0.0', NOTE: 'one\n  two' })
})

test.each([
  ['the same variable', 'DATABASE_URL=postgresql://file/x', { DATABASE_URL: 'postgresql://environment/x' }],
  ['a value where the environment names a file', 'DATABASE_URL=postgresql://file/x', { DATABASE_URL_FILE: '/run/url' }],
  ['a file where the environment has the value', 'DATABASE_URL_FILE=/run/url', { DATABASE_URL: 'postgresql://e/x' }],
])('the environment wins over %s in .env', (_, text, environment) => {
  expect(addedByEnvFile(text, environment)).toEqual({})
})

test('a folder without .env adds nothing', () => {
  const home = path.join(folder, 'without-file')
  mkdirSync(home)
  expect(readEnvFile(home, {})).toEqual({})
})

test('a .env file is read from the folder', () => {
  const home = path.join(folder, 'with-file')
  mkdirSync(home)
  writeFileSync(path.join(home, '.env'), 'PORT=3005\n')
  chmodSync(path.join(home, '.env'), 0o600)
  expect(readEnvFile(home, { LOG_LEVEL: 'debug' })).toEqual({ PORT: '3005' })
})

/** A new folder with this text as its `.env`. */
function folderWith(text: string): string {
  const home = mkdtempSync(path.join(folder, 'with-text-'))
  writeFileSync(path.join(home, '.env'), text, { mode: 0o600 })
  return home
}

test.each([
  ['a mark of the encoding', '\ufeffDATABASE_URL=x\nPORT=3005\n'],
  ['an indented blank line', 'PORT=3005\n \t\nDATABASE_URL=x\n'],
  ['an indented comment', 'PORT=3005\r\n\r\n  # Database\r\n  DATABASE_URL=x\r\n'],
])('%s in a .env file takes no variable away', (_, text) => {
  expect(readEnvFile(folderWith(text), {})).toEqual({ DATABASE_URL: 'x', PORT: '3005' })
})

test.each([
  ['a name without a value', 'PORT=3005\nLOG_LEVEL debug\nDATABASE_URL=x\n', 2],
  ['a name without a value at the end', 'PORT=3005\r\nDATABASE_URL x', 2],
  ['a name with a blank', '\n\nDATABASE URL=x\n', 3],
  ['another encoding', Buffer.from('DATABASE_URL=x\n', 'utf16le').toString(), 1],
])(
  '%s in a .env file is a fault that names the line and nothing in it, so that no variable gets its default',
  (_, text, line) => {
    const home = folderWith(text)
    const fault = new UsageFault(`line ${line} of .env is not NAME=value: ${path.join(home, '.env')}`)
    expect(() => readEnvFile(home, {})).toThrow(fault)
  },
)

test('a .env that is a link to a file that is not there is a fault, not a folder without .env', () => {
  const home = mkdtempSync(path.join(folder, 'link-'))
  symlinkSync('/nowhere/.env', path.join(home, '.env'))
  expect(() => readEnvFile(home, {})).toThrow(
    `.env cannot be read: ${path.join(home, '.env')} (ENOENT: no such file or directory)`,
  )
})

test('a .env that cannot be read is a fault that names it and the reason, not a start with defaults', () => {
  const home = path.join(folder, 'unreadable')
  mkdirSync(path.join(home, '.env'), { recursive: true })
  const fault = (reason: string) => new UsageFault(`.env cannot be read: ${path.join(home, '.env')} (${reason})`)
  expect(() => readEnvFile(home, {})).toThrow(fault('it is not a file'))
  rmdirSync(path.join(home, '.env'))
  execFileSync('mkfifo', [path.join(home, '.env')])
  expect(() => readEnvFile(home, {})).toThrow(fault('it is not a file'))
  rmSync(path.join(home, '.env'))
  writeFileSync(path.join(home, '.env'), Buffer.from('POSTROOM_ORGANISATION=Müller\n', 'latin1'))
  expect(() => readEnvFile(home, {})).toThrow(fault('The encoded data was not valid for encoding utf-8'))
})
