import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { reasonText } from './rotation-text'

test.each([
  ['en', 'Look for “Postroom 7” under Certificates & secrets'],
  ['de', 'Suchen Sie dort unter Zertifikate & Geheimnisse nach „Postroom 7“'],
] as const)('the reason comes with the name of what may be left at Microsoft (%s)', (locale, name) => {
  const fault = { code: 'not-permitted', evidence: '', at: '2026-11-27T08:00:00Z' }
  const rotation = { way: 'graph', label: 'Postroom 7' } as const
  const t = translatorFor(locale, 'credentials')
  const reason = t('graph.reason.not-permitted')
  expect(reasonText(fault, rotation, { locale, t })).toBe(reason)
  expect(reasonText({ ...fault, left: true }, rotation, { locale, t })).toMatch(
    new RegExp(`^${reason.slice(0, 30)}.*${name}`),
  )
})
