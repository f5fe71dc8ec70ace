import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { caller, createWorld, saved, tested, type World } from '../../tests/support/mail-server'
import { listServers } from '../credentials/store/servers'
import { SERVERS_LOCK } from '../db/locks'
import type { MailServers } from './servers'

let world: World
let servers: MailServers
beforeEach(async () => {
  world = await createWorld()
  servers = world.servers()
})
afterEach(() => world.end())

/** The first one, saved, and a second with a name only. */
async function two(): Promise<{ first: string; second: string }> {
  await saved(world.mailServer(), world.smtpFields(), 0)
  const added = await servers.add(caller, 'Spare')
  if (!added.ok) throw new Error(added.error.kind)
  return { first: await servers.defaultId(), second: added.value.id }
}

const actions = async () =>
  (await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(
    ({ action, result, subject }) => `${action} ${result} ${subject}`,
  )

const namesNow = async () => (await servers.list()).map(({ name }) => name)

test.each([
  ['Exchange Online', () => world.exchange()],
  ['localhost', () => world.smtpFields()],
])('the first mail server is named %s until an administrator names it', async (name, fields) => {
  await saved(world.mailServer(), fields(), 0)
  expect(await namesNow()).toEqual([name])
})

test('a name that no administrator has chosen follows the settings, also back to an earlier revision', async () => {
  const server = world.mailServer()
  await saved(server, world.exchange(), 0)
  await saved(server, world.smtpFields(), 1)
  expect(await namesNow()).toEqual(['localhost'])
  expect(await server.restore(caller, { number: 1, version: 2 })).toMatchObject({ ok: true })
  expect(await namesNow()).toEqual(['Exchange Online'])
  const [{ id = '' } = {}] = await servers.list()
  expect((await servers.rename(caller, { id, from: 'Exchange Online', name: 'Office' })).ok).toBe(true)
  await saved(server, world.smtpFields(), 3)
  expect(await namesNow()).toEqual(['Office'])
})

test('a name that other mail servers have already gets a number, and follows the settings all the same', async () => {
  const server = world.mailServer()
  for (const name of ['exchange online', 'Exchange Online 2', 'LOCALHOST'])
    expect((await servers.add(caller, name)).ok).toBe(true)
  expect(await saved(server, world.exchange(), 0)).toMatchObject({ ok: true })
  const first = async () => (await namesNow())[0]
  expect(await first()).toBe('Exchange Online 3')
  await saved(server, world.smtpFields(), 1)
  expect(await first()).toBe('localhost 2')
  expect(await server.restore(caller, { number: 1, version: 2 })).toMatchObject({ ok: true })
  expect(await first()).toBe('Exchange Online 3')
  const id = await servers.defaultId()
  expect((await servers.rename(caller, { id, from: 'Exchange Online 3', name: 'Exchange Online 3b' })).ok).toBe(true)
  await saved(server, world.smtpFields(), 3)
  expect(await first(), 'a name that an administrator chose').toBe('Exchange Online 3b')
})

test('a save whose settings give a name that another mail server gets at that moment succeeds, with a number in the name', async () => {
  const { first, second } = await two()
  const { db } = world.database
  const waiting = () =>
    db.$executeRaw`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  const [saving] = await db.$transaction(async (tx) => {
    // As a rename does.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
    await tx.mailServer.update({ where: { id: second }, data: { name: 'Exchange Online' } })
    const saving = saved(servers.of(first), world.exchange(), 1)
    await expect.poll(waiting).toBe(1)
    return [saving]
  })
  expect(await saving).toMatchObject({ ok: true })
  expect(await namesNow()).toEqual(['Exchange Online 2', 'Exchange Online'])
})

describe('several mail servers', () => {
  test('each has its own settings, revisions, tests and credentials', async () => {
    const { first, second } = await two()
    const spare = servers.of(second)
    expect(await spare.view()).toMatchObject({ version: 0, state: 'off', unreadable: false, secret: { set: false } })
    await saved(spare, world.exchange({ senderAddress: 'spare@contoso.example' }), 0)
    await saved(spare, world.exchange({ senderAddress: 'other@contoso.example', clientSecretChange: 'keep' }), 1)
    const { finished } = await tested(servers.of(first), world.smtpFields({ passwordChange: 'keep' }))

    expect((await servers.of(first).revisions({ page: 1, size: 20 })).total).toBe(1)
    expect((await spare.revisions({ page: 1, size: 20 })).rows.map(({ settings }) => settings?.senderAddress)).toEqual([
      'other@contoso.example',
      'spare@contoso.example',
    ])
    expect((await servers.of(first).history({ page: 1, size: 20 })).total).toBe(1)
    expect((await spare.history({ page: 1, size: 20 })).total).toBe(0)
    expect(await spare.report(finished?.testId ?? '')).toMatchObject({ mailServerId: first })
    expect(await servers.of(first).state()).toBe('delivering')
    expect(await spare.state()).toBe('unverified')
    expect((await servers.list()).map(({ name, isDefault, version }) => [name, isDefault, version])).toEqual([
      ['localhost', true, 1],
      ['Spare', false, 2],
    ])
    const { db } = world.database
    expect(
      await db.credential.groupBy({ by: ['mailServerId'], _count: true, orderBy: { mailServerId: 'asc' } }),
    ).toEqual([first, second].sort().map((mailServerId) => ({ mailServerId, _count: 1 })))
    expect(await actions()).toContain(`mail-server.save done mail-server:${second}`)
  })

  test('a secret of one is never kept by another', async () => {
    const { second } = await two()
    const keptSecret = await saved(servers.of(second), world.smtpFields({ passwordChange: 'keep' }), 0)
    expect(keptSecret).toMatchObject({ ok: false, error: { kind: 'secret', fault: 'none' } })
  })

  test('what was tested before anything was saved stays in the first one’s history', async () => {
    await tested(world.mailServer(), world.smtpFields())
    expect((await world.mailServer().history({ page: 1, size: 20 })).total).toBe(1)
    const { second } = await two()
    expect((await world.mailServer().history({ page: 1, size: 20 })).total).toBe(1)
    expect((await servers.of(second).history({ page: 1, size: 20 })).total).toBe(0)
  })

  test('names tell them apart: none twice, none empty', async () => {
    const { second } = await two()
    expect(await servers.add(caller, ' spare ')).toMatchObject({ error: { validationError: { key: 'server.taken' } } })
    expect(await servers.add(caller, ' ')).toMatchObject({ error: { validationError: { key: 'server.name' } } })
    const renamed = await servers.rename(caller, { id: second, from: 'Spare', name: 'LOCALHOST' })
    expect(renamed).toMatchObject({ error: { validationError: { key: 'server.taken' } } })
    expect((await servers.rename(caller, { id: second, from: 'Spare', name: 'Branch' })).ok).toBe(true)
    expect(await namesNow()).toEqual(['localhost', 'Branch'])
  })

  test('R-12 the second of two people who rename a mail server at once reads the name that the first one chose', async () => {
    const { second } = await two()
    const names = ['Branch', 'Warehouse'] as const
    const rename = (name: string, from: string) => servers.rename(caller, { id: second, from, name })
    const answers = await Promise.all(names.map((name) => rename(name, 'Spare')))
    const won = answers.findIndex(({ ok }) => ok)
    const [first = '', other = ''] = won === 0 ? names : names.toReversed()
    expect(answers[1 - won]).toMatchObject({
      error: { validationError: { key: 'server.renamed', params: { name: first } } },
    })
    expect(await namesNow()).toEqual(['localhost', first])
    for (let time = 0; time < 2; time++) expect((await rename(other, first)).ok).toBe(true)
    const done = { action: 'mail-server.rename', result: 'done' }
    expect(await world.database.db.auditEvent.count({ where: done })).toBe(2)
  })

  test('R-12 the second of two people who choose a failover server learns that the first one has chosen', async () => {
    const { first, second } = await two()
    await saved(servers.of(second), world.smtpFields({ senderAddress: 'spare@contoso.example' }), 0)
    const choose = (from: string | null, failoverId: string | null) =>
      servers.setFailover(caller, { id: first, from, failoverId })
    for (let time = 0; time < 2; time++) expect((await choose(null, second)).ok).toBe(true)
    expect(await choose(null, null)).toEqual({ ok: false, error: { kind: 'failover-changed' } })
    expect((await servers.list())[0]?.failoverId).toBe(second)
    expect((await choose(second, null)).ok).toBe(true)
  })

  test('a failover server that has taken over delivers for another one only while its own secret can be opened', async () => {
    const { first, second } = await two()
    await saved(servers.of(second), world.smtpFields({ senderAddress: 'spare@contoso.example' }), 0)
    await servers.setFailover(caller, { id: first, from: null, failoverId: second })
    const { db } = world.database
    const paused = { pausedAt: new Date(), pausedBy: 'diagnosis', pauseCode: 'connection-lost', pauseIsOwn: true }
    await db.mailServer.update({ where: { id: first }, data: paused })
    expect(await servers.of(first).view()).toMatchObject({ state: 'failover', failover: 'Spare' })

    await db.$executeRaw`UPDATE "Credential" SET sealed = left(sealed, length(sealed) - 4) || 'AAAA' WHERE "mailServerId" = ${second}::uuid`
    expect(await servers.of(second).view()).toMatchObject({ failing: { kind: 'unreadable' } })
    expect(await servers.of(first).view()).toMatchObject({
      state: 'failing',
      failing: { kind: 'paused' },
      failover: null,
    })
  })

  test('exactly one is the default after concurrent changes', async () => {
    const { first, second } = await two()
    expect(await servers.makeDefault(caller, second)).toEqual({ ok: false, error: { kind: 'nothing-saved' } })
    await saved(servers.of(second), world.smtpFields({ senderAddress: 'spare@contoso.example' }), 0)
    const changed = await Promise.all([second, first, second].map((id) => servers.makeDefault(caller, id)))
    expect(changed.every(({ ok }) => ok)).toBe(true)
    const entries = () =>
      world.database.db.auditEvent.count({ where: { action: 'mail-server.make-default', result: 'done' } })
    await servers.makeDefault(caller, second)
    const before = await entries()
    expect(await servers.makeDefault(caller, second), 'again, because the answer was lost').toEqual({ ok: true })
    expect(await entries()).toBe(before)
    expect(await world.database.db.mailServer.count({ where: { isDefault: true } })).toBe(1)
    expect((await (await servers.default()).savedChange())?.settings.senderAddress).toBe('spare@contoso.example')
    expect((await servers.inUse(await servers.list())).map(({ id }) => id)).toEqual([second])
  })

  test('removing is refused while it is the default or mail waits for it, and says so; then its secrets are gone', async () => {
    const { first, second } = await two()
    await saved(servers.of(second), world.exchange(), 0)
    expect(await servers.remove(caller, first)).toEqual({ ok: false, error: { kind: 'used', by: 'default' } })
    const { db } = world.database
    const now = new Date()
    await db.message.create({
      data: {
        id: '01990000-0000-7000-8000-000000000001',
        mailServerId: second,
        source: 'reminder',
        subject: 's',
        messageId: '<x@contoso.example>',
        sizeBytes: 1,
        needsUtf8: false,
        acceptedAt: now,
        dueAt: now,
        expiresAt: now,
        state: 'held',
      },
    })
    expect(await servers.remove(caller, second)).toEqual({ ok: false, error: { kind: 'used', by: 'mail', count: 1 } })
    await db.message.updateMany({ data: { state: 'cancelled' } })
    for (let time = 0; time < 2; time++) expect((await servers.remove(caller, second)).ok).toBe(true)
    expect(
      (await actions()).filter((action) => action === `mail-server.remove done mail-server:${second}`),
    ).toHaveLength(1)

    expect(await db.credential.count({ where: { mailServerId: second, NOT: { sealed: null } } })).toBe(0)
    expect((await servers.list()).map(({ id }) => id)).toEqual([first])
    expect((await listServers({ db, clouds: [world.cloud] })).map(({ id }) => id)).toEqual([first])
    expect(await saved(servers.of(second), world.exchange(), 1)).toMatchObject({
      ok: false,
      error: { kind: 'removed' },
    })
    expect([await servers.of(first).isRemoved(), await servers.of(second).isRemoved()]).toEqual([false, true])
    expect((await servers.add(caller, 'Spare')).ok).toBe(true)
    expect(await actions()).toEqual(
      expect.arrayContaining([
        `mail-server.remove refused mail-server:${first}`,
        `mail-server.remove done mail-server:${second}`,
      ]),
    )
  })
})
