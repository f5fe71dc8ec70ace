import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { collectGarbage } from '../kernel/heap'
import { createSpool } from './spool'

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-spool-'))
  ending.push(() => rmSync(folder, { recursive: true }))
  return folder
}
const newSpool = () => createSpool(newFolder())

test('W-14 messages that arrive one byte at a time need little more memory than their bytes, and arrive whole', async () => {
  const spool = newSpool()
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

test('W-14 nothing of a message over the limit is kept, however small its pieces, and one that does not end is cut', async () => {
  const spool = newSpool()
  let pieceCount = 0
  let isCut = false
  async function* pieces(count: number, bytes: number): AsyncGenerator<Buffer> {
    try {
      for (let at = 0; at < count; at++) yield Buffer.alloc(bytes)
    } finally {
      isCut = true
    }
  }
  const limits = { bytesMax: 2_000, onPiece: () => void pieceCount++ }
  expect(await spool.receive(pieces(2_001, 1), limits)).toBeNull()
  expect(pieceCount).toBe(2_001)
  isCut = false
  expect(await spool.receive(pieces(1_000, 1024 ** 2), limits)).toBeNull()
  expect([isCut, pieceCount < 2_001 + 100]).toEqual([true, true])
  expect(await (await spool.receive(pieces(2_000, 1), limits))?.use(async ({ length }) => length)).toBe(2_000)
})

test('R-10 while its folder cannot be used, a spool begins and takes small messages, and large ones as soon as it can be', async () => {
  const blocked = path.join(newFolder(), 'data')
  writeFileSync(blocked, '')
  const spool = createSpool(path.join(blocked, 'spool'))
  const sizeOf = async (bytes: number) => {
    async function* one() {
      yield Buffer.alloc(bytes)
    }
    const text = await spool.receive(one(), { bytesMax: 1_000_000, onPiece() {} })
    return text?.use(async ({ length }) => length)
  }
  expect(await sizeOf(1_000)).toBe(1_000)
  await expect(sizeOf(500_000)).rejects.toMatchObject({ code: 'ENOTDIR' })
  rmSync(blocked)
  expect(await sizeOf(500_000)).toBe(500_000)
})

test('a message whose client leaves fails by the error of its connection', async () => {
  async function* left(): AsyncGenerator<Buffer> {
    yield Buffer.from('Subject: x')
    throw new Error('the client has left')
  }
  const limits = { bytesMax: 1_000, onPiece() {} }
  await expect(newSpool().receive(left(), limits)).rejects.toThrow('the client has left')
})

test.skipIf(!existsSync('/proc/self/fd'))(
  'W-14 only we can look into the folder, and no file in it stays open of a message that is too long or whose client leaves',
  async () => {
    const folder = newFolder()
    const spool = createSpool(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const places = () =>
      readdirSync('/proc/self/fd').map((fd) => {
        const link = `/proc/self/fd/${fd}`
        return existsSync(link) ? readlinkSync(link) : ''
      })
    expect(places()).not.toEqual([])
    async function* pieces(count: number, hasLeft: boolean): AsyncGenerator<Buffer> {
      for (let at = 0; at < count; at++) yield Buffer.alloc(100_000)
      if (hasLeft) throw new Error('the client has left')
    }
    const limits = { bytesMax: 500_000, onPiece() {} }
    expect(await spool.receive(pieces(6, false), limits)).toBeNull()
    await expect(spool.receive(pieces(4, true), limits)).rejects.toThrow('the client has left')
    expect(places().filter((place) => place.startsWith(folder))).toEqual([])
  },
)
