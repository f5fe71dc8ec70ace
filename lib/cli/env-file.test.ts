import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../db/project-root'

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
