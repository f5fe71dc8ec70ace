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

test('to screen readers the box that chooses a row is a separate cell, so that they do not say it with the name of the row', () => {
  const page = renderToStaticMarkup(
    <Table
      caption="Letters"
      rows={['a', 'b']}
      rowKey={(row) => row}
      choice={{ all: <i>all</i>, one: (row) => row === 'a' && <i>choose a</i> }}
    >
      {(column) => ['name', 'sent'].map((key) => column(key, (row) => `${key} ${row}`))}
    </Table>,
  )
  const cells = [...page.matchAll(/<\w+\b[^>]*role="(cell|columnheader|rowheader)"[^>]*>(.*?)<\/(?:span|div|td|th)>/g)]
  expect(cells.map(([, role, content]) => `${role}: ${content?.replaceAll(/<.*?>/g, '')}`)).toEqual([
    ...['cell: all', 'columnheader: name', 'columnheader: sent'],
    ...['cell: choose a', 'rowheader: name a', 'cell: sent a'],
    ...['cell: ', 'rowheader: name b', 'cell: sent b'],
  ])
  expect(page.match(/<th\b[^>]*role="none"/g)).toHaveLength(3)
  expect(page).not.toMatch(/<th\b[^>]*aria-label/)
})

test('the cells of a row are read in the order in which they are seen, on a narrow screen too', () => {
  const css = readFileSync('app/globals.css', 'utf8')
  expect(css).toContain('.rack-brief')
  expect(css).not.toMatch(/^\s*order:/m)
})

test('a column that a narrow screen leaves out has no heading there either, since screen readers count the cells of a row', () => {
  const page = renderToStaticMarkup(
    <Table caption="Letters" rows={['a']} rowKey={(row) => row}>
      {(column) => [column('name', (row) => row), column('sent', { wide: true }, () => ''), column('to', () => '')]}
    </Table>,
  )
  const left = [...page.matchAll(/<t[hd]\b[^>]*class="([^"]*)"/g)].map(([, look = '']) =>
    look.includes('max-sm:hidden'),
  )
  expect(left).toEqual([false, true, false, true])
})
