import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { aMessage, outboxAt } from '../../tests/support/outbox'
import { quiet } from '../../tests/support/world'
import { createDatabaseClock } from '../db'
import { DAY_MS, MINUTE_MS, newId } from '../kernel'
import type { Delivery } from '../outbox/delivery/scheduler'
import type { Services } from '../services'
import { deliveryRun, eventRun, reminderRun, scheduledJobs } from './jobs'

const database = databaseOfEach()
afterEach(() => void vi.useRealTimers())

const unused = () => Promise.reject(new Error('nothing is due'))

function job(wanted: string, services: () => Promise<Services> = unused, watch: () => Promise<void> = unused) {
  const { db } = database
  const deps = { db, clock: createDatabaseClock(db), log: quiet, services }
  const alerts = { watch, weekly: { plan: watch } as never }
  const jobs = scheduledJobs({ ...deps, remind: reminderRun(deps), alerts })
  return jobs.find(({ name }) => name === wanted)
}

test('U-05 on a machine whose clock is a year ahead nothing is removed early', async () => {
  const { db } = database
  const outbox = await outboxAt({ database, port: 1 })
  const accepted = await outbox.accept(await aMessage('ended today'))
  await db.message.updateMany({ data: { state: 'failed', endedAt: new Date() } })
  const token = { mailServerId: '00000000-0000-0000-0000-000000000000', mailbox: '', kind: 'message', slot: 0 }
  await db.rateLimitToken.create({ data: { ...token, freeAt: new Date() } })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 365 * DAY_MS })
  await job('housekeeping')?.run(new AbortController().signal)
  expect(accepted.ok && (await outbox.message(accepted.value.id))).toMatchObject({ state: 'failed', hasBody: true })
  expect(await db.rateLimitToken.count()).toBe(1)
})

test('U-05 when a client sent its first message is known after that message was removed', async () => {
  const { db } = database
  const [clientId, acceptedAt] = [newId(), new Date(Date.now() - 100 * DAY_MS)]
  const client = {
    id: clientId,
    way: 'network',
    kind: 'printer',
    name: 'Scanner',
    createdBy: 'x',
    createdAt: acceptedAt,
  }
  await db.client.create({ data: { ...client, senders: ['*@contoso.example'], networks: ['192.0.2.0/24'] } })
  const outbox = await outboxAt({ database, port: 1 })
  await outbox.accept(await aMessage('the first'))
  await db.message.updateMany({ data: { clientId, state: 'delivered', acceptedAt, endedAt: acceptedAt } })
  await job('housekeeping')?.run(new AbortController().signal)
  expect(await db.message.count()).toBe(0)
  expect(await db.client.findFirst()).toMatchObject({ firstMessageAt: acceptedAt })
})

test('R-11 replacements wait for their next turn no longer than until the worker stops', async () => {
  const stopping = new AbortController()
  const running = job('rotation')?.run(stopping.signal)
  stopping.abort()
  // It would be half a minute, which is longer than a test may take.
  expect(await running).toBeUndefined()
})

test('S-18 the worker continues a replacement whose time has come, and none before', async () => {
  const now = new Date()
  const fallback = { way: 'graph', step: 'current', label: '', startedBy: {} }
  for (const [minutesAgo, times] of [
    [-1, 0],
    [1, 1],
  ] as const) {
    const nextAttemptAt = new Date(now.getTime() - minutesAgo * MINUTE_MS)
    await database.db.rotation.create({
      data: { ...fallback, id: newId(), mailServerId: newId(), startedAt: now, updatedAt: now, nextAttemptAt },
    })
    let continued = 0
    const credentials = { advanceDueRotations: async () => ++continued }
    const stopping = new AbortController()
    const running = job('rotation', async () => ({ credentials }) as never)?.run(stopping.signal)
    stopping.abort()
    await running
    expect(continued).toBe(times)
  }
})

/** An event of a message that a webhook is to get now. */
async function dueEvent() {
  const { db } = database
  const at = new Date()
  const row = { kind: 'webhook', name: 'x', createdBy: 'x', createdAt: at, updatedAt: at, messageEvents: ['accepted'] }
  const channel = await db.notificationChannel.create({ data: { ...row, id: newId() } })
  const event = { messageId: newId(), channelId: channel.id, event: 'accepted', at, nextAttemptAt: at }
  await db.messageEvent.create({ data: event })
  return { db, clock: createDatabaseClock(db), log: quiet }
}

test('a webhook that does not answer keeps the events of no other one waiting', async () => {
  const deps = await dueEvent()
  let begun = 0
  const messageEvents = { deliver: () => new Promise(() => begun++) }
  const services = async () => ({ messageEvents }) as never
  const { run } = eventRun({ ...deps, services })
  await run()
  await run()
  expect(begun).toBe(2)
})

test('R-11 a worker that stops waits for the deliveries of events that it has begun, and begins no more', async () => {
  const deps = await dueEvent()
  const ended: boolean[] = []
  const deliver = async (stopping: AbortSignal) => {
    await once(stopping, 'abort')
    await new Promise((resolve) => setTimeout(resolve, 20))
    ended.push(true)
  }
  const { run, stop } = eventRun({ ...deps, services: async () => ({ messageEvents: { deliver } }) as never })
  await run()
  await stop()
  expect(ended).toEqual([true])
  await run()
  expect(ended).toEqual([true])
})

test('R-11 a worker that stops while it loads what delivers events begins no delivery', async () => {
  const deps = await dueEvent()
  let begun = 0
  const messageEvents = { deliver: async () => ++begun }
  const { run, stop } = eventRun({
    ...deps,
    services: async () => {
      await stop()
      return { messageEvents } as never
    },
  })
  await run()
  expect(begun).toBe(0)
})

test('R-11 a worker that stops while its first delivery begins waits for it and stops it, and begins none after that', async () => {
  const stopped: number[] = []
  let isBegun = () => {}
  const begin = vi.fn(
    () =>
      new Promise<Delivery>((resolve) => {
        isBegun = () => resolve({ stop: async (graceMs) => void stopped.push(graceMs) })
      }),
  )
  const delivery = deliveryRun({ isDue: async () => true, begin, log: quiet, lookMs: 1 })
  const running = delivery.run()
  await expect.poll(() => begin.mock.calls.length).toBe(1)
  let hasEnded = false
  const stopping = delivery.stop(7).then(() => {
    hasEnded = true
  })
  await new Promise(setImmediate)
  expect(hasEnded).toBe(false)
  isBegun()
  await Promise.all([stopping, running])
  expect(stopped).toEqual([7])

  const late = deliveryRun({ isDue: () => late.stop(7).then(() => true), begin, log: quiet, lookMs: 1 })
  await late.run()
  expect(begin).toHaveBeenCalledTimes(1)
})

test('R-25 when an alert is sent, a reminder that waits for a retry is cancelled if its channel was switched off since', async () => {
  const { db } = database
  const [at, alertId, credentialId] = [new Date(), newId(), newId()]
  const channel = async (enabled: boolean) => {
    const row = { kind: 'webhook', name: 'x', createdBy: 'x', createdAt: at, updatedAt: at, enabled }
    return (await db.notificationChannel.create({ data: { ...row, id: newId() } })).id
  }
  const notify = async (about: object, enabled: boolean) => {
    const due = { state: 'due', dueAt: at, expiryVersion: 0, thresholdDays: 0, deliveryId: newId() }
    await db.reminder.create({ data: { ...due, ...about, id: newId(), channelId: await channel(enabled) } })
  }
  await db.alert.create({ data: { id: alertId, kind: 'disk', subject: '', details: {}, openedAt: at, heldAt: at } })
  const server = await db.mailServer.create({ data: { id: newId(), name: 'x', settings: {}, version: 1 } })
  const secret = { mailServerId: server.id, kind: 'client-secret', slot: 'current', digest: 'd', createdBy: 'x' }
  await db.credential.create({ data: { ...secret, id: credentialId } })
  await notify({ alertId }, true)
  await notify({ credentialId, attempts: 1 }, false)
  const due: (string | null)[][] = []
  const work = async () => {
    due.push((await db.reminder.findMany({ where: { state: 'due' } })).map((row) => row.alertId))
    return { sent: 1, failed: 0 }
  }
  const services = async () => ({ notifications: { work } }) as never
  await job('alerts', services, async () => {})?.run(new AbortController().signal)
  expect(due).toEqual([[alertId]])
})

test('S-18 a renewal that becomes due begins within minutes, although the daily probe was made', async () => {
  const { db } = database
  const now = new Date()
  const [mailServerId, id] = [newId(), newId()]
  const at = { createdAt: new Date(now.getTime() - 20 * DAY_MS), expiresAt: new Date(now.getTime() + 10 * DAY_MS) }
  await db.mailServer.create({ data: { id: mailServerId, name: 'Finance', settings: {}, version: 1 } })
  await db.credential.create({ data: { id, mailServerId, kind: 'client-secret', digest: 'x', createdBy: 'x', ...at } })
  await db.credentialProbe.create({
    data: { id: newId(), credentialId: id, at: now, reason: 'daily', outcome: 'accepted' },
  })
  let checks = 0
  const credentials = { runDailyChecks: async () => ({ probed: ++checks }) }
  const run = () => job('credentials', async () => ({ credentials }) as never)?.run(new AbortController().signal)
  await run()
  expect(checks).toBe(0)
  await db.credentialWatch.updateMany({ data: { rotateDaysBefore: 30 } })
  await run()
  expect(checks).toBe(1)
})
