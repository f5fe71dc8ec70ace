import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { HOUR_MS, newId, newOrderedId } from '../../kernel'
import { createOutboxStore } from './store'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const NOW = new Date('2026-11-25T04:31:00Z')
const before = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS)

test('of each client the messages of a day and of a week are counted', async () => {
  const { db } = fresh
  const [often, once, never] = [newId(), newId(), newId()]
  const message = (clientId: string, acceptedAt: Date) => ({
    id: newOrderedId(acceptedAt),
    mailServerId: newId(),
    state: 'delivered',
    source: 'smtp',
    clientId,
    subject: 's',
    messageId: '<1@contoso.example>',
    sizeBytes: 1,
    needsUtf8: false,
    acceptedAt,
    dueAt: acceptedAt,
    expiresAt: NOW,
  })
  const hours = [1, 23, 25, 167, 169]
  await db.message.createMany({
    data: [...hours.map((each) => message(often, before(each))), message(once, before(100))],
  })
  const store = createOutboxStore(db, { now: () => NOW })
  expect(await store.countsOfClients([often, once, never])).toEqual(
    new Map([
      [often, { day: 2, week: 4 }],
      [once, { day: 0, week: 1 }],
      [never, { day: 0, week: 0 }],
    ]),
  )
})
