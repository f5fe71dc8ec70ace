import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { caller as mailCaller } from '../../tests/support/mail-server'
import { aMessage, outboxAt } from '../../tests/support/outbox'
import { DAY_MS } from '../kernel'

const { actor, origin } = mailCaller
const caller = { actor, origin }
let database: TestDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

async function world() {
  const outbox = await outboxAt({ database, port: 1 })
  /** A message that ended that many days ago, or, for null, one that still waits and was accepted a hundred days ago. */
  async function ended(state: string, daysAgo: number | null): Promise<string> {
    const accepted = await outbox.accept(await aMessage(`${state} ${daysAgo}`))
    if (!accepted.ok) throw new Error(accepted.error)
    const { id } = accepted.value
    const at = new Date(Date.now() - (daysAgo ?? 100) * DAY_MS)
    const data = { state, acceptedAt: at, endedAt: daysAgo === null ? null : at }
    await database.db.message.update({ where: { id }, data })
    return id
  }
  const left = async () => (await database.db.message.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)
  const bodies = async () =>
    (await database.db.messageBody.findMany({ orderBy: { messageId: 'asc' } })).map(({ messageId }) => messageId)
  return { outbox, ended, left, bodies }
}

test('U-05 by default messages are removed 90 days after they ended, texts of failed ones after 30, and waiting or held messages never', async () => {
  const { outbox, ended, left, bodies } = await world()
  await ended('delivered', 91)
  const textless = await ended('failed', 31)
  const young = await ended('failed', 29)
  const [queued, held] = [await ended('queued', null), await ended('held', null)]
  await outbox.removeOld()
  expect(await left()).toEqual([textless, young, queued, held].sort())
  expect(await bodies()).toEqual([young, queued, held].sort())
  expect(await database.db.recipient.count()).toBe(4)
  // One whose text is gone cannot be sent again.
  expect(await outbox.resend(caller, { ids: [textless, young] })).toBe(1)
  expect(await outbox.message(textless)).toMatchObject({ state: 'failed' })
})

test('U-05 saved periods apply from the next removal on, and hourly counters are kept for 31 days in any case', async () => {
  const { outbox, ended, left, bodies } = await world()
  await ended('failed', 3)
  const remaining = await ended('failed', 1.5)
  const hour = (daysAgo: number) => ({
    mailServerId: '00000000-0000-4000-8000-000000000001',
    mailbox: '',
    hour: new Date(Date.now() - daysAgo * DAY_MS),
  })
  await database.db.mailboxHour.createMany({ data: [hour(30), hour(32)] })
  const wanted = { messageDays: 2, failedBodyDays: 1, version: 0 }
  // Twice at one moment, and again because the answer was lost: nothing changes.
  const twice = await Promise.all([outbox.saveRetention(caller, wanted), outbox.saveRetention(caller, wanted)])
  for (const answer of [...twice, await outbox.saveRetention(caller, wanted)])
    expect(answer).toEqual({ ok: true, value: undefined })
  await outbox.removeOld()
  expect(await left()).toEqual([remaining])
  expect(await bodies()).toEqual([])
  expect(await database.db.mailboxHour.count()).toBe(1)
  expect(await outbox.retention()).toMatchObject({
    messageDays: 2,
    failedBodyDays: 1,
    updatedBy: 'admin@contoso.example',
  })
  expect(await database.db.auditEvent.findMany({ where: { action: 'retention.change' } })).toMatchObject([
    { result: 'done', details: { messageDays: 2, failedBodyDays: 1, messageDaysBefore: 90, failedBodyDaysBefore: 30 } },
  ])
})

test('R-12 rejects a second save that is based on the same version, and periods that make no sense', async () => {
  const { outbox } = await world()
  const [one, two] = await Promise.all([
    outbox.saveRetention(caller, { messageDays: 10, failedBodyDays: 5, version: 0 }),
    outbox.saveRetention(caller, { messageDays: 20, failedBodyDays: 5, version: 0 }),
  ])
  expect([one, two].filter(({ ok }) => ok)).toHaveLength(1)
  expect([one, two]).toContainEqual({ ok: false, error: 'changed' })
  expect(
    await database.db.auditEvent.findMany({ where: { action: 'retention.change', result: 'refused' } }),
  ).toMatchObject([{ details: { reason: 'changed', messageDays: one.ok ? 20 : 10 } }])
  const stored = await outbox.retention()
  expect(stored).toMatchObject({ version: 1, messageDays: one.ok ? 10 : 20 })
  for (const [messageDays, failedBodyDays, ...error] of [
    [0, 0, 'messageDays'],
    [5, 6, 'failedBodyDays'],
    [3651, 1, 'messageDays'],
    [Number.NaN, -1, 'messageDays', 'failedBodyDays'],
    [5, -1, 'failedBodyDays'],
    [5.5, 1, 'messageDays'],
  ] as [number, number, ...string[]][])
    expect(await outbox.saveRetention(caller, { messageDays, failedBodyDays, version: 1 })).toEqual({
      ok: false,
      error,
    })
  expect(await outbox.retention()).toEqual(stored)
})
