import { expect, test } from 'vitest'
import { alertAdvice, alertTitle } from './text'

test('times are written for people, and a name that looks like one stays a name', () => {
  const details = { server: '2026-99-99T1', since: '2026-11-27T10:05:00.000Z', by: 'Anna' }
  const alert = { kind: 'server-paused', details } as const
  expect(alertTitle(alert, 'en')).toBe('“2026-99-99T1” is paused')
  expect(alertAdvice(alert, 'en')).toContain('since 27 November 2026 at 10:05 UTC.')
})
