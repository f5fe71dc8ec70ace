import { expect, test } from 'vitest'
import { invalid } from '../validation/validation-error'
import { parseDayAhead } from './edit'

test.each([
  ['2026-12-01', true],
  ['2026-11-30', false],
])('on 1 December a new secret with the expiry date %s is accepted: %s', (day, isAccepted) => {
  const read = parseDayAhead(day, new Date('2026-12-01T15:00:00Z'))
  expect(read.ok).toBe(isAccepted)
  if (!isAccepted) expect(read).toEqual(invalid('expiresAt.over'))
})

test('a new secret needs no expiry date', () => {
  expect(parseDayAhead('', new Date())).toEqual({ ok: true, value: null })
})
