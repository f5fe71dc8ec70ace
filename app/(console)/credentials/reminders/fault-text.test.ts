import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { failingText, faultAdvice } from './fault-text'

test('a mail channel whose address does not exist gets the advice to correct the address, not the mail server', () => {
  const advice = (code: string, isOwner = false) => faultAdvice('mail', { code, evidence: '' }, 'en', isOwner).advice
  expect(advice('recipient-not-found')).toContain('Add the right one as another channel')
  expect(advice('recipient-not-found', true)).toContain('page of the credential or client')
  expect(advice('secret-expired')).toContain('connection test')
})

test('a receiver that redirects gets the advice to add the final address', () => {
  const { advice } = faultAdvice('webhook', { code: 'bad-reply', evidence: '302 redirect' }, 'en')
  expect(advice).toContain('redirects to another address')
})

test('only the advice about a lost address of Teams speaks of its workflow', () => {
  const advice = (kind: 'webhook' | 'teams') => faultAdvice(kind, { code: 'http-status', evidence: '404' }, 'en').advice
  expect(advice('teams')).toContain('workflow exists and is switched on')
  expect(advice('webhook')).toBe(
    'The receiver does not know this address or does not allow access. If it has a new address, add that as another channel.',
  )
})

test('failures of channels and of owners are counted separately', () => {
  const lastFault = { code: 'http-status', evidence: '410', at: '2026-11-30T08:00:00Z' }
  const channel = (name: string, more: Partial<Channel> = {}) =>
    ({ name, lastFault, ownerOnly: false, ...more }) as Channel
  const owner = (name: string) => channel(name, { ownerOnly: true })
  const text = (...channels: Channel[]) => failingText(channels, translatorFor('en', 'reminders'))
  expect(text(channel('Ops', { lastFault: null }))).toBe('')
  expect(
    text(channel('Ops'), channel('Teams', { lastFault: null }), owner('a@contoso.example'), owner('b@contoso.example')),
  ).toBe('The last notification through Ops failed. The last notification to two owners failed.')
  expect(text(owner('a@contoso.example'))).toBe('The last notification to a@contoso.example failed.')
})
