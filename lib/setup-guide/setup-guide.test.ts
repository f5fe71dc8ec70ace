import { afterEach, beforeEach, expect, test } from 'vitest'
import { caller, createWorld, saved, tested, type World } from '../../tests/support/mail-server'
import { FIRST_MAIL_SERVER_ID as FIRST } from '../db/default-mail-server'
import { type Clock, MINUTE_MS } from '../kernel'
import { createSetupGuide } from '.'

const TO = 'anna@fabrikam.example'

let world: World
let nowMs: number
/** The server's reply to AUTH. Null if it accepts the login. */
let refusal: string | null
const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => performance.now() }
const later = (minutes: number) => {
  nowMs += minutes * MINUTE_MS
}
const REJECTION = '535 5.7.3 Authentication unsuccessful'

beforeEach(async () => {
  nowMs = Date.now()
  refusal = REJECTION
  world = await createWorld({ script: { act: (line) => (/^AUTH /i.test(line) ? refusal : null) } })
  const { db } = world.database
  await db.operator.create({ data: { id: 'op-1', name: 'A', email: 'admin@contoso.example', role: 'admin' } })
  await saved(world.mailServer(), world.exchange(), 0)
})
afterEach(() => world.end())

const guide = () =>
  createSetupGuide({
    clouds: [world.cloud],
    clock,
    db: world.database.db,
    mailServers: { of: (id) => world.mailServer({ id, clock }) },
  })
const plan = () => world.database.db.propagationRetry.findFirstOrThrow({ orderBy: { startedAt: 'desc' } })
const testCount = () => world.database.db.testRun.count()

test('it tests every 5 minutes until a test is accepted, each an ordinary test of the person who started it', async () => {
  expect(await guide().startRetry(caller, FIRST, TO)).toMatchObject({ ok: true })
  await guide().runDueRetries()
  expect(await testCount()).toBe(1)
  later(4)
  await guide().runDueRetries()
  expect(await testCount()).toBe(1)
  later(1)
  refusal = null
  await guide().runDueRetries()
  expect(await testCount()).toBe(2)
  const ended = await plan()
  expect(ended).toMatchObject({ outcome: 'accepted' })
  later(5)
  await guide().runDueRetries()
  expect(await testCount()).toBe(2)

  const rows = await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })
  expect(rows.map(({ action, actorName, requestId }) => [action, actorName, requestId === ended.id])).toEqual([
    ['mail-server.save', 'admin@contoso.example', false],
    ['set-up.retry-start', 'admin@contoso.example', false],
    ['mail-server.test', 'admin@contoso.example', true],
    ['mail-server.test', 'admin@contoso.example', true],
    ['set-up.retry-end', 'worker', true],
  ])
  expect((await guide().view(FIRST, {})).plan).toMatchObject({ outcome: 'accepted', lastTestId: expect.any(String) })
})

test('one of ten concurrent starts succeeds, and one of ten workers tests', async () => {
  const started = await Promise.all(Array.from({ length: 10 }, () => guide().startRetry(caller, FIRST, TO)))
  expect(started.filter(({ ok }) => ok)).toHaveLength(1)
  expect(started.find(({ ok }) => !ok)).toEqual({ ok: false, error: 'already-running' })
  await Promise.all(Array.from({ length: 10 }, () => guide().runDueRetries()))
  expect(await testCount()).toBe(1)
})

test('it ends after 2 hours', async () => {
  await guide().startRetry(caller, FIRST, TO)
  later(116)
  await guide().runDueRetries()
  expect(await plan()).toMatchObject({ outcome: 'over' })
  later(10)
  await guide().runDueRetries()
  expect(await testCount()).toBe(1)
})

test('a failure that waiting cannot fix, another save, and a disabled account end it', async () => {
  refusal = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled'
  await guide().startRetry(caller, FIRST, TO)
  await guide().runDueRetries()
  expect(await plan()).toMatchObject({ outcome: 'failed' })

  refusal = REJECTION
  later(1)
  await guide().startRetry(caller, FIRST, TO)
  await saved(world.mailServer(), world.exchange({ senderName: 'Other' }), 1)
  await guide().runDueRetries()
  expect(await plan()).toMatchObject({ outcome: 'replaced' })

  later(1)
  await guide().startRetry(caller, FIRST, TO)
  await world.database.db.operator.update({ where: { id: 'op-1' }, data: { disabledAt: new Date() } })
  await guide().runDueRetries()
  expect(await plan()).toMatchObject({ outcome: 'cancelled' })
  expect(await testCount()).toBe(1)
})

test('the result of an ended plan disappears once a newer test has run', async () => {
  refusal = null
  await guide().startRetry(caller, FIRST, TO)
  await guide().runDueRetries()
  expect((await guide().view(FIRST, {})).plan).toMatchObject({ outcome: 'accepted' })
  later(1)
  refusal = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled'
  await tested(world.mailServer({ clock }), world.exchange())
  const view = await guide().view(FIRST, {})
  expect(view.plan).toBeNull()
  expect(view.steps.find(({ id }) => id === 'test')?.state.kind).toBe('rejected')
})

test('it can be cancelled once, with an audit entry', async () => {
  await guide().startRetry(caller, FIRST, TO)
  expect(await guide().cancelRetry(caller, FIRST)).toEqual({ ok: true, value: undefined })
  expect(await guide().cancelRetry(caller, FIRST)).toEqual({ ok: false, error: 'not-running' })
  await guide().runDueRetries()
  expect(await testCount()).toBe(0)
  expect(await world.database.db.auditEvent.count({ where: { action: 'set-up.retry-end' } })).toBe(1)
})

test('it waits while the test limit is used up', async () => {
  const { db } = world.database
  await guide().startRetry(caller, FIRST, TO)
  for (let count = 0; count < 6; count++) {
    await db.propagationRetry.updateMany({ data: { nextAt: new Date(nowMs) } })
    await guide().runDueRetries()
  }
  expect(await testCount()).toBe(5) // a minute's worth
  expect((await plan()).nextAt.getTime()).toBeGreaterThan(nowMs)
  expect(await plan()).toMatchObject({ outcome: null, endedAt: null })
})

test('it does not start without saved Exchange Online settings', async () => {
  await saved(world.mailServer(), world.smtpFields(), 1)
  expect(await guide().startRetry(caller, FIRST, TO)).toEqual({ ok: false, error: 'nothing-saved' })
})

test('the guide has the saved values, and tests verify its steps', async () => {
  refusal = null
  await guide().startRetry(caller, FIRST, TO)
  await guide().runDueRetries()
  const view = await guide().view(FIRST, {})
  expect(view.guide).toMatchObject({
    values: { sender: 'noreply@contoso.example' },
    objectIdFromToken: true,
    typed: false,
  })
  expect(new Set(view.steps.map(({ state }) => state.kind))).toEqual(new Set(['verified']))
})

test('the guide of another mail server shows the settings, steps and retries of that server', async () => {
  const added = await world.servers().add(caller, 'Finance')
  if (!added.ok) throw new Error(added.error.kind)
  const finance = added.value.id
  const sender = 'finance@contoso.example'
  await saved(world.mailServer({ id: finance }), world.exchange({ senderAddress: sender }), 0)
  const summary = async (server: string) => {
    const {
      guide: { values },
      steps,
      plan,
    } = await guide().view(server, {})
    const ids = steps.filter(({ state }) => state.kind === 'verified').map(({ id }) => id)
    return { sender: values.sender, ids, all: steps.length, retry: plan?.endedAt === null }
  }
  refusal = null
  await tested(world.mailServer({ clock }), world.exchange())
  const first = await summary(FIRST)
  expect(first.ids).toHaveLength(first.all)
  // It has the same application, but another mailbox, its own credential, and no test yet.
  const application = ['register', 'permission', 'consent', 'objectId', 'servicePrincipal']
  expect(await summary(finance)).toEqual({ ...first, sender, ids: [...application, 'fillIn', 'save'] })

  refusal = REJECTION
  later(1)
  expect((await guide().startRetry(caller, finance, TO)).ok).toBe(true)
  expect((await guide().startRetry(caller, FIRST, TO)).ok).toBe(true)
  const before = await testCount()
  await guide().runDueRetries() // one run for both
  expect(await testCount()).toBe(before + 2)
  expect(await world.database.db.testRun.count({ where: { mailServerId: finance } })).toBe(1)
  expect(await guide().cancelRetry(caller, FIRST)).toMatchObject({ ok: true })
  expect((await summary(FIRST)).retry).toBe(false)
  expect((await summary(finance)).retry).toBe(true)
  const row = await world.database.db.auditEvent.findFirstOrThrow({ where: { action: 'set-up.retry-end' } })
  expect(row.subject).toBe(`mail-server:${FIRST}`)

  expect(await world.servers().remove(caller, finance)).toMatchObject({ ok: true })
  later(5)
  await guide().runDueRetries()
  expect((await guide().view(finance, {})).saved).toBeNull()
  expect(await world.database.db.propagationRetry.findFirstOrThrow({ where: { mailServerId: finance } })).toMatchObject(
    {
      outcome: 'replaced',
    },
  )
})

test('what another mail server showed of the same application is confirmed before the first save, with its Object ID and its name', async () => {
  const added = await world.servers().add(caller, 'Finance')
  if (!added.ok) throw new Error(added.error.kind)
  const { tenantId: tenant, clientId, cloud } = (await guide().view(FIRST, {})).saved ?? {}
  if (!tenant || !clientId || !cloud) throw new Error('The first mail server has an application')
  const read = (client: string) => guide().view(added.value.id, { cloud, tenant, client })
  const confirmed = ({ steps }: Awaited<ReturnType<typeof read>>) =>
    steps.filter(({ state }) => state.kind === 'verified')
  refusal = null
  expect(confirmed(await read(clientId))).toEqual([])
  await tested(world.mailServer({ clock }), world.exchange())
  const steps = confirmed(await read(clientId))
  expect(steps.map(({ id }) => id)).toEqual(['register', 'permission', 'consent', 'objectId', 'servicePrincipal'])
  const { name } = await world.database.db.mailServer.findUniqueOrThrow({ where: { id: FIRST } })
  for (const { state } of steps) expect(state).toMatchObject({ by: { server: name } })
  expect((await read(clientId)).guide.objectIdFromToken).toBe(true)
  expect(confirmed(await read('0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0'))).toEqual([])

  // Whatever the cause of its failure is, nothing is confirmed by it, and nothing is called failed here.
  refusal = REJECTION
  later(1)
  await tested(world.mailServer({ clock }), world.exchange())
  const after = await read(clientId)
  expect(after.steps.find(({ id }) => id === 'servicePrincipal')?.state).toEqual({ kind: 'open' })
  expect(confirmed(after).map(({ id }) => id)).toEqual(['register', 'permission', 'consent', 'objectId'])
})
