import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'

const file = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, name))
/** A tree that logs more than a pipe holds, by lines of a member and by one of the host, and then gets a signal. */
const SCRIPT = `const { runTree } = await import(${file('run-tree.ts')})
  const { createLog } = await import(${file('../config/logger.ts')})
  process.stdout.on('error', () => { process.exitCode = 1 }) // as the command does
  const say = (line) => process.stderr.write(line + '\\n')
  await runTree({ say, exit: (code) => say('exit ' + code) }, async () => {
    process.stdout.write('line of a member\\n'.repeat(100_000))
    createLog({ level: 'info', process: 'host' }).info('ready')
    setInterval(() => {}, 1_000)
    process.kill(process.pid, 'SIGTERM')
    return { failed: new Promise(() => {}), stop: async () => say('stopped') }
  })`

test.runIf(process.platform === 'linux').each([
  ['does not fit on the disk', () => openSync('/dev/full', 'w')],
  ['nothing reads', () => null],
])(
  'R-10 a log that %s ends neither the tree nor its order, and does not keep it from its end',
  async (_what, open) => {
    const full = open()
    const tree = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=react-server', '--input-type=module', '-e', SCRIPT],
      { stdio: ['ignore', full ?? 'pipe', 'pipe'] },
    ) as ChildProcess & { stderr: Readable }
    if (full !== null) closeSync(full)
    let said = ''
    tree.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const [ended] = await Promise.all([once(tree, 'exit'), once(tree.stderr, 'end')])
    expect(ended).toEqual([0, null])
    expect(said).toBe('Stopping … (a few seconds)\nstopped\nexit 0\n')
  },
  30_000,
)
