import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ALERT_KINDS, type AlertKind } from '@/lib/alerts/kinds'
import type { StoredAlertSettings } from '@/lib/alerts/store'
import { translatorFor } from '@/lib/i18n/translations'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { AlertsAnswer } from './alerts-answer'

const fault = { code: 'http-status', evidence: '410', at: '2026-11-30T08:00:00Z' }
const channel = (name: string, lastFault: Channel['lastFault'] = null) =>
  ({ id: name, name, kind: 'webhook', enabled: true, ownerOnly: false, lastFault }) as Channel
const isNew = { acknowledgedAt: null }
const acknowledged = { acknowledgedAt: new Date('2026-11-30T08:00:00Z') }

function answer(facts: {
  notified?: Channel[]
  channels?: Channel[]
  kinds?: readonly AlertKind[]
  open?: { acknowledgedAt: Date | null }[]
}): { text: string; isCalm: boolean; html: string } {
  const { notified = [channel('Ops')], channels = notified, kinds = ALERT_KINDS, open = [] } = facts
  const stored = { kinds, channels: notified.map(({ id }) => id) } as StoredAlertSettings
  const html = renderToStaticMarkup(
    <AlertsAnswer
      {...{ stored, channels, open, mayWrite: true, locale: 'en' }}
      t={translatorFor('en', 'alerts')}
      reminderLabels={translatorFor('en', 'reminders')}
    />,
  )
  const text = html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return { text, isCalm: html.includes('text-good'), html }
}

test('the page is calm only if something is watched and a notified channel has no fault', () => {
  expect(answer({})).toMatchObject({
    text: 'No alerts. Six conditions are watched every minute, and one channel is notified.',
    isCalm: true,
  })
  expect(answer({ notified: [channel('Ops'), channel('Teams', fault)] })).toMatchObject({
    text: 'No alerts. Six conditions are watched every minute, and two channels are notified. The last notification through Teams failed.',
    isCalm: false,
  })
  for (const notified of [[], [channel('Ops')]])
    expect(answer({ kinds: [], notified })).toMatchObject({
      text: 'Nothing is watched. Alerts are sent only if at least one of the conditions below is watched.',
      isCalm: false,
    })
  expect(answer({ notified: [] }).isCalm).toBe(false)
})

test('without a channel the page asks for one first, and with one that is not chosen for its choice', () => {
  expect(answer({ notified: [] }).html).toMatch(/class="button button-primary"[^>]*href="[^"]*#add"/)
  expect(answer({ notified: [], channels: [channel('Ops')] }).html).toMatch(
    /class="button button-secondary"[^>]*href="#settings"/,
  )
})

test('an open alert comes first, with the channels that people may not hear of it through', () => {
  expect(
    answer({ open: [isNew, acknowledged], kinds: [], notified: [channel('Ops', fault), channel('Teams', fault)] }).text,
  ).toBe(
    '2 Two alerts are open. Acknowledge an alert once you are dealing with it, so that it is not repeated. The last notification through two channels failed.',
  )
})

test('nothing is asked about alerts that are all acknowledged', () => {
  expect(answer({ open: [acknowledged] }).text).toBe('1 One alert is open. It is acknowledged and is not repeated.')
  expect(answer({ open: [acknowledged, acknowledged] }).text).toBe(
    '2 Two alerts are open. They are acknowledged and are not repeated.',
  )
})
