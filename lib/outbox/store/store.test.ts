import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testChainKeys } from '../../../tests/support/chain-keys'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { waitingFor } from '../../../tests/support/locks'
import { startCuttingProxy } from '../../../tests/support/servers'
import { checked } from '../../../tests/support/wire-safe'
import { planNow } from '../../credentials/reminders/plan-now'
import { createDb, direct, type Tx } from '../../db'
import { endWaitsOfFastClock } from '../../db/maintenance/clock-set-back'
import { listenForWakeUps } from '../../db/notify'
import { NEVER, newId, newOrderedId, systemClock } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { queueNotifications, takeOut } from '../../notifications/store/notifications'
import { removeExpired } from '../../operations/clean-up'
import type { LongText } from '../../smtp/contracts'
import type { AcceptedMessage } from '../message'
import { Unstorable } from './deps'
import { insertMessages } from './insert'
import { SEVERAL } from './list'
import { createOutboxStore } from './store'

const QUEUE = { mailServerId: '00000000-0000-4000-8000-000000000001', mailbox: '' }
const LIMITS = { messages: 10, bytes: 1_000_000, leaseMs: 60_000, isProbe: false }

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
  const { mailServerId: id } = QUEUE
  await fresh.db.mailServer.create({ data: { id, name: 'M', settings: { type: 'smtp' }, version: 1 } })
})
afterAll(() => fresh.drop())

const aMessage = (bytes = 'x\r\n'): AcceptedMessage => ({
  ...QUEUE,
  source: 'reminder',
  cause: null,
  originator: null,
  recipients: ['anna@fabrikam.example'],
  subject: 's',
  messageId: '<1@contoso.example>',
  bytes: checked(bytes),
  needsUtf8: false,
  otherQueues: [],
  id: newOrderedId(new Date()),
  acceptedAt: new Date(),
  expiresAt: new Date(Date.now() + 86_400_000),
})

/** One that is due, with its credential and channel. */
async function aReminder() {
  const { db } = fresh
  const credentialId = newId()
  const data = { id: credentialId, ...QUEUE, kind: 'client-secret', digest: 'd', createdBy: 'x' }
  const { mailbox: _, ...credential } = data
  await db.credential.create({ data: credential })
  const at = new Date()
  const channel = { id: newId(), kind: 'mail', name: 'n', createdBy: 'x', createdAt: at, updatedAt: at }
  await db.notificationChannel.create({ data: { ...channel, messageEvents: ['failed', 'declined'] } })
  const about = { credentialId, expiryVersion: 1, thresholdDays: 7, channelId: channel.id }
  const reminder = { id: newId(), ...about, leasedUntil: null }
  await db.reminder.create({ data: { ...reminder, state: 'due', deliveryId: 'd', dueAt: at } })
  const origin = { address: null, requestId: 'r' }
  const actor = { kind: 'system', name: 'worker' } as const
  const audit = { action: 'reminder.send', actor, origin, result: 'done', subject: null, details: {} } as const
  return { credentialId, reminder, audit, at }
}

class Crash extends Error {}

const inserting = (message: AcceptedMessage) => ({
  messageId: message.id,
  insertMessage: (tx: Tx) => insertMessages(tx, [message]),
})

test('R-14 a reminder, its message and the audit entry are written together or not at all', async () => {
  const { db } = fresh
  const { credentialId, reminder, audit, at } = await aReminder()
  const message = aMessage()
  const written = async () => [
    (await db.reminder.findUniqueOrThrow({ where: { id: reminder.id } })).state,
    await db.message.count({ where: { id: message.id } }),
    await db.messageBody.count({ where: { messageId: message.id } }),
    await db.auditEvent.count(),
  ]
  const queue = (changed: object = {}) =>
    queueNotifications(db, [reminder], { ...inserting(message), audits: [audit], at, ...changed })
  const insertMessage = async (tx: Tx) => {
    await insertMessages(tx, [message])
    throw new Crash()
  }
  await expect(queue({ insertMessage })).rejects.toThrow(Crash)
  expect(await written()).toEqual(['due', 0, 0, 0])
  await db.$executeRaw`ALTER TABLE "AuditEvent" ADD CONSTRAINT "away" CHECK (false) NOT VALID`
  await expect(queue()).rejects.toThrow('away')
  await db.$executeRaw`ALTER TABLE "AuditEvent" DROP CONSTRAINT "away"`
  expect(await written()).toEqual(['due', 0, 0, 0])
  await queue()
  expect(await written()).toEqual(['queued', 1, 1, 1])
  // Of two workers the later one writes nothing.
  await queueNotifications(db, [reminder], { ...inserting(aMessage()), audits: [audit], at })
  expect(await written()).toEqual(['queued', 1, 1, 1])

  // R-16: the secret is replaced while the mail waits. What is on the wire is let go; what waits is taken back.
  await db.credential.update({ where: { id: credentialId }, data: { slot: 'previous' } })
  const plan = () => planNow({ db, clock: systemClock })
  await db.message.update({ where: { id: message.id }, data: { state: 'sending', begunAt: at } })
  await plan()
  expect(await written()).toEqual(['queued', 1, 1, 1])
  await db.message.update({ where: { id: message.id }, data: { state: 'queued', begunAt: null } })
  await plan()
  expect(await written()).toEqual(['cancelled', 1, 0, 1])
  expect(await createOutboxStore(db, systemClock).message(message.id)).toMatchObject({
    state: 'cancelled',
    reason: 'not-needed',
  })
  await db.message.deleteMany()
})

test('F-53 R-14 after the reply to a commit was lost, a retry finds the message and writes no second one', async () => {
  const { reminder, audit, at } = await aReminder()
  const url = new URL(fresh.url)
  const proxy = await startCuttingProxy(Number(url.port))
  url.port = String(proxy.port)
  url.hostname = '127.0.0.1'
  const throughProxy = createDb(new Redacted(url.href), testChainKeys)
  proxy.cutAfter = 'COMMIT'
  const queue = () => queueNotifications(throughProxy, [reminder], { ...inserting(aMessage()), audits: [audit], at })
  await expect(queue()).rejects.toThrow()
  proxy.cutAfter = null
  const { db } = fresh
  await expect.poll(() => db.message.count()).toBe(1)
  await queue()
  expect(await db.message.count()).toBe(1)
  expect(await db.reminder.findUniqueOrThrow({ where: { id: reminder.id } })).toMatchObject({ state: 'queued' })
  await throughProxy.$disconnect()
  await proxy.close()
  await db.message.deleteMany()
})

test('each message is in one of many concurrent claims, in order and within the bounds', async () => {
  const store = createOutboxStore(fresh.db, systemClock)
  const all = Array.from({ length: 40 }, () => aMessage())
  await store.insert(all)
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => store.claim(QUEUE, newId(), { ...LIMITS, messages: 6 })),
  )
  const ids = claims.flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBe(40)
  const begun = await fresh.db.message.count({ where: { NOT: { begunAt: null } } })
  expect(begun).toBe(claims.filter((claim) => claim.length > 0).length)
  await store.giveBack(claims.flat())
  expect(await store.claim(QUEUE, newId(), { ...LIMITS, bytes: 9 })).toHaveLength(3)
  expect(await store.claim(QUEUE, newId(), { ...LIMITS, bytes: 1 })).toHaveLength(1)
  await fresh.db.$transaction(async (other) => {
    await other.$executeRaw`SELECT 1 FROM "Message" WHERE "state" = 'queued' ORDER BY "dueAt", "id" LIMIT 1 FOR UPDATE`
    expect(await store.claim(QUEUE, newId(), { ...LIMITS, messages: 40 })).toHaveLength(35)
  })
  await fresh.db.message.deleteMany()
})

test('a notification is attempted before what waits already, and a message knows how many are attempted before it', async () => {
  const store = createOutboxStore(fresh.db, systemClock)
  const accepted = (source: 'smtp' | 'reminder', agoMs: number) => {
    const acceptedAt = new Date(Date.now() - agoMs)
    return { ...aMessage(), source, acceptedAt, id: newOrderedId(acceptedAt) }
  }
  const [first, second, reminder] = [accepted('smtp', 3_000), accepted('smtp', 2_000), accepted('reminder', 1_000)]
  await store.insert([first, second, reminder])
  const aheadOf = async ({ id }: { id?: string }) => {
    const { dueAt } = await fresh.db.message.findUniqueOrThrow({ where: { id } })
    return store.aheadOf({ ...QUEUE, id: id ?? '', dueAt })
  }
  expect([await aheadOf(reminder), await aheadOf(first), await aheadOf(second)]).toEqual([0, 1, 2])
  const [claimed] = await store.claim(QUEUE, newId(), { ...LIMITS, messages: 1 })
  expect(claimed?.id).toBe(reminder.id)
  await fresh.db.message.deleteMany()
})

test('R-21 a long text is read in pieces after the claim, and its length is known at once', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  const text = 'a line like many\r\n'.repeat(100_000)
  const long = aMessage(text)
  await store.insert([aMessage(), long])
  const claimed = await store.claim(QUEUE, newId(), { ...LIMITS, bytes: 10_000_000 })
  // Of one millisecond: either may be the first.
  expect(claimed.map(({ id, bytes }) => [id === long.id, Buffer.isBuffer(bytes)]).sort()).toEqual([
    [false, true],
    [true, false],
  ])
  const bytes = claimed.find(({ id }) => id === long.id)?.bytes as LongText
  expect(bytes.length).toBe(text.length)
  expect((await buffer(bytes.pieces())).toString()).toBe(text)
  const pieces = bytes.pieces()[Symbol.asyncIterator]()
  await pieces.next()
  await db.messageBody.delete({ where: { messageId: long.id } })
  await expect(pieces.next()).rejects.toThrow('its text is gone')
  await db.message.deleteMany()
})

test('a mailbox has at most three connections, and the token of a crashed holder becomes free', async () => {
  let nowMs = Date.now()
  const store = createOutboxStore(fresh.db, { now: () => new Date(nowMs) })
  const ask = () => store.takeRateLimitToken(QUEUE, 'connection', { holder: newId(), worker: 1, leaseMs: 60_000 })
  const slots = await Promise.all(Array.from({ length: 12 }, ask))
  expect(slots.filter((slot) => slot !== null).sort()).toEqual([0, 1, 2])
  expect(await ask()).toBeNull()
  expect((await store.rateLimitTokenFreeAt(QUEUE, 'connection'))?.getTime()).toBe(nowMs + 60_000)
  nowMs += 60_001
  expect(await ask()).toBe(0)
})

test('R-15 after the clock was set back by a day, leases and waits that it had written end, and no other wait does', async () => {
  const { db } = fresh
  await db.rateLimitToken.deleteMany()
  let now = new Date(Date.now() + 86_400_000)
  const store = createOutboxStore(db, { now: () => now })
  const connect = () => store.takeRateLimitToken(QUEUE, 'connection', { holder: newId(), worker: 1, leaseMs: 60_000 })
  const messages = [aMessage(), aMessage(), aMessage()].map((message) => ({ ...message, acceptedAt: now }))
  await db.$transaction((tx) => insertMessages(tx, messages))
  const [begun, waiting, retried] = messages.map(({ id }) => id).sort()
  expect(await store.claim(QUEUE, newId(), { ...LIMITS, messages: 1 })).toHaveLength(1)
  expect(await Promise.all([connect(), connect(), connect()])).not.toContain(null)
  now = new Date()
  const inAnHour = new Date(now.getTime() + 3_600_000)
  await db.message.update({ where: { id: retried }, data: { acceptedAt: now, dueAt: inAnHour } })
  expect([await connect(), await store.reap(5), await store.claim(QUEUE, newId(), LIMITS)]).toEqual([
    ...[null, { freed: 0, begun: 0 }, []],
  ])

  await endWaitsOfFastClock(db)
  now = new Date()
  expect(await connect()).toBe(0)
  expect(await store.reap(5)).toEqual({ freed: 1, begun: 1 })
  expect((await store.claim(QUEUE, newId(), LIMITS)).map(({ id }) => id)).toEqual(
    expect.arrayContaining([begun, waiting]),
  )
  expect(await db.message.findUnique({ where: { id: retried } })).toMatchObject({ state: 'queued', dueAt: inAnHour })
  await db.message.deleteMany()
})

test('who wants one connection at most gets none where another process has one', async () => {
  await fresh.db.rateLimitToken.deleteMany()
  const store = createOutboxStore(fresh.db, { now: () => new Date() })
  const ask = (worker: number, max?: number) =>
    store.takeRateLimitToken(QUEUE, 'connection', { holder: newId(), worker, leaseMs: 60_000, ...(max && { max }) })
  const isServed = async () => (await store.dueQueues()).map((queue) => queue.isServed)
  await fresh.db.message.deleteMany()
  await store.insert([aMessage()])
  expect(await isServed()).toEqual([false])
  expect([await ask(1, 1), await ask(2, 1), await ask(2)]).toEqual([0, null, 1])
  expect(await isServed()).toEqual([true])
  await fresh.db.message.deleteMany()
})

test('workers are counted by their sessions at the database and by their connections', async () => {
  await fresh.db.rateLimitToken.deleteMany()
  const store = createOutboxStore(fresh.db, systemClock)
  const count = () => store.countWorkers(7)
  expect(await count()).toEqual({ present: 1, serving: 1 })
  const listeners = [7, 8].map((worker) => listenForWakeUps(new Redacted(fresh.url), worker))
  await expect.poll(count).toEqual({ present: 2, serving: 1 })
  for (const worker of [7, 8, 8])
    await store.takeRateLimitToken(QUEUE, 'connection', { holder: newId(), worker, leaseMs: 60_000 })
  expect(await count()).toEqual({ present: 2, serving: 2 })
  await Promise.all(listeners.map((listener) => listener.close()))
  await expect.poll(count).toEqual({ present: 1, serving: 2 })
})

test('rate-limit tokens that are not used any more are removed, and a later or regular user has all of them', async () => {
  const { db } = fresh
  await db.rateLimitToken.deleteMany()
  let nowMs = Date.now()
  const store = createOutboxStore(db, { now: () => new Date(nowMs) })
  const [left, used] = ['left', 'used'].map((mailbox) => ({ ...QUEUE, mailbox })) as [typeof QUEUE, typeof QUEUE]
  const ask = (route: typeof QUEUE) =>
    store.takeRateLimitToken(route, 'connection', { holder: newId(), worker: 1, leaseMs: 60_000 })
  const remaining = () =>
    db.$queryRaw`SELECT "mailbox", count(*)::int AS count FROM "RateLimitToken" GROUP BY 1 ORDER BY 1`
  const cleanUpAfter = (hours: number) => {
    nowMs += hours * 3_600_000
    return removeExpired(db, new Date(nowMs))
  }
  expect(await ask(left)).toBe(0)
  for (let days = 0; days < 4; days++) {
    expect(await ask(used)).toBe(0)
    await cleanUpAfter(12)
    expect(await ask(used)).toBe(0)
    await cleanUpAfter(12)
  }
  expect(await remaining()).toEqual([{ mailbox: 'used', count: 3 }])
  expect(await Promise.all([ask(left), ask(left), ask(left)])).not.toContain(null)

  // Held all the time without being taken again.
  const holder = newId()
  await store.takeRateLimitToken(used, 'connection', { holder: newId(), worker: 1, leaseMs: 60_000 })
  await store.takeRateLimitToken(used, 'connection', { holder: holder, worker: 1, leaseMs: 60_000 })
  nowMs += 72 * 3_600_000
  await store.renewLeases([holder], 60_000)
  await removeExpired(db, new Date(nowMs))
  expect(await remaining()).toEqual([{ mailbox: 'used', count: 3 }])
})

test('a process that takes a rate-limit token during the removal has all of them', async () => {
  const { db } = fresh
  await db.rateLimitToken.deleteMany()
  let nowMs = Date.now()
  for (let round = 0; round < 20; round++) {
    const store = createOutboxStore(db, { now: () => new Date(nowMs) })
    await Promise.all([
      store.takeRateLimitToken(QUEUE, 'message', { holder: newId(), worker: 1, leaseMs: 60_000 }),
      removeExpired(db, new Date(nowMs)),
    ])
    expect(await db.rateLimitToken.count()).toBe(30)
    nowMs += 72 * 3_600_000
  }
})

/** The rest of a result: the message stays in its queue, and nothing failed. */
const UNMOVED = {
  queue: QUEUE,
  nextQueue: null,
  reason: null,
  dueAt: null,
  lastCode: null,
  isCounted: true,
  mayBeDuplicate: false,
  source: 'smtp' as const,
  movedFromId: null,
  failoverRejected: false,
  nextAttemptCount: null,
  otherQueues: null,
}

const attempt = (decision: Record<string, string>) => ({
  at: new Date(),
  durationMs: 1,
  version: 1,
  decision,
  positions: [],
  outcome: 'failed' as const,
  stage: null,
  code: null,
  reply: null,
  serverMessageId: null,
})

test('R-13 a worker that begins several messages locks them in the order of people who change them, so that no deadlock fails one', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, { now: () => new Date() })
  await store.insert([aMessage(), aMessage(), aMessage()])
  const [first, ...claimed] = (await store.claim(QUEUE, newId(), LIMITS)).sort((a, b) => (a.id < b.id ? -1 : 1))
  const [low, high] = claimed
  if (!first || !low || !high) throw new Error('not claimed')
  const result = { fence: 1, state: 'delivered' as const, attempts: [], recipients: [], ...UNMOVED }
  let recorded: ReturnType<typeof store.recordResults> | undefined
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${low.id}::uuid FOR UPDATE`
    recorded = store.recordResults([high, low].map((next) => ({ result: { ...result, id: newId() }, next })))
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${high.id}::uuid FOR UPDATE NOWAIT`
  })
  expect(await recorded).toMatchObject([{ hasBegunNext: true }, { hasBegunNext: true }])
  await db.message.deleteMany()
})

test('R-13 a worker that gives messages back locks them in that order too', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, { now: () => new Date() })
  await store.insert([aMessage(), aMessage()])
  const [low, high] = (await store.claim(QUEUE, newId(), LIMITS)).sort((a, b) => (a.id < b.id ? -1 : 1))
  if (!low || !high) throw new Error('not claimed')
  // Found by their leases, it is now the second.
  await db.message.update({ where: { id: low.id }, data: { leasedUntil: new Date(Date.now() + 90_000) } })
  let returned: ReturnType<typeof store.giveBack> | undefined
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${low.id}::uuid FOR UPDATE`
    returned = store.giveBack([high, low])
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${high.id}::uuid FOR UPDATE NOWAIT`
  })
  await returned
  expect(await db.message.count({ where: { state: 'queued' } })).toBe(2)
  await db.message.deleteMany()
})

test('R-13 notifications that are withdrawn lock their messages in that order too', async () => {
  const { db } = fresh
  await db.reminder.deleteMany()
  await db.credential.deleteMany()
  const { reminder, at } = await aReminder()
  // Found in the order in which they were written, the first is now the second.
  const [low, high] = [aMessage(), aMessage()].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (!low || !high) throw new Error('no messages')
  const ids = [reminder.id, newId()]
  const data = { ...reminder, state: 'due', deliveryId: 'd', dueAt: at }
  await db.reminder.create({ data: { ...data, id: ids[1] ?? '', thresholdDays: 1 } })
  for (const [place, message] of [high, low].entries())
    await queueNotifications(db, [{ id: ids[place] ?? '', leasedUntil: null }], {
      ...inserting(message),
      audits: [],
      at,
    })
  let withdrawn: ReturnType<typeof takeOut> | undefined
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${low.id}::uuid FOR UPDATE`
    withdrawn = db.$transaction((other) => takeOut(other, ids, at))
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${high.id}::uuid FOR UPDATE NOWAIT`
  })
  expect(await withdrawn).toHaveLength(2)
  await db.message.deleteMany()
})

test('R-05 what a worker records or gives back once its lease has ended changes nothing', async () => {
  const { db } = fresh
  const messages = [aMessage(), aMessage()]
  let nowMs = Date.now() // after they were made: they are due at once
  const store = createOutboxStore(db, { now: () => new Date(nowMs) })
  await store.insert(messages)
  const [first, second] = await store.claim(QUEUE, newId(), LIMITS)
  if (!first || !second) throw new Error('not claimed')
  nowMs += LIMITS.leaseMs + 1
  expect(await store.reap(5)).toEqual({ freed: 2, begun: 1 })
  const result = (fence: number) => ({
    result: {
      id: first.id,
      fence,
      state: 'delivered' as const,
      attempts: [attempt({})],
      recipients: [{ position: 0, state: 'delivered' as const, code: null, reply: '250 late' }],
      ...UNMOVED,
      otherQueues:
        fence === 1 ? [{ ...QUEUE, dueAt: NEVER, failoverRejected: false, movedFromId: null, attemptCount: 0 }] : null,
    },
    next: second,
  })
  const nothing = [{ isRecorded: false, hasBegunNext: false }]
  // Before another worker has claimed the messages, and after.
  expect(await store.recordResults([result(1)])).toMatchObject(nothing)
  const claimed = await store.claim(QUEUE, newId(), LIMITS)
  expect(claimed[0]).toMatchObject({ id: first.id, fence: 2, mayBeDuplicate: true })
  expect(await store.recordResults([result(1)])).toMatchObject(nothing)
  await store.giveBack([first, second])
  expect(await store.message(first.id)).toMatchObject({ state: 'sending', attemptCount: 0, hasBody: true })
  expect(await store.message(first.id)).toMatchObject({ to: [{ state: 'queued' }], attempts: [{ outcome: 'unknown' }] })
  expect(await store.message(second.id)).toMatchObject({ state: 'sending' })
  expect(await store.recordResults([result(2)])).toMatchObject([{ isRecorded: true, hasBegunNext: false }])
  await store.giveBack(claimed)
  expect(await store.message(first.id)).toMatchObject({ state: 'delivered', attemptCount: 1, hasBody: false })
  expect(await store.message(second.id)).toMatchObject({ state: 'queued' })
  expect(await db.otherQueue.count()).toBe(0)
  await db.message.deleteMany()
})

/** A reminder whose mail a worker has claimed. */
async function claimedReminder() {
  const { db } = fresh
  await db.credential.updateMany({ data: { slot: 'previous' } })
  const { reminder, audit, at } = await aReminder()
  await queueNotifications(db, [reminder], { ...inserting(aMessage()), audits: [audit], at })
  const store = createOutboxStore(db, systemClock)
  const [claimed] = await store.claim(QUEUE, newId(), LIMITS)
  if (!claimed) throw new Error('not claimed')
  return { db, store, reminder, claimed }
}

test.each(['failed', 'declined'] as const)('R-16 a reminder whose mail is %s has failed', async (state) => {
  const { db, store, reminder, claimed } = await claimedReminder()
  const { id, fence } = claimed
  const result = {
    ...UNMOVED,
    id,
    fence,
    state,
    source: 'reminder' as const,
    lastCode: 'recipient-refused' as const,
    recipients: [],
  }
  await store.recordResults([{ result: { ...result, attempts: [attempt({})] }, next: null }])
  const { state: after, fault } = await db.reminder.findUniqueOrThrow({ where: { id: reminder.id } })
  expect({ after, fault }).toMatchObject({ after: 'failed', fault: { code: 'recipient-refused' } })
  expect((await store.message(id))?.hasBody).toBe(state === 'failed')
  // Only messages of clients are events.
  expect(await db.messageEvent.count()).toBe(0)
  await db.message.deleteMany()
})

test('R-16 a reminder is untouched by a late result of its mail, and by one without an attempt', async () => {
  const { db, store, reminder, claimed } = await claimedReminder()
  const { id, fence } = claimed
  const result = { ...UNMOVED, id, source: 'reminder' as const, recipients: [] }
  const late = { ...result, fence: fence - 1, state: 'failed' as const, attempts: [attempt({})] }
  await store.recordResults([{ result: late, next: null }])
  await store.recordResults([{ result: { ...result, fence, state: 'queued', attempts: [] }, next: null }])
  expect(await db.reminder.findUnique({ where: { id: reminder.id } })).toMatchObject({ state: 'queued', fault: null })
  await db.message.deleteMany()
})

test('F-10 the next message begins unless its mail server was paused or changed since it was claimed', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  const asClaimed = { version: 1, pausedAt: null }
  for (const [change, hasBegunNext] of [
    [asClaimed, true],
    [{ version: 2 }, false],
    [{ pausedAt: new Date() }, false],
  ] as const) {
    await store.insert([aMessage(), aMessage()])
    const [first, next] = await store.claim(QUEUE, newId(), LIMITS)
    if (!first || !next) throw new Error('not claimed')
    await db.mailServer.updateMany({ data: change })
    const result = { ...UNMOVED, id: first.id, fence: 1, state: 'delivered' as const, attempts: [], recipients: [] }
    expect(await store.recordResults([{ result, next }])).toMatchObject([{ isRecorded: true, hasBegunNext }])
    await db.mailServer.updateMany({ data: asClaimed })
    await db.message.deleteMany()
  }
})

test('F-10 the messages of a paused mail server are claimed by a probe only', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  await store.insert([aMessage()])
  await db.mailServer.updateMany({ data: { pausedAt: new Date() } })
  expect(await store.claim(QUEUE, newId(), LIMITS)).toEqual([])
  expect(await store.claim(QUEUE, newId(), { ...LIMITS, isProbe: true })).toHaveLength(1)
  await db.mailServer.updateMany({ data: { pausedAt: null } })
  await db.message.deleteMany()
})

test('F-35 a message whose outcome was unknown once may be a duplicate for good', async () => {
  const { db } = fresh
  await db.mailboxHour.deleteMany()
  const store = createOutboxStore(db, systemClock)
  await store.insert([aMessage()])
  for (const mayBeDuplicate of [true, false]) {
    await db.message.updateMany({ data: { dueAt: new Date(0) } })
    const [claimed] = await store.claim(QUEUE, newId(), LIMITS)
    if (!claimed) throw new Error('not claimed')
    const { id, fence } = claimed
    const attempts = mayBeDuplicate ? [{ ...attempt({}), positions: [0], outcome: 'unknown' as const }] : []
    const result = { ...UNMOVED, id, fence, state: 'queued' as const, attempts, recipients: [], mayBeDuplicate }
    await store.recordResults([{ result, next: null }])
  }
  expect(await db.message.findFirst()).toMatchObject({ mayBeDuplicate: true })
  // It counts against the day of its mailbox.
  expect(await db.mailboxHour.findMany()).toMatchObject([{ recipients: 1 }])
  await db.message.deleteMany()
})

test('a message keeps the sender and the rule of its attempts, and that they differ', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  await store.insert([aMessage()])
  const record = async (...decisions: Record<string, string>[]) => {
    await db.message.updateMany({ data: { dueAt: new Date(0) } })
    const [claimed] = await store.claim(QUEUE, newId(), LIMITS)
    if (!claimed) throw new Error('not claimed')
    const { id, fence } = claimed
    const result = {
      id,
      fence,
      state: 'queued' as const,
      attempts: decisions.map(attempt),
      recipients: [],
      ...UNMOVED,
    }
    await store.recordResults([{ result, next: null }])
    return db.message.findUniqueOrThrow({ where: { id }, select: { sender: true, rule: true } })
  }
  const invoices = { by: 'rule', name: 'Invoices', from: 'Billing@contoso.example' }
  expect(await record({})).toEqual({ sender: null, rule: null })
  expect(await record(invoices, {})).toEqual({ sender: 'billing@contoso.example', rule: 'Invoices' })
  expect(await record({})).toEqual({ sender: 'billing@contoso.example', rule: 'Invoices' })
  expect(await record({ ...invoices, by: 'last-line' })).toEqual({ sender: 'billing@contoso.example', rule: SEVERAL })
  expect(await record(invoices, { ...invoices, from: 'x@contoso.example' })).toEqual({ sender: SEVERAL, rule: SEVERAL })
  expect(await record(invoices)).toEqual({ sender: SEVERAL, rule: SEVERAL })
  await db.message.deleteMany()
})

test('R-07 if one message of a group cannot be stored, none is, and the error says so', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  const poisoned = { ...aMessage(), subject: 'a\0b' }
  await expect(store.insert([aMessage(), poisoned, aMessage()])).rejects.toThrow(Unstorable)
  expect([await db.message.count(), await db.messageBody.count(), await db.recipient.count()]).toEqual([0, 0, 0])
})

test('statements that run for every message find rows by key, whatever the tables contained when they were planned', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  await store.insert([aMessage()])
  await store.claim(QUEUE, newId(), LIMITS)
  await store.recordResults([])
  const ask = <Row extends object>(text: string) =>
    direct(db)<Row>(Object.assign([`/* prepared: plan-${newId()} */ ${text}`], { raw: [] }))
  const known = await ask<{ name: string; types: string[] }>(
    `SELECT name, parameter_types::text[] AS types FROM pg_prepared_statements WHERE name ~ '^outbox-(accept|claim|record-results)$'`,
  )
  expect(known).toHaveLength(3)
  for (const { name, types } of known) {
    const rows = await ask(`EXPLAIN EXECUTE "${name}" (${types.map((type) => `NULL::${type}`).join(', ')})`)
    const plan = rows.map((row) => Object.values(row)[0]).join('\n')
    expect(plan).not.toMatch(/Seq Scan|Message_sending/)
  }
  await db.message.deleteMany()
})

test("R-08 the recipients of a message that a worker had begun when it crashed count against the mailbox's day", async () => {
  const { db } = fresh
  await db.mailboxHour.deleteMany()
  const recipients = ['anna@fabrikam.example', 'ben@fabrikam.example', 'done@fabrikam.example']
  const messages = [1, 2].map(() => ({ ...aMessage(), recipients }))
  let nowMs = Date.now() // after they were made: they are due at once
  const store = createOutboxStore(db, { now: () => new Date(nowMs) })
  await store.insert(messages)
  await db.recipient.updateMany({ where: { address: 'done@fabrikam.example' }, data: { state: 'failed' } })
  expect(await store.claim(QUEUE, newId(), LIMITS)).toHaveLength(2)
  nowMs += LIMITS.leaseMs + 1
  expect(await store.reap(5)).toEqual({ freed: 2, begun: 1 })
  expect(await db.mailboxHour.findMany()).toMatchObject([{ ...QUEUE, recipients: 2, delivered: 0 }])
  await db.message.deleteMany()
})

test('R-07 after five crashes of a worker the message is held, also in its further queues', async () => {
  const message = { ...aMessage(), otherQueues: [{ mailServerId: newId(), mailbox: '' }] }
  let nowMs = Date.now() // after the message was made: it is due at once
  const store = createOutboxStore(fresh.db, { now: () => new Date(nowMs) })
  await store.insert([message])
  // Two workers crash before they have begun it, which does not count.
  for (const [death, begun] of [1, 1, 0, 1, 1, 0, 1].entries()) {
    expect(await store.claim(QUEUE, newId(), LIMITS)).toHaveLength(1)
    if (begun === 0) await fresh.db.message.updateMany({ data: { begunAt: null } })
    nowMs += LIMITS.leaseMs + 1
    expect(await store.reap(5)).toEqual({ freed: 1, begun })
    const state = death < 6 ? 'queued' : 'held'
    expect(await fresh.db.message.findFirst()).toMatchObject({ state, mayBeDuplicate: true })
  }
  expect((await store.message(message.id))?.attempts).toHaveLength(5)
  expect(await fresh.db.otherQueue.findFirst()).toMatchObject({ dueAt: NEVER })
  await fresh.db.message.deleteMany()
})

test('a message is not claimed from its other queue while it is held, ended or being claimed, or that mail server is paused', async () => {
  const { db } = fresh
  const other = { mailServerId: newId(), mailbox: 'billing@contoso.example' }
  await db.mailServer.create({ data: { id: other.mailServerId, name: 'P', settings: { type: 'smtp' }, version: 1 } })
  const store = createOutboxStore(db, systemClock)
  await store.insert([{ ...aMessage(), source: 'smtp', otherQueues: [other] }])
  const claimed = async () => (await store.claim(other, newId(), LIMITS)).length
  for (const data of [{ state: 'held' }, { state: 'queued', endedAt: new Date() }]) {
    await db.message.updateMany({ data })
    expect(await claimed()).toBe(0)
  }
  await db.message.updateMany({ data: { endedAt: null, movedFromId: newId() } })
  await db.otherQueue.updateMany({ data: { failoverRejected: true } })
  await db.$transaction(async (worker) => {
    await worker.$executeRaw`SELECT 1 FROM "Message" FOR UPDATE`
    expect(await claimed()).toBe(0)
  })
  await db.mailServer.updateMany({ data: { pausedAt: new Date() } })
  expect(await claimed()).toBe(0)
  await db.mailServer.updateMany({ data: { pausedAt: null } })
  expect(await store.claim(other, newId(), LIMITS)).toMatchObject([{ movedFromId: null, failoverRejected: true }])
  await db.message.deleteMany()
  await db.mailServer.delete({ where: { id: other.mailServerId } })
})

test('a message with two queues is claimed for whichever asks first, by one worker at a time, and its other queue stays as it is', async () => {
  const { db } = fresh
  const other = { mailServerId: newId(), mailbox: 'billing@contoso.example' }
  await db.mailServer.create({ data: { id: other.mailServerId, name: 'O', settings: { type: 'smtp' }, version: 1 } })
  let nowMs = Date.now() + 1_000
  const store = createOutboxStore(db, { now: () => new Date(nowMs) })
  const message = { ...aMessage(), source: 'smtp' as const, otherQueues: [other] }
  await store.insert([message])
  const due = async () => (await store.dueQueues()).map(({ mailServerId }) => mailServerId).sort()
  const both = [QUEUE.mailServerId, other.mailServerId].sort()
  expect(await due()).toEqual(both)
  const [first] = await store.claim(other, newId(), LIMITS)
  const { acceptedAt } = message
  const waits = { movedFromId: null, failoverRejected: false, dueAt: acceptedAt, attemptCount: 0 }
  expect(first).toMatchObject({ ...other, id: message.id, attemptCount: 0, otherQueues: [{ ...QUEUE, ...waits }] })
  expect([await store.claim(QUEUE, newId(), LIMITS), await due()]).toEqual([[], []])
  // Its worker crashes.
  nowMs += LIMITS.leaseMs + 1
  expect(await store.reap(5)).toEqual({ freed: 1, begun: 1 })
  expect(await due()).toEqual(both)
  const [second] = await store.claim(QUEUE, newId(), LIMITS)
  expect(second).toMatchObject({ ...QUEUE, otherQueues: [{ ...other, ...waits }] })
  const later = new Date(nowMs + 60_000)
  const result = (fence: number) => ({
    id: message.id,
    fence,
    queue: QUEUE,
    state: 'queued' as const,
    reason: null,
    dueAt: acceptedAt,
    lastCode: null,
    isCounted: true,
    mayBeDuplicate: false,
    source: 'smtp' as const,
    attempts: [],
    recipients: [],
    nextQueue: other,
    nextAttemptCount: 0,
    movedFromId: null,
    failoverRejected: false,
    otherQueues: [{ ...waits, ...QUEUE, dueAt: later, attemptCount: 1 }],
  })
  const record = async (fence = 0) =>
    (await store.recordResults([{ result: result(fence), next: null }]))[0]?.isRecorded
  expect([await record(first?.fence), await record(second?.fence)]).toEqual([false, true])
  expect(await due()).toEqual([other.mailServerId, QUEUE.mailServerId].sort())
  expect(await store.claim(QUEUE, newId(), LIMITS)).toEqual([])
  nowMs += 60_000
  // A second row for the same queue, as after a failover of both, changes nothing.
  await db.otherQueue.create({ data: { ...QUEUE, messageId: message.id, dueAt: later } })
  const claimed = await store.claim(QUEUE, newId(), LIMITS)
  expect(claimed).toMatchObject([{ attemptCount: 1, otherQueues: expect.arrayContaining([{ ...other, ...waits }]) }])
  expect(await db.message.findFirst()).toMatchObject({ attemptCount: 1, attemptsElsewhere: 0 })
  const held = { ...result(claimed[0]?.fence ?? 0), state: 'held' as const, reason: 'unreadable' as const }
  expect(await store.recordResults([{ result: held, next: null }])).toMatchObject([{ isRecorded: true }])
  expect(await db.otherQueue.findMany()).toMatchObject([{ ...QUEUE, dueAt: NEVER }])
  await db.message.deleteMany()
  expect(await db.otherQueue.count()).toBe(0)
})

test('a claim reads no more blocks if there are many old messages, nor does a look for the oldest that wait', async () => {
  const { db } = fresh
  const store = createOutboxStore(db, systemClock)
  /** Blocks of table and indexes that a claim of ten looks at. */
  const blocks = async () => {
    const [plan] = await db.$queryRaw<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }[]>`
      EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT "id" FROM "Message" WHERE "state" = 'queued'
      AND "mailServerId" = ${QUEUE.mailServerId}::uuid AND "mailbox" = '' AND "dueAt" <= now()
      ORDER BY "dueAt", "id" LIMIT 10 FOR UPDATE SKIP LOCKED`
    expect(JSON.stringify(plan)).not.toMatch(/Seq Scan|Sort Key/)
    const { Plan } = plan?.['QUERY PLAN'][0] ?? { Plan: {} }
    return (Plan['Shared Hit Blocks'] ?? Number.NaN) + (Plan['Shared Read Blocks'] ?? Number.NaN)
  }
  await store.insert(Array.from({ length: 2_000 }, () => aMessage()))
  const before = await blocks()
  const old = process.env.SOAK ? 1_000_000 : 50_000
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "mailServerId", "source", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt",
      "expiresAt", "state", "endedAt")
    SELECT lpad(to_hex(nth), 32, '0')::uuid, ${QUEUE.mailServerId}::uuid, 'reminder', 's', '<x@y>', 1, false, now(), now(), now(), 'delivered', now()
    FROM generate_series(1, ${old}::int) nth`
  expect(await blocks()).toBeLessThanOrEqual(before + 2)
  await db.$executeRaw`ANALYZE "Message"`
  expect(await blocks()).toBeLessThanOrEqual(before + 2)
  expect((await store.dueQueues()).map(({ mailbox }) => mailbox)).toEqual([''])
  const oldest = await db.$queryRaw`EXPLAIN SELECT FROM "Message" WHERE "state" = 'queued' ORDER BY "id" LIMIT 1000`
  expect(JSON.stringify(oldest)).toContain('Message_waiting')
  // Nor does a look whether one of many further queues is there for failover.
  const other = newId()
  await db.$executeRaw`
    INSERT INTO "OtherQueue" ("messageId", "mailServerId", "dueAt") SELECT "id", ${other}::uuid, now() FROM "Message" WHERE "state" = 'queued'`
  const plan = await db.$queryRaw`
    EXPLAIN SELECT FROM "OtherQueue" WHERE "mailServerId" = ${other}::uuid AND "movedFromId" IS NOT NULL`
  expect(JSON.stringify(plan)).toContain('OtherQueue_moved')
}, 120_000)

test('the removal takes old messages with their rows in steps, and no waiting message', async () => {
  const { db } = fresh
  await db.message.deleteMany()
  const store = createOutboxStore(db, systemClock)
  const [old, waiting] = [aMessage(), aMessage()]
  await store.insert([old, waiting])
  const long = new Date(Date.now() - 1_000)
  await db.message.update({ where: { id: old.id }, data: { state: 'failed', endedAt: long } })
  const limits = { failedBodiesBefore: new Date(), messagesBefore: new Date(0), countersBefore: new Date(0), rows: 10 }
  expect(await store.removeOld(limits)).toBe(1)
  expect(await store.message(old.id)).toMatchObject({ state: 'failed', hasBody: false })
  expect(await store.removeOld({ ...limits, messagesBefore: new Date() })).toBe(1)
  expect(await store.message(old.id)).toBeNull()
  expect(await db.recipient.count()).toBe(1)
  expect(await store.message(waiting.id)).toMatchObject({ state: 'queued', hasBody: true })
  // While there are old messages, no texts are looked for.
  const [older, failed] = [aMessage(), aMessage()]
  await store.insert([older, failed])
  const ended = (id: string, endedAt: Date) => db.message.update({ where: { id }, data: { state: 'failed', endedAt } })
  await Promise.all([ended(older.id, new Date(0)), ended(failed.id, long)])
  const both = { ...limits, messagesBefore: new Date(1) }
  expect([await store.removeOld(both), (await store.message(failed.id))?.hasBody]).toEqual([1, true])
  expect([await store.removeOld(both), (await store.message(failed.id))?.hasBody]).toEqual([1, false])
}, 120_000)
