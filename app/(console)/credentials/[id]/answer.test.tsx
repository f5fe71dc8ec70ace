import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { aCredential } from '@/tests/support/credential'
import { CredentialAnswer, type Shared } from './answer'

const now = new Date('2026-11-30T08:00:00Z')
const view = aCredential({ state: 'critical', daysLeft: -3, expiresAt: new Date('2026-11-27T00:00:00Z') })
const slots = { current: view, next: null, previous: [], rotation: null } as unknown as Shared['slots']
const shared = { view, slots, now, t: translatorFor('en', 'credentials') } as Shared

test.each([
  ['Entra accepts this secret although its expiry date has passed.', {}],
  ['The expiry date is unknown.', { state: 'date-unknown', daysLeft: null, expiresAt: null }],
] as const)('a date that is wrong or missing leads to its field who may change it: %s', (title, date) => {
  const html = (mayWrite: boolean) =>
    renderToStaticMarkup(<CredentialAnswer {...shared} view={{ ...view, ...date }} mayWrite={mayWrite} />)
  expect(html(true)).toContain(title)
  expect(html(true)).toMatch(/href="#edit"[^>]*>Enter date/)
  expect(html(false)).not.toContain('#edit')
})

test.each([
  ['a date is unknown', { daysLeft: null, expiresAt: null }],
  ['the date is still to come', { daysLeft: 12, expiresAt: new Date('2026-12-12T00:00:00Z') }],
])('a secret that Entra calls expired is said to be rejected, and why, although %s', (_, date) => {
  const expired = aCredential({ state: 'expired', refusedCode: 'secret-expired', ...date })
  const html = renderToStaticMarkup(<CredentialAnswer {...shared} view={expired} mayWrite />)
  expect(html).toContain('Entra rejects this secret.')
  expect(html).toContain('The client secret has expired')
})
