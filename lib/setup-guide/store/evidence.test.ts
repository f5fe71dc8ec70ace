import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { newId } from '../../kernel'
import { loadSavedServer } from './evidence'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const [SERVER, FIRST, LATER] = [newId(), newId(), newId()]
const SENDER = 'noreply@contoso.example'
const AT = { first: new Date('2026-11-24T08:00:00Z'), later: new Date('2026-11-25T08:00:00Z') }

async function addAttempt(messageId: string, at: Date, from: string): Promise<void> {
  const { db } = fresh
  await db.message.create({
    data: {
      id: messageId,
      mailServerId: SERVER,
      state: 'delivered',
      source: 'reminder',
      subject: 's',
      messageId: '<1@contoso.example>',
      sizeBytes: 1,
      needsUtf8: false,
      acceptedAt: at,
      dueAt: at,
      expiresAt: at,
      endedAt: at,
    },
  })
  await db.attempt.create({
    data: {
      messageId,
      fence: 1,
      at,
      durationMs: 1,
      mailServerId: SERVER,
      version: 1,
      decision: { from },
      recipients: 1,
      outcome: 'accepted',
    },
  })
}

test('the newest message from the own sender shows what works, otherwise the first one, and a deleted one is not named', async () => {
  const { db } = fresh
  const settings = {
    type: 'exchange-online-oauth2',
    cloud: 'global',
    tenantId: 't',
    clientId: 'c',
    senderAddress: SENDER,
    senderName: '',
    allowIndividualSenders: false,
  }
  await db.mailServer.create({ data: { id: SERVER, name: 'M', version: 1, settings } })
  const delivered = async () => (await loadSavedServer(db, SERVER))?.delivered
  expect(await delivered()).toBeNull()

  await addAttempt(FIRST, AT.first, SENDER)
  const verified = { deliveredVersion: 1, deliveredMessageId: FIRST, deliveredAt: AT.first }
  await db.mailServer.update({ where: { id: SERVER }, data: verified })
  await addAttempt(LATER, AT.later, SENDER.toUpperCase())
  expect(await delivered()).toEqual({ messageId: LATER, at: AT.later })
  await db.attempt.updateMany({ where: { messageId: LATER }, data: { decision: { from: 'other@contoso.example' } } })
  expect(await delivered()).toEqual({ messageId: FIRST, at: AT.first })
  await db.message.deleteMany()
  expect(await delivered()).toEqual({ messageId: null, at: AT.first })
  await db.mailServer.update({ where: { id: SERVER }, data: { version: 2 } })
  expect(await delivered()).toBeNull()
})
