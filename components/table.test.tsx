import { readFileSync } from 'node:fs'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Table } from './table'

test('a table says its roles, which CSS that lays it out as cards takes from its elements', () => {
  const page = renderToStaticMarkup(
    <Table caption="Letters" rows={['a']} rowKey={(row) => row} groupOf={() => 'today'} flush narrow="run">
      {(column) => ['name', 'sent'].map((key) => column(key, (row) => `${key} ${row}`))}
    </Table>,
  )
  const roles = [...page.matchAll(/<(table|thead|tbody|tr|td|th)\b[^>]*?role="(\w+)"/g)].map(([, tag, role]) => [
    tag,
    role,
  ])
  expect(roles).toEqual([
    ...[
      ['table', 'table'],
      ['thead', 'rowgroup'],
      ['tr', 'row'],
      ['th', 'columnheader'],
      ['th', 'columnheader'],
    ],
    ...[
      ['tbody', 'rowgroup'],
      ['tr', 'row'],
      ['td', 'cell'],
      ['tr', 'row'],
      ['th', 'rowheader'],
      ['td', 'cell'],
    ],
  ])
})

test('the cells of a row are read in the order in which they are seen, on a narrow screen too', () => {
  const css = readFileSync('app/globals.css', 'utf8')
  expect(css).toContain('.rack-brief')
  expect(css).not.toMatch(/^\s*order:/m)
})
