import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Reminder } from '@/lib/credentials/store/reminders'
import { translatorFor } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { aCredential } from '@/tests/support/credential'
import { History, linesOf } from './history'

const now = new Date('2026-11-27T12:00:00Z')
const daysAway = (days: number) => new Date(now.getTime() + days * DAY_MS)
const views = Array.from({ length: 12 }, (_, at) => aCredential({ id: `c${at}`, expiresAt: daysAway(100 + at) }))
const reminder = (id: number, changes: Partial<Reminder> = {}): Reminder => ({
  id: `r${id}`,
  credentialId: 'c0',
  clientId: null,
  channelId: 'mail',
  thresholdDays: 30,
  state: 'sent',
  dueAt: daysAway(-id),
  attempts: 1,
  nextAttemptAt: null,
  sentAt: daysAway(-id),
  fault: null,
  ...changes,
})

test('ten upcoming and 15 earlier reminders have a row, the others are counted, and none that failed is left out', () => {
  const failed = { state: 'failed', sentAt: null } as const
  const reminders = [...Array.from({ length: 30 }, (_, at) => reminder(at)), reminder(99, failed)]
  const { lines, undelivered, ...rest } = linesOf({ views, reminders, thresholdsDays: [30], now })
  expect(rest).toEqual({ moreComing: 2, hasEarlier: true })
  expect(lines.map(({ reminder }) => reminder?.id ?? 'upcoming')).toEqual([
    ...Array.from({ length: 10 }, () => 'upcoming'),
    ...Array.from({ length: 15 }, (_, at) => `r${at}`),
  ])
  expect(undelivered.map(({ key }) => key)).toEqual(['r99'])
  expect(linesOf({ views: views.slice(0, 10), reminders: [reminder(1)], thresholdsDays: [30], now })).toMatchObject({
    moreComing: 0,
    hasEarlier: false,
  })
})

test('a day that had passed before the credential was stored has no row', () => {
  const createdAt = daysAway(-5)
  const covered = [reminder(9, { state: 'covered', sentAt: null }), reminder(4, { state: 'covered', sentAt: null })]
  const stored = [aCredential({ id: 'c0', expiresAt: daysAway(9), createdAt })]
  const { lines } = linesOf({ views: stored, reminders: covered, thresholdsDays: [], now })
  expect(lines.map(({ key }) => key)).toEqual(['r4'])
})

const render = (props: Partial<Parameters<typeof History>[0]>) =>
  renderToStaticMarkup(
    History({
      views: [],
      reminders: [],
      thresholdsDays: [30],
      channels: [],
      mayWrite: false,
      mayTest: false,
      now,
      t: translatorFor('en', 'reminders'),
      credentialLabels: translatorFor('en', 'credentials'),
      ...props,
    }),
  )

test('an alert that was given up has no row, and the note says through which channel', () => {
  const channels = ['mail', 'teams'].map((id) => ({ id, name: `by ${id}` })) as Channel[]
  const alert = reminder(1, { credentialId: null, state: 'failed' })
  expect(render({ channels, reminders: [alert] })).toContain('not delivered through by mail.')
  expect(render({ channels, reminders: [{ ...alert, state: 'sent' }] })).not.toContain('not delivered')
})

test('of the reminders that were not delivered 25 are listed in the fold, and all of them are counted', () => {
  const failed = Array.from({ length: 300 }, (_, at) => reminder(at, { state: 'failed', sentAt: null }))
  const html = render({ views, reminders: failed, channels: [{ id: 'mail', name: 'by mail' } as Channel] })
  expect(html).toContain(translatorFor('en', 'reminders')('list.undelivered', { count: 285 }))
  expect(html.match(/by mail/g)).toHaveLength(1 + 15 + 25)
})

test("an owner's channel counts for the credentials of this owner alone", () => {
  const owner = {
    id: 'o',
    kind: 'mail',
    enabled: true,
    reminders: true,
    ownerOnly: true,
    address: 'anna@contoso.example',
  }
  const textFor = (owners: string[]) =>
    render({ views: [aCredential({ expiresAt: daysAway(100), owners })], channels: [owner as Channel] })
  expect(textFor(['anna@contoso.example'])).toContain('All channels')
  expect(textFor(['otto@contoso.example'])).toContain('No channel')
})
