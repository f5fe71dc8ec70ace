import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const file = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, name))
/** A tree that logs twice, by a line of a member and by one of the host, and then gets a signal. */
const SCRIPT = `const { runTree } = await import(${file('run-tree.ts')})
  const { createLog } = await import(${file('../config/logger.ts')})
  process.stdout.on('error', () => { process.exitCode = 1 }) // as the command does
  const say = (line) => process.stderr.write(line + '\\n')
  await runTree({ say, exit: (code) => say('exit ' + code) }, async () => {
    process.stdout.write('line of a member\\n')
    createLog({ level: 'info', process: 'host' }).info('ready')
    setInterval(() => {}, 1_000)
    process.kill(process.pid, 'SIGTERM')
    return { failed: new Promise(() => {}), stop: async () => say('stopped') }
  })
  process.exit()`

test.runIf(process.platform === 'linux')(
  'R-10 a log that does not fit on the disk ends neither the tree nor its order',
  async () => {
    const full = openSync('/dev/full', 'w')
    const tree = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=react-server', '--input-type=module', '-e', SCRIPT],
      {
        stdio: ['ignore', full, 'pipe'],
      },
    )
    closeSync(full)
    let said = ''
    tree.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    expect(await once(tree, 'close')).toEqual([0, null])
    expect(said).toBe('Stopping … (a few seconds)\nstopped\nexit 0\n')
  },
  30_000,
)
