import { expect, test } from 'vitest'
import { aCredential } from '@/tests/support/credential'
import { filtered, isNarrowed, queryText, readQuery } from './query'

const views = [
  aCredential({ id: 'undated', state: 'date-unknown' }),
  aCredential({ id: 'far', kind: 'certificate', state: 'healthy', expiresAt: new Date('2028-01-01T00:00:00Z') }),
  aCredential({ id: 'refused', state: 'refused', expiresAt: new Date('2027-12-01T00:00:00Z') }),
  aCredential({ id: 'near', kind: 'certificate', state: 'critical', expiresAt: new Date('2026-11-28T00:00:00Z') }),
  aCredential({ id: 'past', state: 'expired', expiresAt: new Date('2026-11-01T00:00:00Z') }),
]
const ids = (parameters: Parameters<typeof readQuery>[0]) => filtered(views, readQuery(parameters)).map(({ id }) => id)

test.each<[what: string, parameters: Parameters<typeof readQuery>[0], order: string[]]>([
  ['what ends first, and what has no date last', {}, ['past', 'near', 'refused', 'far', 'undated']],
  ['the worst state first', { sort: 'state' }, ['refused', 'past', 'near', 'undated', 'far']],
  ['by kind, within each what ends first', { sort: 'kind' }, ['past', 'refused', 'undated', 'near', 'far']],
  ['one state', { state: 'expired' }, ['past']],
  ['one kind, by state', { kind: 'certificate', sort: 'state' }, ['near', 'far']],
  ['state and kind together', { state: 'expired', kind: 'certificate' }, []],
  ['everything, where nothing known is parameters', { state: 'x', kind: ['certificate'], sort: '' }, ids({})],
])('the list shows %s', (_, parameters, order) => {
  expect(ids(parameters)).toEqual(order)
})

test('the link to the file has the same filter as the page', () => {
  for (const parameters of [{}, { sort: 'end' }, { state: 'refused', sort: 'kind' }, { kind: 'smtp-password' }]) {
    const query = readQuery(parameters)
    expect(readQuery(Object.fromEntries(new URLSearchParams(queryText(query))))).toEqual(query)
  }
  expect(queryText(readQuery({}))).toBe('')
  expect([readQuery({ sort: 'state' }), readQuery({ state: 'soon' })].map(isNarrowed)).toEqual([false, true])
})
