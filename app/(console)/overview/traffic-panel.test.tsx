import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { MESSAGE_STATES } from '@/lib/outbox/message'
import { trafficOf } from '@/lib/outbox/traffic'
import { TrafficPanel } from './traffic-panel'

test('messages that are counted up to 10,000 are “10,000+”, and those that counters know are not', () => {
  const now = new Date('2026-11-30T09:00:00Z')
  const traffic = trafficOf([{ from: now, mailServerId: null, delivered: 12_345, failed: 3 }], now)
  const counts = { ...recordOf(MESSAGE_STATES, () => 0), failed: 10_000, queued: 10_000, sending: 5, declined: 9_999 }
  const html = renderToStaticMarkup(
    <TrafficPanel period="day" {...{ traffic, counts, now, t: translatorFor('en', 'overview') }} />,
  )
  const numbers = [...html.matchAll(/tabular-nums[^>]*>([\d,+]+)<\/span><\/a>/g)].map(([, text]) => text)
  expect(numbers).toEqual(['12,345', '10,000+', '10,000+', '9,999'])
})
