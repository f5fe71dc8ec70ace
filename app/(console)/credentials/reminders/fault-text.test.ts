import { expect, test } from 'vitest'
import { faultLines } from './fault-text'

test('a mail channel whose address does not exist gets the advice to correct the address, not the mail server', () => {
  const advice = (code: string, isOwner = false) => faultLines('mail', { code, evidence: '' }, 'en', isOwner).advice
  expect(advice('recipient-not-found')).toContain('Add the right one as another channel')
  expect(advice('recipient-not-found', true)).toContain('Correct the owner')
  expect(advice('secret-expired')).toContain('connection test')
})
