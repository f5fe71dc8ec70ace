import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { aMessage, outboxAt } from '../../../tests/support/outbox'
import { auditEntry } from '../../audit'
import { HOUR_MS, newId, SYSTEM_CALLER } from '../../kernel'
import { dropNotifications, queueNotifications, rewriteMail, saveResult } from './notifications'

const { database } = databaseOfEach()
const AT = new Date()
const AUDITS = [auditEntry('reminder.send', SYSTEM_CALLER, null)]

/** A notification whose attempt another worker has taken over, or which was withdrawn in the meantime. */
async function notification(state: 'sent' | 'cancelled' | 'failed') {
  const { db } = database
  const channelId = newId()
  const channel = { id: channelId, kind: 'webhook', name: 'IT', createdBy: 'x', createdAt: AT, updatedAt: AT }
  await db.notificationChannel.create({ data: channel })
  const data = { channelId, state, week: AT, expiryVersion: 0, thresholdDays: 0, deliveryId: 'd', dueAt: AT }
  const { id } = await db.reminder.create({ data: { ...data, id: newId(), sentAt: state === 'sent' ? AT : null } })
  const facts = async () => [
    await db.reminder.findFirst(),
    await db.notificationChannel.findFirst(),
    await db.auditEvent.count(),
  ]
  return { db, id, facts }
}

test.each(['sent', 'cancelled', 'failed'] as const)(
  'R-16 R-25 a late result changes nothing of a notification that is %s already, and puts no mail into the outbox',
  async (state) => {
    const { db, id, facts } = await notification(state)
    const before = await facts()
    const fault = { code: 'http-status', evidence: '503' }
    const later = new Date(AT.getTime() + HOUR_MS)
    await saveResult(db, [id], { at: later, fault, nextAttemptAt: later }, AUDITS)
    await saveResult(db, [id], { at: later, fault: null, nextAttemptAt: null }, AUDITS)
    await dropNotifications(db, [id])
    const insertMessage = () => expect.unreachable('the mail would be sent')
    await queueNotifications(db, [id], { messageId: newId(), insertMessage, audits: AUDITS, at: later })
    expect(await facts()).toEqual(before)
  },
)

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
