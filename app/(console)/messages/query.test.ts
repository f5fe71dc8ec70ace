import { expect, test } from 'vitest'
import { CHANGED_AT_ONCE_MAX } from '@/lib/outbox/change-messages'
import { doneBy } from './query'

test('a change of many messages that reaches its bound says that there are more, and one of fewer does not', () => {
  for (const change of ['hold', 'release', 'resend', 'dismiss', 'cancel']) {
    expect(doneBy(change, CHANGED_AT_ONCE_MAX)).toBe(`${change} most`)
    expect(doneBy(change, CHANGED_AT_ONCE_MAX - 1)).toBe(change)
  }
  // The rest is attempted too, in its turn.
  expect(doneBy('try-now', CHANGED_AT_ONCE_MAX)).toBe('try-now')
  expect(doneBy('hold', 0)).toBe('none')
})
