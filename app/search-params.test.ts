import { expect, test } from 'vitest'
import { idIn } from './search-params'

const ID = '7a0f0000-0000-4000-8000-000000000001'
const names = new Map([[ID, 'Printer 1']])

test.each([
  ['', '', ''],
  [ID, ID, ''],
  ['Printer 1', ID, ''],
  [' printer 1 ', ID, ''],
  ['Printer', '', 'Printer'],
])('a filter by one of many things: “%s” is the id “%s”, and “%s” is no name', (client, id, unknown) => {
  expect(idIn({ client }, 'client', names)).toEqual({ id, unknown })
})

test('a removed thing can still be a filter by its id', () => {
  expect(idIn({ client: ID }, 'client', new Map())).toEqual({ id: ID, unknown: '' })
})
