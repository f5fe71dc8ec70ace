import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { DAY_MS, newId, newOrderedId, systemClock } from '../../kernel'
import { clientNow, clientsNow } from './client-states'

const { database } = databaseOfEach()
const NOW = new Date('2026-11-27T12:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS)
const [TODAY, WEEK_AGO] = [daysAgo(0.5), daysAgo(8)]

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
    const key = {
      way: 'api-key',
      kind: 'printer',
      secretHash: id,
      secretAt: daysAgo(30),
      hint: 'abc',
      scopes: ['send'],
    }
    const rest = { senders: ['scanner@contoso.example'], createdBy: 'admin@contoso.example', createdAt: daysAgo(30) }
    await db.client.create({ data: { id, name, ...key, ...rest, ...facts } })
    if (sentAt) await db.message.create({ data: messageAt(sentAt, id) })
    const alert = { id: newId(), kind: 'client-silent', subject: `client:${id}`, details: {} }
    if (alertedAt) await db.alert.create({ data: { ...alert, openedAt: alertedAt, heldAt: alertedAt } })
    // An alert that is over says nothing, and these two are no clients of the list.
    await db.alert.create({ data: { ...alert, id: newId(), openedAt: NOW, heldAt: NOW, closedAt: NOW } })
    for (const gone of [{ removedAt: NOW }, { learningUntil: NOW }]) {
      const other = { ...key, id: newId(), secretHash: newId(), name: `not ${name}` }
      await db.client.create({ data: { ...other, ...rest, ...gone } })
    }
  }
  const deps = { db, clock: { ...systemClock, now: () => NOW } }
  const known = await clientsNow(deps, false)
  expect(new Map(known.map(({ name, state }) => [name, state]))).toEqual(
    new Map(CLIENTS.map(([name, , , , state]) => [name, state])),
  )
  expect(new Map(known.map(({ name, sentAt }) => [name, sentAt]))).toEqual(
    new Map(CLIENTS.map(([name, , sentAt]) => [name, sentAt])),
  )
  expect(known.filter(({ hasSentToday }) => hasSentToday)).toHaveLength(2)
  for (const each of known) expect(await clientNow(deps, each.id)).toEqual(each)
  expect((await clientsNow(deps, true)).map(({ texts }) => texts)).toContain('never seen\n\nscanner@contoso.example')
  expect(await clientNow(deps, newId())).toBeNull()
})
