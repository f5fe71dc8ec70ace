import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { reasonText } from './rotation-text'

test.each(['en', 'de'] as const)('a fault of Entra is named as its page is, without its code (%s)', (locale) => {
  const fault = { code: 'secret-expired', evidence: '', at: '2026-11-27T08:00:00Z' }
  const text = (more: { inUse?: true }) =>
    reasonText({ ...fault, ...more }, { way: 'graph', label: 'Postroom 7' }, translatorFor(locale, 'credentials'))
  const title = translatorFor(locale, 'diagnosis')('codes.secret-expired.title')
  for (const said of [text({}), text({ inUse: true })]) {
    expect(said).toContain(title)
    expect(said).not.toContain('secret-expired')
  }
})

test.each([
  ['en', 'Look for “Postroom 7” under Certificates & secrets'],
  ['de', 'Suchen Sie dort unter Zertifikate & Geheimnisse nach „Postroom 7“'],
] as const)('the reason comes with the name of what may be left at Microsoft (%s)', (locale, name) => {
  const fault = { code: 'not-permitted', evidence: '', at: '2026-11-27T08:00:00Z' }
  const rotation = { way: 'graph', label: 'Postroom 7' } as const
  const t = translatorFor(locale, 'credentials')
  const reason = t('graph.reason.not-permitted')
  expect(reasonText(fault, rotation, t)).toBe(reason)
  expect(reasonText({ ...fault, left: true }, rotation, t)).toMatch(new RegExp(`^${reason.slice(0, 30)}.*${name}`))
})

test('a changed application is named with the way to what is left in it', () => {
  const fault = { code: 'other-application', evidence: '5e5addcd', at: '2026-11-27T08:00:00Z', left: true } as const
  const t = translatorFor('en', 'credentials')
  expect(reasonText(fault, { way: 'graph', label: 'Postroom 7' }, t)).toMatch(
    /App registrations, 5e5addcd, Certificates & secrets, .* Look for “Postroom 7”/,
  )
})
