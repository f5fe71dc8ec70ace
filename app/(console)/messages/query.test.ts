import { expect, test } from 'vitest'
import { CHANGED_AT_ONCE_MAX } from '@/lib/outbox/change-messages'
import { chosenIn, doneBy, isFiltered, messagesHref, readMessagesRequest } from './query'

const NOW = new Date('2026-11-30T09:00:00Z')
const RANGE = { time: 'range', from: '2026-11-29', fromTime: '10:14', until: '2026-11-29', untilTime: '10:14' }

test('a range of time selects what was accepted in it, on every page, in each state and for a change of all that match', () => {
  const request = readMessagesRequest({ ...RANGE, sender: 'noreply@contoso.example' }, NOW)
  const filter = {
    from: new Date('2026-11-29T10:14:00Z'),
    until: new Date('2026-11-29T10:15:00Z'),
    sender: 'noreply@contoso.example',
  }
  expect({ filter: request.filter, isFiltered: isFiltered(request) }).toEqual({ filter, isFiltered: true })
  const query = messagesHref({ ...request, view: 'failed' }, { before: '01900000-0000-7000-8000-000000000000' })
  const again = readMessagesRequest(Object.fromEntries(new URL(query, 'http://localhost').searchParams), NOW)
  expect(again.filter).toEqual({ ...filter, states: ['failed'] })
  const form = new FormData()
  form.set('all', '1')
  form.set('matching', query.split('?')[1] ?? '')
  expect(chosenIn(form, NOW)).toEqual({ filter: again.filter })
})

test('another period leaves the fields of a range out, and a range without an end is any time', () => {
  const week = readMessagesRequest({ ...RANGE, time: 'week' }, NOW)
  expect([week.filter, messagesHref(week)]).toEqual([
    { since: new Date('2026-11-23T09:00:00Z') },
    '/messages?time=week',
  ])
  expect(readMessagesRequest({ time: 'range' }, NOW)).toMatchObject({ time: 'all', filter: {}, badDays: [] })
  const wrong = readMessagesRequest({ time: 'range', from: '2026-02-30', fromTime: '10:00' }, NOW)
  expect(wrong).toMatchObject({ time: 'all', filter: {}, from: '', badDays: ['2026-02-30 10:00'] })
  expect(messagesHref(wrong)).toBe('/messages?time=all')
})

test('a change of many messages that reaches its bound says that there are more, and one of fewer does not', () => {
  for (const change of ['hold', 'release', 'resend', 'dismiss', 'cancel']) {
    expect(doneBy(change, CHANGED_AT_ONCE_MAX)).toBe(`${change} most`)
    expect(doneBy(change, CHANGED_AT_ONCE_MAX - 1)).toBe(change)
  }
  // The rest is attempted too, in its turn.
  expect(doneBy('try-now', CHANGED_AT_ONCE_MAX)).toBe('try-now')
  expect(doneBy('hold', 0)).toBe('none')
})
