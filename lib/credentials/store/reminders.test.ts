import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCredential } from '../../../tests/support/credential'
import { clockAhead } from '../../../tests/support/credentials-services'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { noAlerts, remindersAbout } from '../../../tests/support/reminders'
import { sharedClock } from '../../../tests/support/world'
import { createDatabaseClock, type Db, type SharedClock, type Tx } from '../../db'
import { DAY_MS, fail, HOUR_MS, MINUTE_MS, newId, ok, type Vault } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { sendDue } from '../../notifications/send'
import { planNow } from '../reminders/plan-now'
import { type ExpiringView, expiring } from '../views'
import { listReminders } from './reminders'

const DAYS = 400
const SEEDS = process.env.SOAK ? [1, 2, 3, 4, 5, 6, 7, 8] : [1]
/** The full walk looks every few hours, as a worker would; the short one about once in two days. */
const STEP_MS = process.env.SOAK ? 3 * HOUR_MS : 40 * HOUR_MS
const START = Date.parse('2027-01-10T08:00:00Z')

/** A machine in a country whose clocks go forward and back within these days. */
process.env.TZ = 'Europe/Berlin'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const quiet = { warn() {} }

async function world(endsAfterDays: number) {
  const { db } = fresh
  await db.reminder.deleteMany()
  await db.notificationChannel.deleteMany()
  await db.mailServer.updateMany({ data: { credentialId: null } })
  await db.credential.deleteMany()
  await db.mailServer.deleteMany()
  const serverId = newId()
  const at = new Date(START)
  await db.mailServer.create({ data: { id: serverId, name: 'Mail server', settings: {}, version: 1, createdAt: at } })
  for (const kind of ['mail', 'webhook'])
    await db.notificationChannel.create({
      data: {
        id: newId(),
        kind,
        name: kind,
        createdBy: 'x',
        createdAt: at,
        updatedAt: at,
        sealed: 'x',
        address: 'it@contoso.example',
      },
    })
  const add = async (slot: string, days: number) => {
    const id = newId()
    const expiresAt = new Date(START + days * DAY_MS)
    const row = { id, mailServerId: serverId, kind: 'client-secret', slot, digest: id, createdBy: 'x', expiresAt }
    await db.credential.create({ data: row })
    return { id, expiresAt }
  }
  return { db, add, first: await add('current', endsAfterDays) }
}

/** Mulberry32: the same walk for the same seed. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

class Crash extends Error {}

/**
 * What `sendDue` needs, where a notice leaves by `send`, which returns whether it was accepted. In the outbox's place, what leaves by mail is sent
 * at once.
 */
function sending(
  db: Db,
  clock: SharedClock,
  views: () => readonly ExpiringView[] | Promise<readonly ExpiringView[]>,
  send: (deliveryId: string) => Promise<boolean>,
): Parameters<typeof sendDue>[0] {
  const secret = new Redacted(JSON.stringify({ url: 'https://hooks.contoso.example/' }))
  const reply = { text: '', peerDate: null, retryAfterMs: null }
  return {
    db,
    clock,
    log: quiet,
    baseUrl: new URL('https://console.contoso.example'),
    vault: { open: async () => ok(secret) } as unknown as Vault,
    webhooks: {
      post: async ({ headers }) =>
        ok({ ...reply, status: (await send(headers?.['postroom-delivery'] ?? '')) ? 200 : 503 }),
    },
    senderAddress: async () => 'noreply@contoso.example',
    async prepareMail({ messageId }) {
      if (!(await send(messageId.replace(/^<|@.*/g, '')))) return fail('full')
      const id = newId()
      const insert = async (tx: Tx) => {
        await tx.reminder.updateMany({ where: { messageId: id }, data: { state: 'sent', sentAt: clock.now() } })
      }
      return ok({ id, insert })
    },
    wakeOutbox: async () => {},
    say: {
      expiry: remindersAbout({ db, clock }, views).reminderNotice,
      alerts: noAlerts.notice,
      weekly: noAlerts.weekly.notice,
    },
  }
}

let repeatedDeliveries = 0

/**
 * 400 days, both changes of daylight saving among them, by a worker that is away at random, dies between sending and writing
 * it down, and whose clock steps an hour to and fro. Receivers know a second copy by its delivery id.
 */
interface Stored {
  id: string
  expiresAt: Date
}

function areNotEarly(arrived: { key: string; trueAt: number }[], first: Stored, second: Stored): void {
  for (const { key, trueAt } of arrived) {
    const [id, days = ''] = key.split(' ')
    const expiresAt = (id === first.id ? first : second).expiresAt.getTime()
    expect(trueAt).toBeGreaterThanOrEqual(expiresAt - Number(days) * DAY_MS - 3 * HOUR_MS - 1)
  }
}

test('a walk has both changes of daylight saving', () => {
  const offsets = [0, 80, 300].map((day) => new Date(START + day * DAY_MS).getTimezoneOffset())
  expect(offsets).toEqual([-60, -120, -60])
})

test.each(SEEDS)(
  'R-16 R-15 F-62 F-63 in a walk of 400 days every threshold gets one reminder (seed %i)',
  async (seed) => {
    const roll = dice(seed)
    const { db, add, first } = await world(200)
    let nowMs = START
    let stepMs = 0
    let crashNext = false
    const clock = sharedClock({ now: () => new Date(nowMs + stepMs), monotonicMs: () => nowMs })
    const arrived = new Map<string, { key: string; trueAt: number; copies: number }>()
    let isReceiverReliable = false
    const send = async (deliveryId: string) => {
      if (!isReceiverReliable && roll() < 0.15) return false
      for (const row of await db.reminder.findMany({ where: { deliveryId } })) {
        const key = `${row.credentialId} ${row.thresholdDays} ${row.channelId}`
        const copy = `${deliveryId} ${key}`
        const known = arrived.get(copy)
        arrived.set(copy, { key, trueAt: known?.trueAt ?? nowMs, copies: (known?.copies ?? 0) + 1 })
      }
      if (crashNext) {
        crashNext = false
        throw new Crash()
      }
      return true
    }
    const credentials = async () => (await db.credential.findMany()).map(({ id }) => aCredential({ id }))
    const deps = sending(db, clock, credentials, send)

    let second = first
    while (nowMs < START + DAYS * DAY_MS) {
      nowMs += STEP_MS * (0.5 + Math.floor(roll() * 1000) / 1000)
      if (roll() < 0.02) nowMs += Math.floor(roll() * 25 * DAY_MS) // the worker was not running
      if (roll() < 0.2) stepMs = roll() < 0.5 ? -HOUR_MS : HOUR_MS
      crashNext = roll() < 0.1
      if (second === first && nowMs > START + 190 * DAY_MS) {
        await db.credential.update({ where: { id: first.id }, data: { slot: 'previous', replacedAt: clock.now() } })
        second = await add('current', 390)
      }
      try {
        await planNow(deps)
        await sendDue(deps)
      } catch (thrown) {
        if (!(thrown instanceof Crash)) throw thrown
      }
    }
    // The last attempt of the walk may have failed or crashed, so the worker gets two more hours in which every receiver answers.
    ;[isReceiverReliable, crashNext] = [true, false]
    for (let hour = 0; hour < 2; hour += 1) {
      nowMs += HOUR_MS
      await sendDue(deps)
    }

    const keys = [...arrived.values()].map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    const reminders = await db.reminder.findMany({ include: { channel: true } })
    expect(reminders.filter(({ state }) => state === 'due')).toEqual([])
    // The one that was replaced gets no reminder about the days after.
    expect(reminders.filter((row) => row.credentialId === first.id && row.thresholdDays < 7)).toEqual([])
    for (const channel of ['mail', 'webhook']) {
      const own = reminders.filter((row) => row.credentialId === second.id && row.channel.kind === channel)
      expect(own.map(({ thresholdDays }) => thresholdDays).sort((a, b) => b - a)).toEqual([60, 30, 14, 7, 1, 0])
      // Sent, or covered by a newer one.
      const sent = own.filter(({ state }) => state === 'sent').map(({ thresholdDays }) => thresholdDays)
      expect(own.filter(({ thresholdDays }) => !sent.some((newer) => newer <= thresholdDays))).toEqual([])
    }
    areNotEarly([...arrived.values()], first, second)
    repeatedDeliveries += [...arrived.values()].filter(({ copies }) => copies > 1).length
  },
  600_000,
)

test('R-16 the walks contain deliveries that a crash repeated', () => {
  expect(repeatedDeliveries).toBeGreaterThan(0)
})

test('R-16 many reminders are added a thousand at a time, because all of them take longer than a transaction has', async () => {
  const { db } = await world(0)
  const at = new Date(START)
  const channels = Array.from({ length: 400 }, () => newId())
  const row = { kind: 'mail', name: 'mail', createdBy: 'x', createdAt: at, updatedAt: at }
  await db.notificationChannel.createMany({ data: channels.map((id) => ({ ...row, id })) })
  const clock = sharedClock({ now: () => at, monotonicMs: () => 0 })
  const sizes: number[] = []
  const counted = db.$extends({
    query: {
      $executeRaw({ args, query }) {
        sizes.push(JSON.parse(String(args.values[0])).length)
        return query(args)
      },
    },
  }) as unknown as Db
  await planNow({ db: counted, clock })
  expect(Math.max(...sizes)).toBe(1_000)
  expect(await db.reminder.count()).toBe(sizes.reduce((sum, size) => sum + size, 0))
  await planNow({ db: counted, clock })
  expect(sizes.filter((size) => size > 0)).toHaveLength(sizes.length)
})

test('R-16 a plan of which a part was stored leads to no other reminders than the whole', async () => {
  // A refusal and two thresholds that it covers: three rows for each channel.
  const { db } = await world(20)
  const at = new Date(START)
  await db.credential.updateMany({ data: { refusedAt: at, acceptedAt: new Date(START - HOUR_MS) } })
  const channels = Array.from({ length: 400 }, () => newId())
  const row = { kind: 'webhook', name: 'webhook', createdBy: 'x', createdAt: at, updatedAt: at }
  await db.notificationChannel.createMany({ data: channels.map((id) => ({ ...row, id })) })
  const clock = sharedClock({ now: () => at, monotonicMs: () => 0 })
  let left = 1
  const failing = db.$extends({
    query: {
      $executeRaw({ args, query }) {
        if (left-- === 0) throw new Error('the database is gone')
        return query(args)
      },
    },
  }) as unknown as Db
  await expect(planNow({ db: failing, clock })).rejects.toThrow('the database is gone')
  await planNow({ db, clock })
  expect(await db.reminder.count()).toBe(3 * 402)
  expect(await db.reminder.count({ where: { state: 'due' } })).toBe(402)
})

test('R-16 each reminder is sent by one of many workers', async () => {
  const { db, first } = await world(20)
  const sentTo: string[] = []
  const clock = sharedClock({ now: () => new Date(START), monotonicMs: () => 0 })
  const send = async (deliveryId: string) => sentTo.push(deliveryId) > 0
  const deps = sending(db, clock, () => [aCredential({ id: first.id })], send)
  await Promise.all(Array.from({ length: 8 }, () => planNow(deps)))
  await Promise.all(Array.from({ length: 8 }, () => sendDue(deps)))
  expect(sentTo).toHaveLength(2)
  expect(await db.reminder.groupBy({ by: ['state'], _count: true, orderBy: { state: 'asc' } })).toMatchObject([
    { state: 'covered', _count: 2 },
    { state: 'sent', _count: 2 },
  ])
  expect(await db.auditEvent.count({ where: { action: 'reminder.send' } })).toBeGreaterThanOrEqual(2)
})

test('R-16 R-15 two machines whose clocks differ by more than a lease do not send the same reminder', async () => {
  const { db, first } = await world(20)
  const sendAt = (aheadMs: number, send: () => Promise<boolean>) => {
    const clock = createDatabaseClock(
      db,
      clockAhead(() => aheadMs),
    )
    return sendDue(sending(db, clock, () => [aCredential({ id: first.id })], send))
  }
  await db.notificationChannel.deleteMany({ where: { kind: 'mail' } })
  await planNow({ db, clock: clockAhead(() => START - Date.now()) })
  const duringIt: unknown[] = []
  await sendAt(-10 * MINUTE_MS, async () => {
    duringIt.push(await sendAt(10 * MINUTE_MS, async () => true))
    return true
  })
  expect(duringIt).toEqual([{ sent: 0, failed: 0 }])
})

test('R-16 a credential that was replaced or got a new date after planning causes no reminder', async () => {
  const { db, first } = await world(20)
  const sentTo: string[] = []
  let current: ReturnType<typeof aCredential> | null = aCredential({ id: first.id, slot: 'previous' })
  const clock = sharedClock({ now: () => new Date(START), monotonicMs: () => 0 })
  const send = async (deliveryId: string) => sentTo.push(deliveryId) > 0
  const deps = sending(db, clock, () => (current ? [current] : []), send)
  for (const each of [current, null, aCredential({ id: first.id, expiryVersion: 2 })]) {
    current = each
    await db.reminder.deleteMany()
    await planNow(deps)
    expect(await sendDue(deps)).toEqual({ sent: 0, failed: 0 })
    expect(await db.reminder.count({ where: { state: 'cancelled' } })).toBe(2)
  }
  expect(sentTo).toEqual([])
})

test('reminders of one credential are listed however many newer ones there are of another', async () => {
  const { db, add, first } = await world(20)
  const [{ id: channelId }, second] = await Promise.all([db.notificationChannel.findFirstOrThrow(), add('next', 40)])
  const reminder = (credentialId: string, thresholdDays: number) =>
    ({
      id: newId(),
      credentialId,
      expiryVersion: 1,
      thresholdDays,
      channelId,
      state: 'sent',
      deliveryId: newId(),
    }) as const
  const due = (day: number) => new Date(START + day * DAY_MS)
  await db.reminder.createMany({
    data: [1, 2, 3].map((day) => ({ ...reminder(second.id, day), dueAt: due(day) })),
  })
  const own = await db.reminder.create({ data: { ...reminder(first.id, 7), dueAt: due(0) } })
  expect((await listReminders(db, 3, first.id)).map(({ id }) => id)).toEqual([own.id])
  expect((await listReminders(db, 3)).map(({ credentialId }) => credentialId)).toEqual([
    second.id,
    second.id,
    second.id,
  ])
})

test('what a notice is about is read with the other credentials of its mail server, and nothing of other mail servers', async () => {
  const { db, add, first } = await world(20)
  const next = await add('next', 300)
  const other = await db.mailServer.create({ data: { id: newId(), name: 'Other', settings: {}, version: 1 } })
  const row = { mailServerId: other.id, kind: 'client-secret', slot: 'current', digest: 'd', createdBy: 'x' }
  await db.credential.create({ data: { id: newId(), ...row } })
  const deps = { db, clouds: [], clock: sharedClock({ now: () => new Date(START), monotonicMs: () => 0 }) }
  const all = await expiring(deps)
  expect(all).toHaveLength(3)
  expect(await expiring(deps, [first.id])).toEqual(all.filter(({ id }) => id === first.id || id === next.id))
  expect(await expiring(deps, [])).toEqual([])
  expect(await expiring(deps, ['no-id'])).toEqual([])
})

test('R-22 a failing receiver is retried after growing pauses and finally given up', async () => {
  const { db, first } = await world(20)
  let nowMs = START
  const attempts: number[] = []
  const clock = sharedClock({ now: () => new Date(nowMs), monotonicMs: () => nowMs })
  const send = async () => {
    attempts.push(nowMs)
    return false
  }
  const deps = sending(db, clock, () => [aCredential({ id: first.id })], send)
  await db.notificationChannel.deleteMany({ where: { kind: 'mail' } })
  await planNow(deps)
  for (let turn = 0; turn < 60; turn++) {
    await sendDue(deps)
    nowMs += 90 * 60_000
  }
  expect(attempts).toHaveLength(20)
  const row = await db.reminder.findFirstOrThrow({ where: { state: 'failed' }, include: { channel: true } })
  expect(row.fault).toMatchObject({ code: 'http-status', evidence: '503' })
  expect(row.channel.lastFault).toMatchObject({ code: 'http-status' })
  expect(await db.auditEvent.count({ where: { action: 'reminder.send', result: 'failed' } })).toBe(1)
})

test('R-16 what is due for one recipient at once is one notice, each of its reminders is recorded once, and a retry is the same notice', async () => {
  const { db } = await world(20)
  /** Each with another mail server. */
  const add = async (...days: readonly number[]) => {
    const data = days.map((day) => {
      const expiresAt = new Date(START + day * DAY_MS)
      return { id: newId(), mailServerId: newId(), kind: 'client-secret', digest: newId(), createdBy: 'x', expiresAt }
    })
    const servers = data.map(({ mailServerId: id }) => ({ id, name: id, settings: {}, version: 1 }))
    await db.mailServer.createMany({ data: servers })
    return db.credential.createManyAndReturn({ data })
  }
  await add(...Array.from({ length: 199 }, (_, at) => 20 + (at % 9)))
  const rows = await db.credential.findMany()
  const deliveries: (readonly [deliveryId: string, count: number])[] = []
  let nowMs = START
  const clock = sharedClock({ now: () => new Date(nowMs), monotonicMs: () => nowMs })
  let works = false
  const send = async (deliveryId: string) => {
    deliveries.push([deliveryId, await db.reminder.count({ where: { deliveryId } })])
    return works
  }
  const views = () => rows.map(({ id, expiresAt }) => aCredential({ id, expiresAt }))
  const deps = sending(db, clock, views, send)
  await planNow(deps)
  expect(await sendDue(deps)).toEqual({ sent: 0, failed: 400 })
  works = true
  nowMs += 5 * 60_000
  // One more becomes due in between. It does not join a notice that a receiver may already have.
  rows.push(...(await add(21)))
  await planNow(deps)
  await Promise.all(Array.from({ length: 4 }, () => sendDue(deps)))
  expect(deliveries.map(([, count]) => count).sort((a, b) => a - b)).toEqual([1, 1, 200, 200, 200, 200])
  expect(new Set(deliveries.map(([id]) => id)).size).toBe(4)
  expect(await db.reminder.count({ where: { state: 'sent' } })).toBe(402)
  const where = { action: 'reminder.send', result: 'done' }
  const subjects = (await db.auditEvent.findMany({ where })).map(({ subject }) => subject)
  for (const { id } of rows) expect(subjects.filter((each) => each === `credential:${id}`)).toHaveLength(2)
})
