import { expect, test } from 'vitest'
import { csvDownload } from './download'

test.each([
  ['en', 'Name,Note\r\nFinance,"a, b"\r\nHR,c; d\r\n'],
  ['de', 'Name;Note\r\nFinance;a, b\r\nHR;"c; d"\r\n'],
] as const)('a file for a reader in %s has the separator that Excel expects there', async (locale, wanted) => {
  const pages = [[['Finance', 'a, b']], [['HR', 'c; d']]] as const
  const file = csvDownload<readonly [string, string]>(
    { name: 'x.csv', locale },
    [
      ['Name', ([name]) => name],
      ['Note', ([, note]) => note],
    ],
    pages,
  )
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment; filename="x.csv"',
  })
  const bytes = Buffer.from(await file.arrayBuffer())
  expect(bytes.toString()).toBe(`\ufeff${wanted}`)
})
