import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { projectRoot } from '../db/project-root'

test('a command whose reader has gone, as with `| head`, ends in order', async () => {
  const tsx = pathToFileURL(path.join(projectRoot(), 'node_modules/tsx/dist/loader.mjs')).href
  const main = path.join(projectRoot(), 'lib/cli/main.ts')
  const command = spawn(process.execPath, ['--import', tsx, '--conditions=react-server', main, 'audit', '--help'])
  command.stdout.destroy()
  let errors = ''
  command.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  expect([...(await once(command, 'close')), errors]).toEqual([0, null, ''])
}, 30_000)
