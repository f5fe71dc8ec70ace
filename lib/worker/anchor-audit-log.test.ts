import { expect, test } from 'vitest'
import type { Anchoring } from '../audit/store/anchor'
import { HOUR_MS } from '../kernel'
import { createAnchoring } from './anchor-audit-log'

test('U-02 the end is logged once an hour, and at once when it is missing or cannot be kept', async () => {
  const end = { sequence: 12n, hash: 'ab', at: new Date() }
  let answer: Anchoring | Error = { state: 'kept', end }
  let now = 0
  let lines: string[] = []
  const write = (level: string) => (event: string) => void lines.push(`${level} ${event}`)
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const move = async () => {
    if (answer instanceof Error) throw answer
    return answer
  }
  const keep = createAnchoring(move, log, () => now)
  const beat = async (afterMs: number) => {
    now += afterMs
    lines = []
    await keep()
    return lines
  }
  expect(await beat(0)).toEqual(['info end of the audit log'])
  expect(await beat(30_000)).toEqual([])
  expect(await beat(HOUR_MS)).toEqual(['info end of the audit log'])
  answer = { state: 'lost', end }
  expect(await beat(30_000)).toEqual([
    'error the end of the audit log is missing: run `postroom audit verify`',
    'info end of the audit log',
  ])
  expect(await beat(30_000)).toEqual([])
  expect(await beat(HOUR_MS)).toHaveLength(2)
  answer = new Error('read-only file system')
  expect(await beat(30_000)).toEqual(['warn the end of the audit log could not be recorded'])
  expect(await beat(30_000)).toEqual([])
})
