import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { Channels } from './channels'

const channel = {
  ...{ id: 'hook', name: 'Hook', kind: 'webhook', enabled: true, ownerOnly: false, reminders: false, address: null },
  ...{ origin: 'https://hooks.example', messageEvents: ['failed'], messageClientId: null, locale: 'en' },
  ...{ lastSentAt: null, lastFault: { code: 'http-status', evidence: '500', at: '2026-11-30T08:00:00Z' } },
} as unknown as Channel

const markupOf = (count: number, locale: 'en' | 'de', changes: Partial<Channel> = {}) =>
  renderToStaticMarkup(
    <Channels
      {...{ channels: [{ ...channel, ...changes }], clients: [], thresholdsDays: [], changedId: null, addedId: null }}
      {...{ mayWrite: false, mayTest: false, now: new Date('2026-11-30T09:00:00Z') }}
      waiting={new Map([['hook', { count, until: new Date('2026-12-03T08:00:00Z') }]])}
      nextAttempts={new Map([['hook', new Date('2026-11-30T09:05:00Z')]])}
      credentialLabels={translatorFor(locale, 'credentials')}
      t={translatorFor(locale, 'reminders')}
    />,
  )

test('a webhook that accepts nothing says how many events wait, and until when they are attempted', () => {
  expect(markupOf(1, 'en')).toContain('One event about a message waits for this webhook. It is attempted until')
  expect(markupOf(240, 'en')).toContain(
    '240 events about messages wait for this webhook. Each is attempted for three days',
  )
  expect(markupOf(240, 'en')).toMatch(/the oldest one until 3\sDec\s2026/)
  expect(markupOf(240, 'de')).toContain('240 Ereignisse zu Nachrichten warten auf diesen Webhook.')
  expect(markupOf(240, 'en', { enabled: false })).not.toContain('wait for this webhook')
})

test('a channel that fails says when what waits for it is attempted again, if it is switched on', () => {
  expect(markupOf(1, 'en')).toContain('What waits for this channel is attempted again in 5 minutes.')
  expect(markupOf(1, 'de')).toContain('Was auf diesen Kanal wartet, wird in 5 Minuten erneut gesendet.')
  expect(markupOf(1, 'en', { enabled: false })).not.toContain('attempted again')
})

test('a dot between two facts stays with the fact before it, so no line begins with one', () => {
  const html = markupOf(1, 'en', { ownerOnly: true })
  expect(html.match(/\u00a0· /g)).toHaveLength(3)
  expect(html).not.toMatch(/[ >]· /)
})
