import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { aMessage, outboxAt } from '../../../tests/support/outbox'
import { auditEntry } from '../../audit'
import { DAY_MS, HOUR_MS, newId, SYSTEM_CALLER } from '../../kernel'
import {
  claimNotifications,
  dropNotifications,
  nextAttempts,
  queueNotifications,
  rewriteMail,
  saveResult,
} from './notifications'

const database = databaseOfEach()
const AT = new Date()
const AUDITS = [auditEntry('reminder.send', SYSTEM_CALLER, null)]

/** A notification whose attempt another worker has taken over, or which was withdrawn in the meantime. */
async function notification(state: 'due' | 'sent' | 'cancelled' | 'failed') {
  const { db } = database
  const channelId = newId()
  const channel = { id: channelId, kind: 'webhook', name: 'IT', createdBy: 'x', createdAt: AT, updatedAt: AT }
  await db.notificationChannel.create({ data: channel })
  const data = { channelId, state, week: AT, expiryVersion: 0, thresholdDays: 0, deliveryId: 'd', dueAt: AT }
  const row = await db.reminder.create({ data: { ...data, id: newId(), sentAt: state === 'sent' ? AT : null } })
  const facts = async () => [
    await db.reminder.findFirst(),
    await db.notificationChannel.findFirst(),
    await db.auditEvent.count(),
  ]
  return { db, id: row.id, row, facts }
}

test.each(['sent', 'cancelled', 'failed'] as const)(
  'R-16 R-25 a late result changes nothing of a notification that is %s already, and puts no mail into the outbox',
  async (state) => {
    const { db, row, facts } = await notification(state)
    const before = await facts()
    const fault = { code: 'http-status', evidence: '503' }
    const later = new Date(AT.getTime() + HOUR_MS)
    await saveResult(db, [row], { at: later, fault, nextAttemptAt: later }, AUDITS)
    await saveResult(db, [row], { at: later, fault: null, nextAttemptAt: null }, AUDITS)
    await dropNotifications(db, [row])
    const insertMessage = () => expect.unreachable('the mail would be sent')
    await queueNotifications(db, [row], { messageId: newId(), insertMessage, audits: AUDITS, at: later })
    expect(await facts()).toEqual(before)
  },
)

const claimed = (afterMs = 2) =>
  claimNotifications(database.db, new Date(AT.getTime() + afterMs), {
    leaseMs: HOUR_MS,
    pauseMsMax: HOUR_MS,
    rowsMax: 9,
  })

test('R-16 what a worker that was suspended beyond its lease knows late changes nothing of another worker’s claim, but that it sent', async () => {
  const { db, facts } = await notification('due')
  const suspended = await claimed()
  const next = await claimed(2 + HOUR_MS)
  const before = await facts()
  const fault = { code: 'http-status', evidence: '503' }
  const at = new Date(AT.getTime() + HOUR_MS)
  for (const nextAttemptAt of [at, null]) await saveResult(db, suspended, { at, fault, nextAttemptAt }, AUDITS)
  await dropNotifications(db, suspended)
  const insertMessage = () => expect.unreachable('the mail would be sent twice')
  await queueNotifications(db, suspended, { messageId: newId(), insertMessage, audits: AUDITS, at })
  expect(await facts()).toEqual(before)
  expect(await claimed(3 + HOUR_MS)).toEqual([])

  await saveResult(db, suspended, { at, fault: null, nextAttemptAt: null }, AUDITS)
  await saveResult(db, next, { at, fault, nextAttemptAt: at }, AUDITS)
  const [row, channel, audits] = await facts()
  expect(row).toMatchObject({ state: 'sent', sentAt: at, leasedUntil: null, fault: null })
  expect([channel, audits]).toMatchObject([{ lastSentAt: at, lastFault: null }, 1])
})

/** An alert and its due notifications with these numbers, in one channel with a report. @returns the report's row */
async function ofAlert(...rows: { thresholdDays: number; attempts?: number }[]) {
  const { db, id } = await notification('due')
  const about = { kind: 'queue', subject: 'x', details: {}, openedAt: AT, heldAt: AT }
  const { id: alertId } = await db.alert.create({ data: { id: newId(), ...about } })
  const { fault: _, ...row } = await db.reminder.findUniqueOrThrow({ where: { id } })
  for (const each of rows) await db.reminder.create({ data: { ...row, ...each, id: newId(), week: null, alertId } })
  return row
}

test('R-15 while one worker claims what is due for a channel, another one claims for the next channel', async () => {
  const { db, id } = await notification('due')
  const other = await notification('due')
  await db.reminder.update({ where: { id: other.id }, data: { dueAt: new Date(AT.getTime() - HOUR_MS) } })
  const second = await db.$transaction(async (first) => {
    await first.$queryRaw`SELECT 1 FROM "NotificationChannel" c JOIN "Reminder" r ON r."channelId" = c."id"
      WHERE r."id" = ${other.id}::uuid FOR UPDATE OF c`
    return claimed()
  })
  expect(second.map((each) => each.id)).toEqual([id])
})

test('R-16 what failed before is sent again alone and under its delivery id, and what is new not together with it', async () => {
  const report = await ofAlert({ thresholdDays: 1 }, { thresholdDays: 2, attempts: 1 })
  await dropNotifications(database.db, [report])
  await database.db.reminder.updateMany({ where: { attempts: 1 }, data: { dueAt: new Date(AT.getTime() + 1) } })
  expect(await claimed()).toMatchObject([{ thresholdDays: 1, attempts: 1 }])
  expect(await claimed()).toMatchObject([{ thresholdDays: 2, attempts: 2, deliveryId: report.deliveryId }])
})

test('R-16 alerts that begin, go on or are over are separate notices, and so is each report', async () => {
  const row = await ofAlert(...[-1, 0, 1, 2].map((thresholdDays) => ({ thresholdDays })))
  await database.db.reminder.create({ data: { ...row, id: newId(), week: new Date(AT.getTime() - 7 * DAY_MS) } })
  const notices: number[][] = []
  for (let next = await claimed(); next.length > 0; next = await claimed())
    notices.push(next.map(({ thresholdDays }) => thresholdDays).sort())
  expect(notices.sort()).toEqual([[-1], [0], [0], [0], [1, 2]])
})

test('R-16 the text of a mail that a worker has claimed stays as it is', async () => {
  const { db } = database
  const outbox = await outboxAt({ database, port: 1 })
  const accepted = await outbox.accept(await aMessage('5 days'))
  if (!accepted.ok) throw new Error(accepted.error)
  const { id } = accepted.value
  const before = await db.messageBody.findFirstOrThrow()
  const text = { subject: '4 days', bytes: Buffer.from('x'), needsUtf8: false }
  await db.message.update({ where: { id }, data: { state: 'sending' } })
  expect(await rewriteMail(db, id, text)).toBe(false)
  expect(await db.messageBody.findFirst()).toEqual(before)
  await db.message.update({ where: { id }, data: { state: 'queued' } })
  expect(await rewriteMail(db, id, text)).toBe(true)
  expect(await db.messageBody.findFirst()).not.toEqual(before)
})

test('the next attempt at a channel is known after a failed one only', async () => {
  const { db, row } = await notification('due')
  const other = await notification('due')
  const channelIds = [row.channelId, other.row.channelId]
  const failing = await claimed()
  expect(await nextAttempts(db, channelIds)).toEqual(new Map())
  const nextAttemptAt = new Date(AT.getTime() + HOUR_MS)
  await saveResult(db, failing, { at: AT, fault: { code: 'http-status', evidence: '503' }, nextAttemptAt }, AUDITS)
  expect(await nextAttempts(db, channelIds)).toEqual(new Map([[failing[0]?.channel.id, nextAttemptAt]]))
})
