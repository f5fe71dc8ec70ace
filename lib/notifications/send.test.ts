import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { sharedClock } from '../../tests/support/world'
import { HOUR_MS, MINUTE_MS, newId, ok, type Vault } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { sendDue } from './send'

const database = databaseOfEach()
const AT = new Date('2027-01-10T08:00:00Z')

/** A worker that posts to webhooks which all answer the same. `isNeeded` says whether a notice is still to be sent. */
function worker(answer: { status: number; retryAfterMs?: number }, isNeeded = true) {
  const posts: string[] = []
  const unused = () => Promise.reject(new Error('No mail is sent'))
  const say = async (about: Parameters<Parameters<typeof sendDue>[0]['say']['weekly']>[0]) =>
    isNeeded ? { about, text: unused as never, event: () => ({ type: 'report' }) } : null
  const deps: Parameters<typeof sendDue>[0] = {
    db: database.db,
    clock: sharedClock({ now: () => AT, monotonicMs: () => 0 }),
    log: { warn() {} },
    baseUrl: new URL('https://console.contoso.example'),
    vault: { open: async () => ok(new Redacted('{"url":"https://hooks.contoso.example/"}')) } as unknown as Vault,
    webhooks: {
      async post({ headers }) {
        posts.push(headers?.['postroom-delivery'] ?? '')
        return ok({ text: '', peerDate: null, retryAfterMs: null, ...answer })
      },
    },
    senderAddress: unused,
    prepareMail: unused,
    wakeOutbox: unused,
    say: { expiry: say, alerts: say, weekly: say },
  }
  return { posts, send: () => sendDue(deps) }
}

async function addChannel(change: { enabled?: boolean } = {}) {
  const row = { kind: 'webhook', name: 'IT', sealed: 'x', createdBy: 'x', createdAt: AT, updatedAt: AT }
  return (await database.db.notificationChannel.create({ data: { id: newId(), ...row, ...change } })).id
}

async function addReport(channelId: string, week: number, attempts = 0) {
  const row = { expiryVersion: 0, thresholdDays: 0, state: 'due', deliveryId: newId(), dueAt: AT }
  const data = { ...row, id: newId(), channelId, attempts, week: new Date(AT.getTime() - week * 7 * 24 * HOUR_MS) }
  return (await database.db.reminder.create({ data })).id
}

test.each([
  ['the first', 0, {}, 1],
  ['the second', 1, {}, 5],
  ['the eighth', 7, {}, 360],
  ['the thirteenth', 12, {}, 360],
  ['the last but one', 18, {}, 360],
  ['the first, if the receiver asks for less', 0, { retryAfterMs: 1_000 }, 1],
  ['the first, if the receiver asks for more', 0, { retryAfterMs: 30 * MINUTE_MS }, 30],
] as const)('R-16 after a failed attempt there is a pause: %s', async (_, attempts, more, minutes) => {
  const id = await addReport(await addChannel(), 1, attempts)
  expect(await worker({ status: 503, ...more }).send()).toEqual({ sent: 0, failed: 1 })
  const nextAttemptAt = new Date(AT.getTime() + minutes * MINUTE_MS)
  expect(await database.db.reminder.findUnique({ where: { id } })).toMatchObject({ state: 'due', nextAttemptAt })
  expect(await database.db.auditEvent.count()).toBe(0)
})

test('R-16 R-25 after the twentieth failed attempt a notification has failed, with an audit entry and its cause at the channel', async () => {
  const channelId = await addChannel()
  const id = await addReport(channelId, 1, 19)
  await worker({ status: 503 }).send()
  const failed = { state: 'failed', nextAttemptAt: null, attempts: 20, fault: { code: 'http-status' } }
  expect(await database.db.reminder.findUnique({ where: { id } })).toMatchObject(failed)
  const entries = await database.db.auditEvent.findMany()
  expect(entries).toMatchObject([{ action: 'reminder.send', result: 'failed', details: { code: 'http-status' } }])
  const channel = await database.db.notificationChannel.findUnique({ where: { id: channelId } })
  expect(channel).toMatchObject({ lastFault: { code: 'http-status' } })
})

test('R-15 a receiver that fails gets nothing else in this turn', async () => {
  const channelId = await addChannel()
  for (const week of [1, 2, 3]) await addReport(channelId, week)
  const { posts, send } = worker({ status: 503 })
  expect(await send()).toEqual({ sent: 0, failed: 1 })
  expect(posts).toHaveLength(1)
})

test.each([
  ['for a channel that was switched off since', { enabled: false }, true],
  ['of which nothing is to be said any more', {}, false],
])('R-16 a notification %s is cancelled', async (_, channel, isNeeded) => {
  const id = await addReport(await addChannel(channel), 1)
  const { posts, send } = worker({ status: 200 }, isNeeded)
  expect(await send()).toEqual({ sent: 0, failed: 0 })
  expect(posts).toEqual([])
  expect(await database.db.reminder.findUnique({ where: { id } })).toMatchObject({ state: 'cancelled' })
})
