import { expect, test } from 'vitest'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { aCredential, anApiKey } from '@/tests/support/credential'
import { exported, isNarrowed, queryText, readQuery, selectRows } from './query'
import { nextStepOf, rowsOf, undatedOf } from './rows'

const NOW = new Date('2026-11-26T12:00:00Z')

/** A separate mail server for each credential, with the id of the credential as its name. */
function slotsOf(changes: Partial<CredentialView>, more: Partial<SlotsView> = {}): SlotsView {
  const name = changes.id ?? 'Mail server'
  const mailServer = { ...aCredential().mailServer, id: `server-${name}`, name }
  const current = aCredential({ ...changes, mailServer })
  return {
    mailServer: { ...mailServer, version: 1, host: null },
    current,
    next: null,
    previous: [],
    rotation: null,
    ...more,
  }
}

const slots = [
  slotsOf({ id: 'password', kind: 'smtp-password', state: 'date-unknown' }),
  slotsOf({ id: 'undated', state: 'date-unknown' }),
  slotsOf({ id: 'far', kind: 'certificate', state: 'healthy', expiresAt: new Date('2028-01-01T00:00:00Z') }),
  slotsOf({ id: 'soon', state: 'soon', expiresAt: new Date('2026-12-24T00:00:00Z'), owners: ['ops@contoso.example'] }),
  slotsOf(
    {
      id: 'rejected',
      state: 'refused',
      refusedAt: new Date('2026-11-20T00:00:00Z'),
      expiresAt: new Date('2027-12-01T00:00:00Z'),
      note: 'Ask the mail team',
    },
    { previous: [aCredential({ id: 'replaced', slot: 'previous' })] },
  ),
  slotsOf({ id: 'near', kind: 'certificate', state: 'critical', expiresAt: new Date('2026-11-28T00:00:00Z') }),
  slotsOf({ id: 'past', state: 'expired', expiresAt: new Date('2026-11-01T00:00:00Z') }),
]
const all = { slots, keys: [] }
type Query = Parameters<typeof readQuery>[0]
const ids = (parameters: Query) => selectRows(all, readQuery(parameters)).rows.map(({ view }) => view.id)

test.each<[what: string, parameters: Query, order: string[]]>([
  [
    'what needs attention first, then by date, no date last, as the Overview has it',
    {},
    ['past', 'rejected', 'near', 'soon', 'far', 'undated', 'password'],
  ],
  ['by mail server', { sort: 'server' }, ['far', 'near', 'password', 'past', 'rejected', 'soon', 'undated']],
  ['what needs attention', { state: 'needs' }, ['past', 'rejected', 'near']],
  ['what expires soon', { state: 'soon' }, ['soon']],
  ['what has no date', { state: 'date-unknown' }, ['undated', 'password']],
  ['what was replaced', { state: 'previous' }, ['replaced']],
  ['one kind', { kind: 'certificate' }, ['near', 'far']],
  ['one owner', { owner: 'ops@contoso.example' }, ['soon']],
  ['one month', { month: '2026-12' }, ['soon']],
  ['this week, which is what needs attention', { month: 'week' }, ['past', 'rejected', 'near']],
  ['a part of a note', { text: 'MAIL TEAM' }, ['rejected']],
  ['state and kind together', { state: 'soon', kind: 'certificate' }, []],
  ['everything, where nothing known is chosen', { state: 'x', kind: ['certificate'], month: 'x' }, ids({})],
])('the list shows %s', (_, parameters, order) => {
  expect(ids(parameters)).toEqual(order)
})

test('what cannot be reminded of for want of a date is in the list of what has none, and nothing else is counted', () => {
  const refused = slotsOf({ id: 'refused', state: 'refused' })
  const prepared = slotsOf(
    { id: 'dated', state: 'healthy', expiresAt: new Date('2028-01-01T00:00:00Z') },
    { next: aCredential({ id: 'next', slot: 'next' }), previous: [aCredential({ id: 'before', slot: 'previous' })] },
  )
  const expiring = { slots: [...slots, refused, prepared], keys: [] }
  const views = expiring.slots.flatMap(({ current, next, previous }) =>
    [current, next, ...previous].filter((view) => view !== null),
  )
  const counted = undatedOf(views).map(({ id }) => id)
  expect(counted).toEqual(['undated'])
  const list = selectRows(expiring, readQuery({ state: 'date-unknown' })).rows
  expect(list.map(({ view }) => view.id)).toEqual(expect.arrayContaining(counted))
})

test('counts the segments of what the other filters leave', () => {
  expect(selectRows(all, readQuery({ state: 'soon' })).counts).toMatchObject({ '': 7, needs: 3, soon: 1, previous: 1 })
  expect(selectRows(all, readQuery({ kind: 'certificate' })).counts).toMatchObject({ '': 2, needs: 1, soon: 0 })
})

test('the file has the filter of the page, and without a state also next and previous credentials', () => {
  for (const parameters of [{}, { sort: 'server' }, { state: 'needs', text: 'a & b' }, { kind: 'smtp-password' }]) {
    const query = readQuery(parameters)
    expect(readQuery(Object.fromEntries(new URLSearchParams(queryText(query))))).toEqual(query)
  }
  expect(queryText(readQuery({}))).toBe('')
  expect([readQuery({ sort: 'server' }), readQuery({ state: 'soon' })].map(isNarrowed)).toEqual([false, true])
  const file = (parameters: Query) => exported(all, readQuery(parameters)).map(({ id }) => id)
  expect(file({ text: 'rejected' })).toEqual(['rejected', 'replaced'])
  expect(file({ text: 'rejected', state: 'needs' })).toEqual(['rejected'])
})

test.each<[id: string, rotateDaysBefore: number | null, step: ReturnType<typeof nextStepOf>]>([
  ['rejected', null, 'replace'],
  ['near', 30, 'replace'],
  ['soon', null, 'replace'],
  ['soon', 14, 'renews'],
  // The day of the renewal has passed, so it did not work.
  ['soon', 60, 'replace'],
  ['far', null, 'none'],
  ['undated', null, 'date'],
  ['password', null, 'none'],
])('the next step of “%s”, renewed %s days ahead, is “%s”', (id, rotateDaysBefore, step) => {
  const row = rowsOf(all).find(({ view }) => view.id === id)
  expect(row && nextStepOf(row, rotateDaysBefore, NOW)).toBe(step)
})

test('keys of clients are rows among the credentials, with their kind, month, owner and step', () => {
  const keys = [
    anApiKey({
      id: 'erp',
      state: 'critical',
      expiresAt: new Date('2026-11-27T00:00:00Z'),
      owners: ['erp@contoso.example'],
    }),
    anApiKey({ id: 'later', state: 'healthy', expiresAt: new Date('2027-12-31T23:59:59Z') }),
  ]
  const mixed = { slots, keys }
  const idsOf = (parameters: Query) => selectRows(mixed, readQuery(parameters)).rows.map(({ view }) => view.id)
  expect(idsOf({})).toEqual(['past', 'rejected', 'erp', 'near', 'soon', 'later', 'far', 'undated', 'password'])
  expect(idsOf({ kind: 'api-key' })).toEqual(['erp', 'later'])
  expect(idsOf({ owner: 'erp@contoso.example' })).toEqual(['erp'])
  expect(idsOf({ text: 'payroll', month: '2027-12' })).toEqual(['later'])
  expect(selectRows(mixed, readQuery({})).counts).toMatchObject({ '': 9, needs: 4, healthy: 2 })
  expect(exported(mixed, readQuery({ kind: 'api-key' })).map(({ id }) => id)).toEqual(['erp', 'later'])
  const steps = rowsOf({ slots: [], keys }).map((row) => nextStepOf(row, 30, NOW))
  expect(steps).toEqual(['key', 'none'])
})
