import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { aCredential, anApiKey } from '@/tests/support/credential'
import { DateTable, LifetimeTable } from './credential-table'
import { readQuery } from './query'
import type { Row } from './rows'

const now = new Date('2026-11-30T08:00:00Z')
const expiresAt = new Date('2026-12-20T23:59:59Z')
const row: Row = {
  view: anApiKey({ id: 'payroll', state: 'soon', daysLeft: 20, expiresAt }),
  slots: null,
  stage: 'add',
}
const shared = {
  rows: [row],
  query: readQuery({}),
  thresholdsDays: [60, 30, 0],
  rotateDaysBefore: 30,
  channels: [],
  now,
  locale: 'en' as const,
  dependents: () => ({ isDefault: false, rules: [], failoverOf: [] }),
  t: translatorFor('en', 'credentials'),
}

test.each([
  ['few', LifetimeTable],
  ['many', DateTable],
])(
  'among %s rows a key leads to its client and to a new key, and cannot be chosen for what only credentials can do',
  (_, List) => {
    const html = renderToStaticMarkup(<List {...shared} mayWrite />)
    expect(html).toContain('href="/clients/payroll"')
    expect(html).toContain('href="/clients/payroll#reset"')
    expect(html).toContain('Mail server or client')
    expect(html).toContain('20\u00a0Dec')
    expect(html).not.toContain('type="checkbox"')
    expect(html).not.toContain('/credentials/payroll')
    const read = renderToStaticMarkup(<List {...shared} mayWrite={false} />)
    expect(read).not.toContain('#reset')
  },
)

test('while a previous credential carries mail, its row says the days and the date of that one', () => {
  const view = aCredential({
    state: 'refused',
    daysLeft: 720,
    expiresAt: new Date('2028-11-19T08:00:00Z'),
    refusedAt: now,
    carriedBy: { credentialId: 'x', until: new Date('2027-05-27T08:00:00Z'), isDated: true },
  })
  const mailServer = { ...view.mailServer, version: 1, host: null }
  const slots = { mailServer, current: view, next: null, previous: [], rotation: null }
  const html = renderToStaticMarkup(<DateTable {...shared} rows={[{ view, slots, stage: 'fallback' }]} mayWrite />)
  expect(html).toContain('>178<')
  expect(html.replaceAll(/<[^>]+>/g, '')).toMatch(/Previous · 27.May/)
  expect(html).not.toMatch(/720|2028/)
})

test.each([
  ['few months', 25, 6, 6],
  ['so many months that their names would make the page too long', 25, 13, 0],
  ['many months on a page that is not full', 18, 18, 18],
])('months have headings where they fit: %s', (_, count, months, headings) => {
  const rows = Array.from({ length: count }, (_each, nth): Row => {
    const date = new Date(Date.UTC(2027, nth % months, 15))
    return { ...row, view: anApiKey({ id: `key-${nth}`, state: 'healthy', daysLeft: 99, expiresAt: date }) }
  })
  const html = renderToStaticMarkup(<DateTable {...shared} rows={rows.sort(byDate)} mayWrite />)
  expect(html.split('rack-group').length - 1).toBe(headings)
})

const byDate = (a: Row, b: Row) => Number(a.view.expiresAt) - Number(b.view.expiresAt)
