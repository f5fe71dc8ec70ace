import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { longText, PIECE_BYTES } from './long-text'

const text = Buffer.alloc(2 * PIECE_BYTES + 1, 'abc')
const part = (from: number, bytes: number) => text.subarray(from, from + bytes)

test('a long text is read piece by piece in order, each when it is needed', async () => {
  const reads: number[] = []
  const long = longText(text.length, async (from, bytes) => {
    reads.push(bytes)
    return part(from, bytes)
  })
  expect(long.length).toBe(text.length)
  const pieces = long.pieces()[Symbol.asyncIterator]()
  expect(reads).toEqual([])
  await pieces.next()
  expect(reads).toEqual([PIECE_BYTES])
  expect((await buffer(long.pieces())).equals(text)).toBe(true)
  expect(reads.slice(1)).toEqual([PIECE_BYTES, PIECE_BYTES, 1])
})

test('R-09 a piece that could not be read is read again', async () => {
  let isAway = true
  const long = longText(text.length, async (from, bytes) => {
    if (from > 0 && isAway) {
      isAway = false
      throw new Error('away')
    }
    return part(from, bytes)
  })
  expect((await buffer(long.pieces())).equals(text)).toBe(true)
})

test.each([
  ['gone', () => null],
  ['cut', (from: number) => part(from, 5)],
])('a text that is %s while it is read ends in an error, not in its last piece', async (_, rest) => {
  const long = longText(text.length, async (from, bytes) => (from === 0 ? part(from, bytes) : rest(from)))
  await expect(buffer(long.pieces())).rejects.toThrow('its text is gone')
})
