import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { submissionWorld } from '../../../tests/support/submission'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { refusal } from '../refusal'
import { SessionRecorder } from '../smtp/session-record'
import { noteSightings } from './clients'
import { insertSessions } from './sessions'

const database = databaseOfEach()

test('clients are listed by name, with “Printer 2” before “Printer 10”', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  const names = ['Printer 10', 'scanner', 'Printer 2', 'Archive']
  for (const name of names) await it.client({ name })
  const stored = (await it.submission.clients.list()).map(({ name }) => name)
  expect(stored.filter((name) => names.includes(name))).toEqual(['Archive', 'Printer 2', 'Printer 10', 'scanner'])
})

test('of more clients than a list of choices has, it gets one more than those and the one that is wanted', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  await database.db.client.updateMany({ data: { removedAt: new Date(), login: null, secretHash: null } })
  const { id } = await it.client({ name: 'Überwachung' })
  const ids = []
  for (let at = 1; at <= 55; at += 1) ids.push((await it.client({ name: `Choice ${at}` })).id)
  const choices = it.submission.clients.namesToChoose
  expect((await choices('')).size).toBe(51)
  for (const wanted of [id, ids.at(-1) ?? '']) expect((await choices(wanted)).has(wanted)).toBe(true)
  expect((await choices(id)).size).toBeLessThanOrEqual(52)
  expect([...(await choices('überwachung'))].at(-1)).toEqual([id, 'Überwachung'])
})

test('of many clients those are read for learning mode that have networks, or were last seen at an address', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  await database.db.client.updateMany({ data: { removedAt: new Date(), login: null, secretHash: null } })
  const [there] = [await it.client({ name: 'Seen' }), await it.client({ name: 'Elsewhere' })]
  await it.client({ name: 'Bound', networks: '192.0.2.0/24' })
  await database.db.client.update({ where: { id: there.id }, data: { lastAddress: '198.51.100.7' } })
  const names = (await it.submission.clients.seenAt(['198.51.100.7'])).map(({ name }) => name)
  expect(names).toEqual(['Seen', 'Bound'])
})

test('a client is disabled, enabled and removed once, and then has no digest of its secret', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  const { id } = await it.client()
  const { disable, enable, remove } = it.submission.clients
  for (const change of [disable, enable, remove])
    expect([await change(caller, id), await change(caller, id)]).toEqual([true, false])
  expect(await database.db.client.findUnique({ where: { id } })).toMatchObject({ login: null, secretHash: null })
})

test('the client of a user name is known in any case, also at a device that was rejected with it, until the client is removed', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  const { id, login } = await it.client()
  const { idOfLogin, remove } = it.submission.clients
  const known = () => Promise.all([login, login.toUpperCase(), 'Copier', ''].map(idOfLogin))
  const rejected = ['192.0.2.77', '192.0.2.78'].map((address, at) => {
    const session = new SessionRecorder(new Date(), 'starttls', address, () => 0)
    session.login = at === 0 ? login.toUpperCase() : 'Copier'
    session.note('login', session.login, refusal('login-wrong'))
    return session.end()
  })
  await insertSessions(database.db, rejected)
  const atDevices = async () => {
    const devices = await it.submission.sessions.refusedDevices()
    return rejected.map(({ address }) => devices.find((each) => each.address === address)?.clientOfLogin)
  }
  expect(await known()).toEqual([id, id, null, null])
  expect(await atDevices()).toEqual([id, null])
  await remove(caller, id)
  expect(await known()).toEqual([null, null, null, null])
  expect(await atDevices()).toEqual([null, null])
})

test('R-15 a sighting that is written late does not replace a newer one', async () => {
  const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
  const { id } = await it.client()
  const [earlier, later] = [new Date('2026-11-29T12:00:00Z'), new Date('2026-11-29T12:01:00Z')]
  const sighting = (at: Date, address: string, code: string) => ({ id, at, address, error: { code, at } })
  await noteSightings(database.db, [sighting(later, '192.0.2.7', 'wrong-secret')])
  await noteSightings(database.db, [sighting(earlier, '192.0.2.8', 'tls-not-begun')])
  expect(await it.submission.clients.read(id)).toMatchObject({
    lastSeenAt: later,
    lastAddress: '192.0.2.7',
    lastErrorAt: later,
    lastError: 'wrong-secret',
  })
})
