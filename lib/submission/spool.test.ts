import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { collectGarbage } from '../kernel/heap'
import { createSpool } from './spool'

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

test('W-14 messages that arrive one byte at a time need little more memory than their bytes, and arrive whole', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-spool-'))
  ending.push(() => rmSync(folder, { recursive: true }))
  const spool = createSpool(folder)
  const sent = Buffer.from(Array.from({ length: 250_000 }, (_, at) => at % 251))
  async function* byteByByte(): AsyncGenerator<Buffer> {
    for (let at = 0; at < sent.length; at++) yield sent.subarray(at, at + 1)
  }
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const text = await spool.receive(byteByByte(), { bytesMax: 1_000_000, onPiece() {} })
  collectGarbage()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5 * 1024 ** 2)
  expect(await text?.use(async (bytes) => bytes.equals(sent))).toBe(true)
})
