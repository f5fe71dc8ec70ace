import { expect, test } from 'vitest'
import { sparingly } from './heap'

const MB = 1024 * 1024
const heapMb = () => process.memoryUsage().heapUsed / MB
/** Numbers of 8 bytes, for the heap. */
const megabyte = () => new Array(MB / 8).fill(0.5)

test('what is no longer referred to is collected before work that spares memory begins', async () => {
  const retained = { pieces: Array.from({ length: 64 }, megabyte) }
  const before = heapMb()
  retained.pieces = []
  expect(await sparingly(async () => before - heapMb())).toBeGreaterThan(60)
})

test('the work’s result and its failure come through, one work within another', async () => {
  expect(await sparingly(() => sparingly(async () => 'read'))).toBe('read')
  await expect(sparingly(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer')
})
