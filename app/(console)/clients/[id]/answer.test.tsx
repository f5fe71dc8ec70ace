import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import type { ListedClient } from '../_list/query'
import { ClientAnswer } from './answer'

const now = new Date('2026-11-30T08:00:00Z')
const at = new Date('2026-11-22T08:00:00Z')

const answer = (
  state: ListedClient['state'],
  mayWrite = true,
  expiresAt: Date | null = null,
  lastError: string | null = null,
) =>
  renderToStaticMarkup(
    <ClientAnswer
      row={
        {
          client: { way: 'api-key', lastSeenAt: at, lastError, lastErrorAt: null, disabledAt: at, expiresAt },
          sentAt: null,
          hasSentToday: false,
          state,
        } as unknown as ListedClient
      }
      sessions={[]}
      submission={translatorFor('en', 'submission')}
      mayWrite={mayWrite}
      now={now}
      t={translatorFor('en', 'clients')}
    />,
  )

test('a client that cannot send says what to do, with the button for those who may', () => {
  expect(answer('over')).toContain(
    'The client cannot send by the HTTP API until the key is replaced or has a later date.',
  )
  expect(answer('over')).toMatch(/popoverTarget="reset"[^>]*>Replace the key/i)
  expect(answer('disabled')).toContain('The client is rejected until it is enabled again.')
  expect(answer('disabled')).toMatch(/popoverTarget="access"[^>]*>Enable/i)
  expect(answer('silent')).toContain('Check that the client is switched on and reaches this server.')
  for (const state of ['over', 'disabled'] as const) expect(answer(state, false)).not.toContain('<button')
})

test.each(['login-wrong', 'password-reset'])('a client that was rejected with %s may get another secret', (code) => {
  expect(answer('refused', true, null, code)).toMatch(/popoverTarget="reset"/)
  expect(answer('refused', true, null, 'sender-not-allowed')).not.toContain('<button')
})

test('a client that works, but not for long, says when its key expires', () => {
  const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS)
  for (const state of ['active', 'silent', 'unused'] as const) {
    expect(answer(state, true, inDays(7))).toMatch(/The key expires in 7\sdays, on 7\sDec\s2026\./)
    expect(answer(state, true, inDays(7))).toMatch(/popoverTarget="reset"[^>]*>Replace the key/i)
    expect(answer(state, true, inDays(8))).not.toContain('expires')
  }
  expect(answer('active', false, inDays(0))).toContain('The key expires today.')
  expect(answer('disabled', true, inDays(1))).not.toContain('expires')
})

test('a client that has stopped sending leads to its alert, also those who may change nothing', () => {
  expect(answer('stopped', false)).toContain('The client has stopped sending.')
  expect(answer('stopped', false)).toContain('href="/credentials/alerts"')
})

test('a client that works needs no button', () => {
  for (const state of ['active', 'silent', 'unused'] as const) expect(answer(state)).not.toContain('<button')
})
