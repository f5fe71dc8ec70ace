import { expect, test } from 'vitest'
import { shownTest } from '../mail-server/_form/form-test'
import { ended, type LiveTest } from './live-test'

const report = { outcome: 'failed' }
const before = { kind: 'finished', late: false, report, transcript: [], to: '' } as unknown as LiveTest
const latest = { ...before, at: '', isCause: false } as unknown as Parameters<typeof shownTest>[1]['latest']

test('the remedy of the test before stays when another one is refused, which says why', () => {
  const next = ended(before, { kind: 'refused', message: 'Too many' })
  expect(next).toMatchObject({ message: 'Too many', late: true, report })
  expect(ended(next, { kind: 'lost' })).toEqual({ kind: 'lost' })
  const form = { live: { kind: 'refused', message: 'Too many' }, state: { kind: 'untouched' } } as const
  expect(shownTest(form, { latest, draft: false })).toMatchObject({ failed: latest })
})
