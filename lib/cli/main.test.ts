import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { projectRoot } from '../db/project-root'

const tsx = pathToFileURL(path.join(projectRoot(), 'node_modules/tsx/dist/loader.mjs')).href
const main = path.join(projectRoot(), 'lib/cli/main.ts')
const begin = (output: 'pipe' | number) =>
  spawn(process.execPath, ['--import', tsx, '--conditions=react-server', main, 'audit', '--help'], {
    stdio: ['ignore', output, 'pipe'],
  })

async function endOf(command: ReturnType<typeof begin>): Promise<unknown[]> {
  let errors = ''
  command.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return [...(await once(command, 'close')), errors]
}

test('a command whose reader has gone, as with `| head`, ends in order', async () => {
  const command = begin('pipe')
  command.stdout?.destroy()
  expect(await endOf(command)).toEqual([0, null, ''])
}, 30_000)

test.runIf(process.platform === 'linux')(
  'a command whose answer does not fit on the disk fails and says so',
  async () => {
    const full = openSync('/dev/full', 'w')
    expect(await endOf(begin(full))).toEqual([
      1,
      null,
      expect.stringMatching(/^postroom: [^\n]*ENOSPC[^\n]*\. Free space there\. If the command only reads, [^\n]*\n$/),
    ])
    closeSync(full)
  },
  30_000,
)
