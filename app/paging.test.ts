import { expect, test } from 'vitest'
import { pageIn, pageOf, readPage } from './paging'

const link = (page: number) => `?page=${page}`
const rows = Array.from({ length: 40 }, (_, at) => at)
const read = async ({ page, size }: { page: number; size: number }) => ({
  rows: rows.slice((page - 1) * size, page * size),
  total: rows.length,
})

test.each([
  ['1', 1, 25, null, '?page=2'],
  ['2', 2, 15, '?page=1', null],
  ['99', 2, 15, '?page=1', null],
  ['9'.repeat(20), 1, 25, null, '?page=2'],
  ['0', 1, 25, null, '?page=2'],
  ['x', 1, 25, null, '?page=2'],
])('page %s of 40 rows is page %i with %i rows', async (page, number, count, before, after) => {
  const result = pageOf(rows, pageIn({ page }), link)
  expect({ ...result, rows: result.rows.length }).toEqual({ page: number, rows: count, before, after })
  expect(await readPage(pageIn({ page }), read, link)).toEqual({ ...result, total: 40 })
})

test('a list without rows has one page', async () => {
  const empty = { page: 1, rows: [], before: null, after: null }
  expect(pageOf([], 3, link)).toEqual(empty)
  expect(await readPage(3, async () => ({ rows: [], total: 0 }), link)).toEqual({ ...empty, total: 0 })
})
