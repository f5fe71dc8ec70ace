import { expect, onTestFinished, test, vi } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { isVerifiedInUse } from '../../credentials/rotation/remove'
import { insertProbe } from '../../credentials/store/probes'
import { DAY_MS, HOUR_MS, MINUTE_MS, NEVER, newId, SECOND_MS, systemClock } from '../../kernel'
import { FIRST_MAIL_SERVER_ID } from '../default-mail-server'
import { endWaitsOfFastClock, watchCalendars } from './clock-set-back'

const database = databaseOfEach()

test('R-15 a worker learns of a clock that was set by more than a minute, and of no smaller step', async () => {
  const stepOf = watchCalendars(database.db)
  onTestFinished(() => void vi.useRealTimers())
  const answers: Awaited<ReturnType<typeof stepOf>>[] = []
  for (const stepMs of [0, DAY_MS, -30 * SECOND_MS, -HOUR_MS, 0]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + stepMs })
    answers.push(await stepOf())
  }
  expect(answers).toEqual([null, 'ahead', null, 'back', null])
})

test('R-15 after the clock was set back by a day, rotations and tests of the set-up guide go on, and shorter waits stay', async () => {
  const { db } = database
  const at = new Date()
  const [inADay, inAnHour] = [new Date(at.getTime() + DAY_MS), new Date(at.getTime() + HOUR_MS)]
  for (const next of [inADay, inAnHour]) {
    const begun = { id: newId(), mailServerId: newId(), startedBy: {}, startedAt: at }
    const rotation = { ...begun, way: 'graph', step: 'adding', label: 'x', updatedAt: at, nextAttemptAt: next }
    await db.rotation.create({ data: rotation })
    const plan = { ...begun, serverVersion: 1, recipient: 'anna@fabrikam.example', until: inADay, nextAt: next }
    await db.propagationRetry.create({ data: plan })
  }
  await endWaitsOfFastClock(db)
  const rotations = await db.rotation.findMany({ orderBy: { nextAttemptAt: 'asc' } })
  const plans = await db.propagationRetry.findMany({ orderBy: { nextAt: 'asc' } })
  for (const [first, second] of [rotations.map((row) => row.nextAttemptAt), plans.map((row) => row.nextAt)]) {
    expect(Number(first)).toBeLessThan(at.getTime() + MINUTE_MS)
    expect(second).toEqual(inAnHour)
  }
})

test('R-15 after the clock was set back by a day, learning mode is over, applications are read, and alerts end or are repeated', async () => {
  const { db } = database
  const at = new Date()
  const [inADay, inAnHour] = [new Date(at.getTime() + DAY_MS), new Date(at.getTime() + HOUR_MS)]
  const creation = { createdBy: 'it@contoso.example', createdAt: at }
  const channelId = newId()
  await db.notificationChannel.create({
    data: { ...creation, id: channelId, kind: 'webhook', name: 'x', updatedAt: at },
  })
  for (const [name, until, heldAt] of [
    ['shorter', inAnHour, at],
    ['from a day ahead', inADay, inADay],
  ] as const) {
    await db.client.create({
      data: {
        ...creation,
        id: newId(),
        way: 'network',
        kind: 'other',
        name,
        senders: ['*@contoso.example'],
        networks: ['192.0.2.0/24'],
        learningUntil: until,
      },
    })
    const run = { id: newId(), tenantId: newId(), state: 'running', startedBy: name, startedAt: heldAt }
    await db.inventoryRun.create({ data: { ...run, waitsUntil: until } })
    const notification = { id: newId(), channelId, expiryVersion: 0, thresholdDays: 0, state: 'sent', deliveryId: name }
    const alert = { id: newId(), kind: 'disk', subject: name, details: {}, openedAt: heldAt, heldAt }
    await db.alert.create({ data: { ...alert, reminders: { create: { ...notification, dueAt: heldAt } } } })
  }
  await endWaitsOfFastClock(db)
  const [learning, runs, alerts, notifications] = await Promise.all([
    db.client.findMany({ orderBy: { learningUntil: 'asc' } }),
    db.inventoryRun.findMany({ orderBy: { startedBy: 'asc' } }),
    db.alert.findMany(),
    db.reminder.findMany(),
  ])
  expect(learning.map(({ name }) => name)).toEqual(['from a day ahead', 'shorter'])
  expect(learning[1]?.learningUntil).toEqual(inAnHour)
  expect(runs.map(({ waitsUntil }) => waitsUntil)).toEqual([null, inAnHour])
  const times = [learning[0]?.learningUntil, ...runs.map(({ startedAt }) => startedAt)]
  times.push(...alerts.map(({ heldAt }) => heldAt), ...notifications.map(({ dueAt }) => dueAt))
  for (const time of times) expect(Number(time)).toBeLessThan(at.getTime() + MINUTE_MS)
})

test('R-15 after the clock was set back by weeks, a weekly report that was sent ahead is sent in its week', async () => {
  const { db } = database
  const at = new Date()
  const creation = { createdBy: 'it@contoso.example', createdAt: at, updatedAt: at }
  const channel = await db.notificationChannel.create({
    data: { ...creation, id: newId(), kind: 'webhook', name: 'x' },
  })
  for (const days of [-1, 1, 40]) {
    const [dueAt, state] = [new Date(at.getTime() + days * DAY_MS), 'sent']
    const report = { id: newId(), week: dueAt, expiryVersion: 0, thresholdDays: 0, deliveryId: newId(), dueAt, state }
    await db.reminder.create({ data: { ...report, channelId: channel.id } })
  }
  await endWaitsOfFastClock(db)
  expect(await db.reminder.count()).toBe(2)
})

const aMessage = (acceptedAt: Date) => ({
  id: newId(),
  mailServerId: newId(),
  source: 'smtp',
  subject: 'x',
  messageId: '<x@contoso.example>',
  sizeBytes: 1,
  needsUtf8: false,
  acceptedAt,
  dueAt: acceptedAt,
  expiresAt: acceptedAt,
})

test('R-15 a message and a reading of applications wait no longer, whatever the clock was ahead by', async () => {
  const { db } = database
  const at = new Date()
  const [inTwoHours, inADay] = [new Date(at.getTime() + 2 * HOUR_MS), new Date(at.getTime() + DAY_MS)]
  const further = { create: { mailServerId: newId(), dueAt: inTwoHours } }
  await db.message.create({ data: { ...aMessage(inTwoHours), otherQueues: further } })
  const run = { id: newId(), tenantId: newId(), state: 'running', startedBy: 'x', startedAt: at }
  await db.inventoryRun.create({ data: { ...run, waitsUntil: inADay } })
  await endWaitsOfFastClock(db)
  for (const waiting of [await db.message.findFirst(), await db.otherQueue.findFirst()])
    expect(Number(waiting?.dueAt)).toBeLessThan(at.getTime() + MINUTE_MS)
  expect(await db.inventoryRun.findFirst()).toMatchObject({ startedAt: at, waitsUntil: null })
})

test('R-15 what waits no longer than it may, or waits for nothing any more, is left as it is', async () => {
  const { db } = database
  const at = new Date()
  const [inAMinute, inAnHour] = [new Date(at.getTime() + MINUTE_MS), new Date(at.getTime() + HOUR_MS)]
  const [aMinuteAgo, inADay] = [new Date(at.getTime() - MINUTE_MS), new Date(at.getTime() + DAY_MS)]
  const held = aMessage(at)
  await db.message.createMany({
    data: [
      { ...aMessage(at), state: 'sending', leasedUntil: inAMinute },
      { ...aMessage(at), state: 'queued', dueAt: inAnHour },
      { ...aMessage(at), state: 'delivered', dueAt: inADay, leasedUntil: inADay },
      held,
    ],
  })
  const elsewhere = [NEVER, inAnHour].map((dueAt) => ({ messageId: held.id, mailServerId: newId(), dueAt }))
  await db.otherQueue.createMany({ data: elsewhere })
  const ended = { id: newId(), mailServerId: newId(), startedBy: {}, startedAt: at, endedAt: at }
  const rotation = { ...ended, way: 'graph', step: 'adding', label: 'x', updatedAt: at, nextAttemptAt: inADay }
  await db.rotation.create({ data: rotation })
  const plan = { ...ended, serverVersion: 1, recipient: 'anna@fabrikam.example', until: inADay, nextAt: inADay }
  await db.propagationRetry.create({ data: plan })
  const channel = { id: newId(), kind: 'webhook', name: 'x', updatedAt: at, createdBy: 'x', createdAt: at }
  await db.notificationChannel.create({ data: channel })
  const sent = { expiryVersion: 0, thresholdDays: 0, state: 'sent', channelId: channel.id }
  for (const [subject, heldAt, closedAt] of [
    ['open', aMinuteAgo, null],
    ['closed', inADay, at],
  ] as const) {
    const reminders = { create: { ...sent, id: newId(), deliveryId: subject, dueAt: aMinuteAgo } }
    await db.alert.create({
      data: { id: newId(), kind: 'disk', subject, details: {}, openedAt: at, heldAt, closedAt, reminders },
    })
  }
  // A reminder that a wrong clock made is taken back when reminders are planned.
  await db.reminder.create({ data: { ...sent, id: newId(), deliveryId: 'weekly', week: at, dueAt: inADay } })
  const rows = () =>
    Promise.all([
      db.message.findMany({ orderBy: { id: 'asc' } }),
      db.otherQueue.findMany({ orderBy: { dueAt: 'asc' } }),
      db.rotation.findMany(),
      db.propagationRetry.findMany(),
      db.alert.findMany({ orderBy: { id: 'asc' } }),
      db.reminder.findMany({ orderBy: { id: 'asc' } }),
    ])
  const before = await rows()
  expect(before.map(({ length }) => length)).toEqual([4, 2, 1, 1, 2, 3])
  await endWaitsOfFastClock(db)
  expect(await rows()).toEqual(before)
})

test('R-15 after the clock was set back by a day, what Entra answers next counts, and what it never answered stays unknown', async () => {
  const { db } = database
  const inADay = new Date(Date.now() + DAY_MS)
  await db.mailServer.create({
    data: { id: FIRST_MAIL_SERVER_ID, name: 'x', version: 1, isDefault: true, settings: {} },
  })
  for (const [slot, times] of [
    ['current', { acceptedAt: inADay, currentSince: inADay }],
    ['next', { refusedAt: inADay }],
    ['previous', { replacedAt: inADay, foundAt: inADay }],
  ] as const) {
    const row = { id: newId(), mailServerId: FIRST_MAIL_SERVER_ID, slot, kind: 'client-secret', digest: slot }
    await db.credential.create({ data: { ...row, ...times, createdBy: 'it@contoso.example', createdAt: inADay } })
  }
  const later = { id: newId(), slot: 'previous', replacedAt: new Date(inADay.getTime() + MINUTE_MS), foundAt: inADay }
  const ofServer = { mailServerId: FIRST_MAIL_SERVER_ID, kind: 'client-secret', digest: 'later', createdAt: inADay }
  await db.credential.create({ data: { ...ofServer, ...later, createdBy: 'it@contoso.example' } })
  await endWaitsOfFastClock(db)
  // Which one is the fallback depends on the order in which they were replaced.
  const newest = await db.credential.findFirst({ where: { slot: 'previous' }, orderBy: { replacedAt: 'desc' } })
  expect(newest?.id).toBe(later.id)
  const times = await db.credential.groupBy({ by: ['replacedAt'], where: { slot: 'previous' } })
  expect(times).toHaveLength(2)
  const now = new Date()
  const expected: Record<string, (true | null)[]> = {
    current: [true, null, true, null, null],
    next: [null, true, true, null, null],
    previous: [null, null, true, true, true],
  }
  for (const { id, slot, acceptedAt, refusedAt, createdAt, foundAt, replacedAt } of await db.credential.findMany()) {
    const arePast = [acceptedAt, refusedAt, createdAt, foundAt, replacedAt].map((time) => time && time <= now)
    expect({ slot, arePast }).toEqual({ slot, arePast: expected[slot] })
    const probe = { at: new Date(), reason: 'daily', outcome: 'refused', diagnosisCode: 'secret-invalid' } as const
    await insertProbe({ db, clock: systemClock }, id, { ...probe, evidence: null }, null)
    expect(await db.credential.findUnique({ where: { id } })).toMatchObject({ refusedAt: probe.at })
  }
})

test('R-15 after the clock was set back by a day, a credential in use is verified by the next answer of Entra, and by none before it', async () => {
  const { db } = database
  const inADay = new Date(Date.now() + DAY_MS)
  const id = newId()
  await db.mailServer.create({
    data: { id: FIRST_MAIL_SERVER_ID, name: 'x', version: 1, isDefault: true, settings: {} },
  })
  const row = { mailServerId: FIRST_MAIL_SERVER_ID, slot: 'current', kind: 'client-secret', digest: 'x' }
  const times = { createdAt: inADay, acceptedAt: inADay, currentSince: new Date(inADay.getTime() + MINUTE_MS) }
  await db.credential.create({ data: { id, ...row, ...times, createdBy: 'it@contoso.example' } })
  const isVerified = async () => isVerifiedInUse(await db.credential.findUniqueOrThrow({ where: { id } }))
  await endWaitsOfFastClock(db)
  expect(await isVerified()).toBe(false)
  const probe = { at: new Date(), reason: 'use', outcome: 'accepted', diagnosisCode: null } as const
  await insertProbe({ db, clock: systemClock }, id, { ...probe, evidence: null }, null)
  expect(await isVerified()).toBe(true)
})
