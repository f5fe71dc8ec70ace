import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../kernel/ids'
import { createOutboxStore } from './outbox'
import { freshDatabase, type TestDatabase } from './test-db'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const NOW = new Date('2026-11-25T04:31:00Z')
const server = (settings: { type: string; senderAddress: string }) => ({
  id: newId(),
  name: settings.type,
  version: 1,
  settings,
})
const EXCHANGE = server({ type: 'exchange-online-oauth2', senderAddress: 'noreply@contoso.example' })
const SMTP = server({ type: 'smtp', senderAddress: 'relay@contoso.example' })

test('use is counted by mailbox, at servers that count alone; one that sent nothing is there with nothing used', async () => {
  const { db } = fresh
  await db.mailServer.createMany({ data: [EXCHANGE, SMTP] })
  const store = createOutboxStore(db, { now: () => NOW })
  expect(await store.mailboxUse()).toEqual([
    { mailbox: 'noreply@contoso.example', messagesLastMinute: 0, recipientsLastDay: 0 },
  ])

  const hour = (text: string) => new Date(`2026-11-${text}:00:00Z`)
  const rows = [
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('25T04'), recipients: 5, delivered: 4, failed: 1, retried: 2 },
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('24T04'), recipients: 7, delivered: 7 },
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('24T03'), recipients: 100, delivered: 9 },
    { mailServerId: EXCHANGE.id, mailbox: 'team@contoso.example', hour: hour('25T04'), recipients: 30, delivered: 20 },
    { mailServerId: SMTP.id, mailbox: '', hour: hour('25T04'), recipients: 900, delivered: 100 },
  ]
  await db.mailboxHour.createMany({ data: rows })
  const permit = (mailServerId: string, slot: number, kind: string, ms: number) => ({
    ...{ mailServerId, mailbox: '', kind, slot },
    freeAt: new Date(NOW.getTime() + ms),
  })
  await db.permit.createMany({
    data: [
      permit(EXCHANGE.id, 0, 'message', 59_000),
      permit(EXCHANGE.id, 1, 'message', 1),
      permit(EXCHANGE.id, 2, 'message', 0),
      permit(EXCHANGE.id, 0, 'connection', 59_000),
      permit(SMTP.id, 0, 'message', 59_000),
    ],
  })
  expect(await store.mailboxUse()).toEqual([
    { mailbox: 'team@contoso.example', messagesLastMinute: 0, recipientsLastDay: 30 },
    { mailbox: 'noreply@contoso.example', messagesLastMinute: 2, recipientsLastDay: 12 },
  ])
  // The pace counts the same.
  expect(await store.recipientsToday({ mailServerId: EXCHANGE.id, mailbox: '' })).toBe(12)

  const traffic = await store.traffic(hour('24T04'))
  expect(traffic.toSorted((a, b) => a.from.getTime() - b.from.getTime())).toEqual([
    { from: hour('24T04'), delivered: 7, failed: 0, retried: 0 },
    { from: hour('25T04'), delivered: 124, failed: 1, retried: 2 },
  ])
})
