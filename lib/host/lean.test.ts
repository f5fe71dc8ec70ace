import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { LEAN } from './lean'

test('this Node knows every flag that keeps the processes small', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...LEAN, '-e', 'console.log("runs")'], {
    encoding: 'utf8',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'runs\n', stderr: '' })
})
