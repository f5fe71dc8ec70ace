import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { MESSAGE_STATES } from '@/lib/outbox/message'
import type { ListedRow } from '@/lib/outbox/store/messages'
import { listedMessage } from './load-rows'

const now = new Date('2026-11-27T12:00:00Z')
const row = {
  acceptedAt: now,
  begunAt: now,
  dueAt: now,
  otherQueues: [],
  mayBeDuplicate: true,
  movedFromId: null,
} as unknown as ListedRow

test('after an attempt without an answer a message that is not sent again may have arrived, any other may arrive twice', () => {
  const doubts = (t: Parameters<typeof listedMessage>[1]['t'], more: Partial<ListedRow> = {}) =>
    MESSAGE_STATES.map((state) => {
      const inList = listedMessage({ ...row, state, ...more }, { servers: new Map(), paused: [], now, t })
      return [state, inList.doubt]
    })
  const en = translatorFor('en', 'messages')
  const arrived = ['declined', 'failed', 'dismissed', 'cancelled']
  const expected = (once: string, twice: string) =>
    MESSAGE_STATES.map((state) => [state, arrived.includes(state) ? once : twice])
  expect(doubts(en)).toEqual(expected('May have arrived', 'May arrive twice'))
  const de = translatorFor('de', 'messages')
  expect(doubts(de)).toEqual(expected('Möglicherweise angekommen', 'Kommt möglicherweise doppelt an'))
  expect(doubts(en, { mayBeDuplicate: false })).toEqual(MESSAGE_STATES.map((state) => [state, undefined]))
})
