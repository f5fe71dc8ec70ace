import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { checked } from '../../../tests/support/wire-safe'
import { createDatabaseClock } from '../../db'
import { newId } from '../../kernel'
import type { AcceptedMessage } from '../message'
import { createOutboxService } from '../service'
import { ANY_SERVER } from './rate-limits'
import { createOutboxStore } from './store'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const NOW = new Date('2026-11-25T04:31:00Z')
/** Not compared with the database's, so it stays at its time. */
const CLOCK = { now: () => NOW, monotonicMs: () => 0 }
const server = (settings: { type: string; senderAddress: string }) => ({
  id: newId(),
  name: settings.type,
  version: 1,
  settings,
})
const EXCHANGE = server({ type: 'exchange-online-oauth2', senderAddress: 'noreply@contoso.example' })
const byServer = (a: { mailServerId: string | null }, b: { mailServerId: string | null }) =>
  (a.mailServerId ?? '').localeCompare(b.mailServerId ?? '')
const SMTP = server({ type: 'smtp', senderAddress: 'relay@contoso.example' })

const failed = (endedAt: string, state: string) => ({
  id: newId(),
  mailServerId: EXCHANGE.id,
  state,
  source: 'reminder',
  subject: 's',
  messageId: '<1@contoso.example>',
  sizeBytes: 1,
  needsUtf8: false,
  acceptedAt: NOW,
  dueAt: NOW,
  expiresAt: NOW,
  endedAt: new Date(endedAt),
})

test('usage is counted by mailbox, only at servers with rate limits, and a mailbox that sent nothing is listed with zero', async () => {
  const { db } = fresh
  await db.mailServer.createMany({ data: [EXCHANGE, SMTP] })
  const store = createOutboxStore(db, { now: () => NOW })
  expect(await store.mailboxUse()).toEqual([{ mailbox: 'noreply@contoso.example', recipientsLastDay: 0 }])

  const hour = (text: string) => new Date(`2026-11-${text}:00:00Z`)
  const rows = [
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('25T04'), recipients: 5, delivered: 4 },
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('24T04'), recipients: 7, delivered: 7 },
    { mailServerId: EXCHANGE.id, mailbox: '', hour: hour('24T03'), recipients: 100, delivered: 9 },
    { mailServerId: EXCHANGE.id, mailbox: 'team@contoso.example', hour: hour('25T04'), recipients: 30, delivered: 20 },
    { mailServerId: SMTP.id, mailbox: '', hour: hour('25T04'), recipients: 900, delivered: 100 },
  ]
  await db.mailboxHour.createMany({ data: rows })
  expect(await store.mailboxUse()).toEqual([
    { mailbox: 'team@contoso.example', recipientsLastDay: 30 },
    { mailbox: 'noreply@contoso.example', recipientsLastDay: 12 },
  ])
  // Delivery counts the same recipients.
  const recipientsToday = (mailbox: string) => store.recipientsToday({ mailServerId: ANY_SERVER, mailbox }, newId())
  expect(await recipientsToday('noreply@contoso.example')).toBe(12)
  expect(await recipientsToday('team@contoso.example')).toBe(30)

  await db.message.createMany({
    data: [
      failed('2026-11-24T23:59:00Z', 'failed'), // in the part of an hour before the first one that is shown
      failed('2026-11-25T04:10:00Z', 'failed'),
      failed('2026-11-25T04:11:00Z', 'dismissed'),
      failed('2026-11-24T03:50:00Z', 'failed'), // of the day before
      failed('2026-11-24T03:40:00Z', 'failed'), // too old
    ],
  })
  const day = { at: new Date('2026-11-24T23:45:00Z'), firstHour: hour('25T00') }
  const month = { at: new Date('2026-11-24T03:45:00Z'), firstHour: hour('24T04') }
  const traffic = await store.traffic({ month, day })
  expect(traffic.toSorted((a, b) => a.from.getTime() - b.from.getTime() || byServer(a, b))).toEqual([
    { from: hour('24T04'), mailServerId: null, delivered: 7, failed: 1 },
    { from: hour('25T00'), mailServerId: EXCHANGE.id, delivered: 0, failed: 1 },
    ...[
      { from: hour('25T04'), mailServerId: EXCHANGE.id, delivered: 24, failed: 1 },
      { from: hour('25T04'), mailServerId: SMTP.id, delivered: 100, failed: 0 },
    ].sort(byServer),
  ])
  const ofDay = await createOutboxService({ db, store, clock: createDatabaseClock(db, CLOCK) }).dayOfServers()
  await db.message.deleteMany()
  expect(ofDay).toEqual(
    new Map([
      [EXCHANGE.id, { delivered: 24, failed: 2 }],
      [SMTP.id, { delivered: 100, failed: 0 }],
    ]),
  )
})

test('two mail servers that log in as one mailbox share its rate limits', async () => {
  const { db } = fresh
  await db.mailboxHour.deleteMany()
  const settings = { type: 'exchange-online-oauth2', senderAddress: 'NoReply@contoso.example' }
  const second = { ...server(settings), name: 'second' }
  await db.mailServer.create({ data: second })
  const store = createOutboxStore(db, { now: () => NOW })
  const message = (mailServerId: string, mailbox: string): AcceptedMessage => ({
    mailServerId,
    mailbox,
    source: 'reminder',
    cause: null,
    originator: null,
    subject: 's',
    messageId: '<1@contoso.example>',
    recipients: ['anna@fabrikam.example'],
    bytes: checked('x'),
    needsUtf8: false,
    id: newId(),
    acceptedAt: NOW,
    expiresAt: NOW,
    otherQueues: [],
  })
  await store.insert([
    message(EXCHANGE.id, ''),
    message(second.id, ''),
    message(second.id, 'team@contoso.example'),
    message(SMTP.id, ''),
  ])
  const queues = await store.dueQueues()
  const rateLimitOf = (mailServerId: string, mailbox = '') =>
    queues.find((queue) => queue.mailServerId === mailServerId && queue.mailbox === mailbox)?.rateLimitKey
  expect(rateLimitOf(second.id)).toEqual(rateLimitOf(EXCHANGE.id))
  expect(rateLimitOf(second.id)?.mailbox).toBe('noreply@contoso.example')
  expect(rateLimitOf(second.id, 'team@contoso.example')?.mailbox).toBe('team@contoso.example')
  expect(rateLimitOf(SMTP.id)).toEqual({ mailServerId: SMTP.id, mailbox: '' })

  const used = { mailbox: '', hour: NOW, delivered: 1 }
  await db.mailboxHour.createMany({
    data: [EXCHANGE, second].map(({ id }, at) => ({ ...used, mailServerId: id, recipients: 10 + at })),
  })
  const key = rateLimitOf(second.id)
  if (!key) throw new Error('no queue')
  expect(await store.recipientsToday(key, newId())).toBe(21)
  expect(await store.mailboxUse()).toContainEqual(
    expect.objectContaining({ mailbox: 'noreply@contoso.example', recipientsLastDay: 21 }),
  )
})
