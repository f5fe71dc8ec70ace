import { spawn } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import { expect, test } from 'vitest'
import { isAlive, isServerOf } from './process-table'

test('a server whose memory the system is still freeing is not alive, as its arguments can no longer be read', async () => {
  const data = '/nowhere/postgres'
  /** This much memory takes milliseconds to free. */
  const script = 'console.log(Buffer.alloc(64 * 2 ** 20, 1).length); setInterval(() => {}, 1000)'
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const alive = []
  // Several, because one may be gone between two looks.
  for (let round = 0; round < 3; round++) {
    const server = spawn(process.execPath, ['-e', script, 'postgres', '-D', data])
    await once(server.stdout, 'data')
    const pid = server.pid ?? 0
    expect(isServerOf(pid, data)).toBe(true)
    os.setPriority(pid, os.constants.priority.PRIORITY_LOW)
    server.kill('SIGKILL')
    while (isServerOf(pid, data)) Atomics.wait(pause, 0, 0, 1)
    alive.push(isAlive(pid))
  }
  expect(alive).toEqual([false, false, false])
})
