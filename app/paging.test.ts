import { expect, test } from 'vitest'
import { pageIn, pageOf } from './paging'

const link = (page: number) => `?page=${page}`
const rows = Array.from({ length: 40 }, (_, at) => at)

test.each([
  ['1', 1, 25, null, '?page=2'],
  ['2', 2, 15, '?page=1', null],
  ['99', 2, 15, '?page=1', null],
  ['0', 1, 25, null, '?page=2'],
  ['x', 1, 25, null, '?page=2'],
])('page %s of 40 rows is page %i with %i rows', (page, number, count, before, after) => {
  const result = pageOf(rows, pageIn({ page }), link)
  expect({ ...result, rows: result.rows.length }).toEqual({ page: number, rows: count, before, after })
})

test('a list without rows has one page', () => {
  expect(pageOf([], 3, link)).toEqual({ page: 1, rows: [], before: null, after: null })
})
