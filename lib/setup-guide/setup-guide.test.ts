import { afterEach, beforeEach, expect, test } from 'vitest'
import { caller, createWorld, saved, tested, type World } from '../../tests/support/mail-server'
import { FIRST_MAIL_SERVER_ID as FIRST } from '../db/default-mail-server'
import type { LocalisedCaller } from '../i18n/locale'
import type { Clock } from '../kernel/clock'
import { MINUTE_MS } from '../kernel/time'
import { composeSetupGuide } from '../services/setup-guide'

const TO = 'anna@fabrikam.example'

let world: World
let nowMs: number
/** What the server says to AUTH; null: welcome. */
let refusal: string | null
const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => performance.now() }
const later = (minutes: number) => {
  nowMs += minutes * MINUTE_MS
}
const SETTLES = '535 5.7.3 Authentication unsuccessful'

beforeEach(async () => {
  nowMs = Date.now()
  refusal = SETTLES
  world = await createWorld({ script: { act: (line) => (/^AUTH /i.test(line) ? refusal : null) } })
  const { db } = world.database
  await db.operator.create({ data: { id: 'op-1', name: 'A', email: 'admin@contoso.example', role: 'admin' } })
  await saved(world.room(), world.exchange(), 0)
})
afterEach(() => world.end())

const room = () =>
  composeSetupGuide({
    clouds: [world.cloud],
    clock,
    db: world.database.db,
    mailServers: { of: (id) => world.room({ id, clock }) },
  })
const by: LocalisedCaller = caller
const plan = () => world.database.db.propagationRetry.findFirstOrThrow({ orderBy: { startedAt: 'desc' } })
const tries = () => world.database.db.testRun.count()

test('it tries every 5 minutes until a test is accepted, each an ordinary test of who started it', async () => {
  expect(await room().startRetry(by, FIRST, TO)).toMatchObject({ ok: true })
  await room().workRetry()
  expect(await tries()).toBe(1)
  later(4)
  await room().workRetry()
  expect(await tries()).toBe(1)
  later(1)
  refusal = null
  await room().workRetry()
  expect(await tries()).toBe(2)
  const ended = await plan()
  expect(ended).toMatchObject({ outcome: 'accepted' })
  later(5)
  await room().workRetry()
  expect(await tries()).toBe(2)

  const rows = await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })
  expect(rows.map(({ action, actorName, requestId }) => [action, actorName, requestId === ended.id])).toEqual([
    ['mail-server.save', 'admin@contoso.example', false],
    ['set-up.retry-start', 'admin@contoso.example', false],
    ['mail-server.test', 'admin@contoso.example', true],
    ['mail-server.test', 'admin@contoso.example', true],
    ['set-up.retry-end', 'worker', true],
  ])
  expect((await room().view(FIRST, {})).plan).toMatchObject({ outcome: 'accepted', lastTestId: expect.any(String) })
})

test('one at a time: of ten starts at once one begins, and of ten workers one sends', async () => {
  const started = await Promise.all(Array.from({ length: 10 }, () => room().startRetry(by, FIRST, TO)))
  expect(started.filter(({ ok }) => ok)).toHaveLength(1)
  expect(started.find(({ ok }) => !ok)).toEqual({ ok: false, error: 'already-running' })
  await Promise.all(Array.from({ length: 10 }, () => room().workRetry()))
  expect(await tries()).toBe(1)
})

test('after 2 hours it gives up', async () => {
  await room().startRetry(by, FIRST, TO)
  later(116)
  await room().workRetry()
  expect(await plan()).toMatchObject({ outcome: 'over' })
  later(10)
  await room().workRetry()
  expect(await tries()).toBe(1)
})

test('what waiting does not mend, another save, and a closed account end it', async () => {
  refusal = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled'
  await room().startRetry(by, FIRST, TO)
  await room().workRetry()
  expect(await plan()).toMatchObject({ outcome: 'failed' })

  refusal = SETTLES
  later(1)
  await room().startRetry(by, FIRST, TO)
  await saved(world.room(), world.exchange({ senderName: 'Other' }), 1)
  await room().workRetry()
  expect(await plan()).toMatchObject({ outcome: 'replaced' })

  later(1)
  await room().startRetry(by, FIRST, TO)
  await world.database.db.operator.update({ where: { id: 'op-1' }, data: { disabledAt: new Date() } })
  await room().workRetry()
  expect(await plan()).toMatchObject({ outcome: 'cancelled' })
  expect(await tries()).toBe(1)
})

test('what an ended plan said is told no longer once a newer test ran', async () => {
  refusal = null
  await room().startRetry(by, FIRST, TO)
  await room().workRetry()
  expect((await room().view(FIRST, {})).plan).toMatchObject({ outcome: 'accepted' })
  later(1)
  refusal = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled'
  await tested(world.room({ clock }), world.exchange())
  const { plan: told, steps } = await room().view(FIRST, {})
  expect(told).toBeNull()
  expect(steps.find(({ id }) => id === 'test')?.state.kind).toBe('rejected')
})

test('cancelled is cancelled, with an audit row, and only once', async () => {
  await room().startRetry(by, FIRST, TO)
  expect(await room().cancelRetry(by, FIRST)).toEqual({ ok: true, value: undefined })
  expect(await room().cancelRetry(by, FIRST)).toEqual({ ok: false, error: 'not-running' })
  await room().workRetry()
  expect(await tries()).toBe(0)
  expect(await world.database.db.auditEvent.count({ where: { action: 'set-up.retry-end' } })).toBe(1)
})

test('beyond the allowance of tests it waits instead of trying', async () => {
  const { db } = world.database
  await room().startRetry(by, FIRST, TO)
  for (let count = 0; count < 6; count++) {
    await db.propagationRetry.updateMany({ data: { nextAt: new Date(nowMs) } })
    await room().workRetry()
  }
  expect(await tries()).toBe(5) // a minute's worth
  expect((await plan()).nextAt.getTime()).toBeGreaterThan(nowMs)
  expect(await plan()).toMatchObject({ outcome: null, endedAt: null })
})

test('without saved settings of Exchange Online there is nothing to try', async () => {
  await saved(world.room(), world.smtpFields(), 1)
  expect(await room().startRetry(by, FIRST, TO)).toEqual({ ok: false, error: 'nothing-saved' })
})

test('the guide is filled from what is saved and ticked by its tests', async () => {
  refusal = null
  await room().startRetry(by, FIRST, TO)
  await room().workRetry()
  const { guide, steps } = await room().view(FIRST, {})
  expect(guide).toMatchObject({ values: { sender: 'noreply@contoso.example' }, objectIdFromToken: true, typed: false })
  expect(new Set(steps.map(({ state }) => state.kind))).toEqual(new Set(['verified']))
})

test('the guide of another mail server shows its own settings, its own ticks and its own retries', async () => {
  const added = await world.servers().add(caller, 'Finance')
  if (!added.ok) throw new Error(added.error.kind)
  const finance = added.value.id
  const sender = 'finance@contoso.example'
  await saved(world.room({ id: finance }), world.exchange({ senderAddress: sender }), 0)
  const ticked = async (server: string) => {
    const { guide, steps, plan } = await room().view(server, {})
    const ids = steps.filter(({ state }) => state.kind === 'verified').map(({ id }) => id)
    return { sender: guide.values.sender, ids, all: steps.length, retry: plan?.endedAt === null }
  }
  refusal = null
  await tested(world.room({ clock }), world.exchange())
  const first = await ticked(FIRST)
  expect(first.ids).toHaveLength(first.all)
  // The same application, but not one test of this mail server.
  expect(await ticked(finance)).toEqual({ ...first, sender, ids: ['fillIn', 'save'] })

  refusal = SETTLES
  later(1)
  expect((await room().startRetry(by, finance, TO)).ok).toBe(true)
  expect((await room().startRetry(by, FIRST, TO)).ok).toBe(true)
  const before = await tries()
  await room().workRetry() // one tick of the clock for both
  expect(await tries()).toBe(before + 2)
  expect(await world.database.db.testRun.count({ where: { mailServerId: finance } })).toBe(1)
  expect(await room().cancelRetry(by, FIRST)).toMatchObject({ ok: true })
  expect((await ticked(FIRST)).retry).toBe(false)
  expect((await ticked(finance)).retry).toBe(true)
  const row = await world.database.db.auditEvent.findFirstOrThrow({ where: { action: 'set-up.retry-end' } })
  expect(row.subject).toBe(`mail-server:${FIRST}`)

  expect(await world.servers().remove(caller, finance)).toMatchObject({ ok: true })
  later(5)
  await room().workRetry()
  expect((await room().view(finance, {})).saved).toBeNull()
  expect(await world.database.db.propagationRetry.findFirstOrThrow({ where: { mailServerId: finance } })).toMatchObject(
    {
      outcome: 'replaced',
    },
  )
})
