import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import type { Prisma } from './generated/client'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
  await fresh.db.rateLimit.createMany({ data: ['a', 'b', 'c'].map((key) => ({ key, points: 1 })) })
})
afterAll(() => fresh.drop())

/** As a value looks whose type was lost on the way, such as a parsed body. */
const typeLost = (value: unknown) => value as Prisma.RateLimitWhereInput

test('W-13 a condition that came out undefined is refused, and never means every row', async () => {
  const { rateLimit } = fresh.db
  for (const where of [{ key: undefined }, { OR: [{ key: undefined }] }, { key: { equals: undefined } }]) {
    await expect(rateLimit.deleteMany({ where: typeLost(where) })).rejects.toThrow('undefined')
    await expect(rateLimit.updateMany({ where: typeLost(where), data: { points: 9 } })).rejects.toThrow('undefined')
    await expect(rateLimit.findFirst({ where: typeLost(where) })).rejects.toThrow('undefined')
  }
  await expect(rateLimit.deleteMany({ where: typeLost(undefined) })).rejects.toThrow('undefined')
  expect(await rateLimit.findMany({ select: { points: true } })).toEqual([{ points: 1 }, { points: 1 }, { points: 1 }])
})

const root = path.resolve(import.meta.dirname, '../..')

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs|js)$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('lib/db/generated/'))
}

test('W-13 no query is put together from text', () => {
  const files = ['app', 'components', 'lib', 'tools'].flatMap(sources)
  expect(files).toContain('lib/audit/store/log.ts')
  const unsafe = files.filter((file) => /RawUnsafe|Prisma\.raw\(/.test(readFileSync(path.join(root, file), 'utf8')))
  expect(unsafe).toEqual([])
})
