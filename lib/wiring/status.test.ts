import { expect, test } from 'vitest'
import { isSilent } from './status'

const NOW = new Date('2027-03-28T01:30:00Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)

test.each([
  ['worker', 30],
  ['reminders', 300],
])('R-17 %s counts as silent once two of its turns went by without one, and not before', (name, everySeconds) => {
  expect(isSilent({ name, beatAt: ago(0) }, NOW)).toBe(false)
  expect(isSilent({ name, beatAt: ago(2 * everySeconds) }, NOW)).toBe(false) // the second is due this very moment
  expect(isSilent({ name, beatAt: ago(3 * everySeconds) }, NOW)).toBe(true)
})

test('R-15 R-17 a beat from a clock that was ahead is no silence', () => {
  expect(isSilent({ name: 'worker', beatAt: ago(-3600) }, NOW)).toBe(false)
})
