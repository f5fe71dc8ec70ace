import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { DAY_MS, newId } from '../kernel'
import { ALL_CLEAR, type AlertPlan } from './plan'
import { applyPlan } from './store'

const database = databaseOfEach()
const NOW = new Date()
const LATER = new Date(NOW.getTime() + DAY_MS)
const NOTHING: AlertPlan = { open: [], hold: [], close: [], silent: [], notify: [], cancel: [] }
const DETAILS = { server: 'Mail server' }

/** An open alert of which a channel got the first notification, in this state. */
async function alertOf(state: 'sent' | 'queued') {
  const { db } = database
  const channelId = newId()
  const own = { id: channelId, kind: 'mail', name: 'IT', locale: 'en', address: 'it@contoso.example' }
  await db.notificationChannel.create({ data: { ...own, createdBy: 'x', createdAt: NOW, updatedAt: NOW } })
  await applyPlan(
    db,
    { ...NOTHING, open: [{ kind: 'server-paused', subject: '', details: DETAILS }] },
    [channelId],
    NOW,
  )
  await db.reminder.updateMany({ data: { state } })
  const { id } = await db.alert.findFirstOrThrow()
  const ends = { ...NOTHING, close: [id], notify: [{ alertId: id, channelId, number: ALL_CLEAR }] }
  const allClears = () => db.reminder.count({ where: { thresholdDays: ALL_CLEAR } })
  return { db, id, ends, allClears, read: () => db.alert.findUniqueOrThrow({ where: { id } }) }
}

test('R-25 of two workers that end the same alert the first counts, and one that still holds it changes nothing', async () => {
  const { db, id, ends, allClears, read } = await alertOf('sent')
  await applyPlan(db, ends, [], NOW)
  const over = await read()
  expect(over.closedAt).toEqual(NOW)
  await db.reminder.updateMany({ data: { state: 'sent' } })
  await applyPlan(db, ends, [], LATER)
  await applyPlan(db, { ...NOTHING, hold: [{ id, details: { server: 'another' } }] }, [], LATER)
  expect(await read()).toEqual(over)
  expect(await allClears()).toBe(1)
})

test('R-25 of two workers that find the same condition one opens an alert and notifies', async () => {
  const { db } = await alertOf('sent')
  const { id } = await db.notificationChannel.findFirstOrThrow()
  const again = { ...NOTHING, open: [{ kind: 'server-paused' as const, subject: '', details: DETAILS }] }
  await applyPlan(db, again, [id], LATER)
  expect([await db.alert.count(), await db.reminder.count()]).toEqual([1, 1])
})

test('R-25 an alert that cannot end yet, because a channel is being notified of it, gets no all-clear', async () => {
  const { db, ends, allClears, read } = await alertOf('queued')
  await applyPlan(db, ends, [], NOW)
  expect([(await read()).closedAt, await allClears()]).toEqual([null, 0])
  await db.reminder.updateMany({ data: { state: 'sent' } })
  await applyPlan(db, ends, [], LATER)
  expect([(await read()).closedAt, await allClears()]).toEqual([LATER, 1])
})
