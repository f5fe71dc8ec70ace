import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { DAY_MS, newId, newOrderedId, systemClock } from '../../kernel'
import { type ClientFilter, clientNow, clientsNow } from './client-states'

const database = databaseOfEach()
const NOW = new Date('2026-11-27T12:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS)
const [TODAY, WEEK_AGO] = [daysAgo(0.5), daysAgo(8)]

const ALL: ClientFilter = { state: null, way: null, kind: null, text: '' }
const KEY = { way: 'api-key', kind: 'printer', secretAt: daysAgo(30), hint: 'abc', scopes: ['send'] }
const REST = { senders: ['scanner@contoso.example'], createdBy: 'admin@contoso.example', createdAt: daysAgo(30) }

const messageAt = (at: Date, clientId: string) => ({
  ...{ id: newOrderedId(at), mailServerId: newId(), state: 'delivered', source: 'smtp', clientId, subject: 's' },
  ...{ messageId: '<1@contoso.example>', sizeBytes: 1, needsUtf8: false, acceptedAt: at, dueAt: at, expiresAt: NOW },
})

/** What is stored of a client, when its newest message was accepted, when an alert about it was opened, and the state that follows. */
const CLIENTS = [
  ['never seen', {}, null, null, 'unused'],
  ['seen today', { lastSeenAt: TODAY }, TODAY, null, 'active'],
  ['that only sent', {}, daysAgo(6), null, 'active'],
  ['seen 8 days ago', { lastSeenAt: WEEK_AGO }, WEEK_AGO, null, 'silent'],
  ['refused after its newest message', { lastSeenAt: TODAY, lastErrorAt: daysAgo(1) }, daysAgo(2), null, 'refused'],
  ['refused before its newest message', { lastSeenAt: TODAY, lastErrorAt: daysAgo(2) }, daysAgo(1), null, 'active'],
  ['refused 8 days ago', { lastSeenAt: WEEK_AGO, lastErrorAt: WEEK_AGO }, null, null, 'silent'],
  ['an expired key', { lastSeenAt: TODAY, expiresAt: daysAgo(1), lastErrorAt: TODAY }, daysAgo(2), TODAY, 'over'],
  ['disabled after a refusal', { disabledAt: TODAY, lastErrorAt: TODAY }, null, TODAY, 'disabled'],
  ['with an alert, seen today', { lastSeenAt: TODAY }, daysAgo(2), daysAgo(1), 'stopped'],
  ['with an alert, not seen', { lastSeenAt: daysAgo(9) }, daysAgo(2), daysAgo(1), 'stopped'],
  ['with an alert, never stored a message', {}, null, daysAgo(1), 'stopped'],
  ['that has sent since its alert', { lastSeenAt: TODAY }, TODAY, daysAgo(1), 'active'],
  ['refused, with an alert', { lastErrorAt: daysAgo(1) }, daysAgo(2), TODAY, 'refused'],
] as const

test('the state of a client follows from when it was seen and refused, from its newest message and from its alert', async () => {
  const { db } = database
  for (const [name, facts, sentAt, alertedAt] of CLIENTS) {
    const id = newId()
    await db.client.create({ data: { id, name, ...KEY, ...REST, secretHash: id, ...facts } })
    if (sentAt) await db.message.create({ data: messageAt(sentAt, id) })
    const alert = { id: newId(), kind: 'client-silent', subject: `client:${id}`, details: {} }
    if (alertedAt) await db.alert.create({ data: { ...alert, openedAt: alertedAt, heldAt: alertedAt } })
    // An alert that is over says nothing, and these two are no clients of the list.
    await db.alert.create({ data: { ...alert, id: newId(), openedAt: NOW, heldAt: NOW, closedAt: NOW } })
    for (const gone of [{ removedAt: NOW }, { learningUntil: NOW }]) {
      const other = { id: newId(), secretHash: newId(), name: `not ${name}` }
      await db.client.create({ data: { ...KEY, ...REST, ...other, ...gone } })
    }
  }
  const deps = { db, clock: { ...systemClock, now: () => NOW } }
  const { rows, total, inState } = await clientsNow(deps, ALL, { page: 1, size: 100 })
  const nameOf = new Map((await db.client.findMany()).map(({ id, name }) => [id, name]))
  expect(new Map(rows.map(({ id, state, sentAt }) => [nameOf.get(id), { state, sentAt }]))).toEqual(
    new Map(CLIENTS.map(([name, , sentAt, , state]) => [name, { state, sentAt }])),
  )
  expect(total).toBe(CLIENTS.length)
  expect(inState(null)).toMatchObject({ count: total, matching: total, sentToday: 2, names: [] })
  const names = ['refused after its newest message', 'refused, with an alert']
  expect(inState('refused')).toMatchObject({ count: 2, matching: 2, sentToday: 0, names })
  for (const each of rows) expect(await clientNow(deps, each.id)).toEqual(each)
  expect(await clientNow(deps, newId())).toBeNull()
})

test('the clients that a filter selects are read page by page in the order of their names, those that were refused first, and all are counted', async () => {
  const { db } = database
  const deps = { db, clock: { ...systemClock, now: () => NOW } }
  expect((await clientsNow(deps, ALL, { page: 1, size: 2 })).inState(null)).toMatchObject({ count: 0, names: [] })
  const add = (name: string, kind: string, facts: { place?: string; lastErrorAt?: Date } = {}) =>
    db.client.create({ data: { ...KEY, ...REST, id: newId(), secretHash: newId(), name, kind, ...facts } })
  await add('Übersee 10', 'printer')
  await add('übersee 9', 'printer', { place: '50 % Lager' })
  await add('Zebra', 'script', { lastErrorAt: TODAY })
  await add('apple', 'printer')
  const nameOf = new Map((await db.client.findMany()).map(({ id, name }) => [id, name]))
  const namesOn = async (page: number, filter: Partial<ClientFilter> = {}) =>
    (await clientsNow(deps, { ...ALL, ...filter }, { page, size: 2 })).rows.map(({ id }) => nameOf.get(id))
  expect([await namesOn(1), await namesOn(2), await namesOn(3)]).toEqual([
    ['Zebra', 'apple'],
    ['übersee 9', 'Übersee 10'],
    [],
  ])
  expect(await namesOn(1, { text: 'üBERSEE' })).toEqual(['übersee 9', 'Übersee 10'])
  expect(await namesOn(1, { text: '50 %' })).toEqual(['übersee 9'])
  expect(await namesOn(1, { text: 'SCANNER@', state: 'refused' })).toEqual(['Zebra'])
  expect(await namesOn(1, { kind: 'script', way: 'api-key' })).toEqual(['Zebra'])
  expect(await namesOn(1, { way: 'login' })).toEqual([])
  const { inState, total } = await clientsNow(deps, { ...ALL, kind: 'printer', state: 'unused' }, { page: 1, size: 2 })
  expect(total).toBe(3)
  expect(inState('refused')).toMatchObject({ count: 1, matching: 0, sentToday: 0, names: ['Zebra'] })
  expect(inState('unused')).toMatchObject({ count: 3, names: ['apple', 'übersee 9', 'Übersee 10'] })
})
