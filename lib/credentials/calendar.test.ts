import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCredential } from '../../tests/support/credential'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { caller } from '../../tests/support/mail-server'
import { systemClock } from '../kernel'
import { createCalendar } from './calendar'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const calendarAt = ({ host = 'console.contoso.example', list = [aCredential()], on = database } = {}) =>
  createCalendar({
    baseUrl: new URL(`https://${host}`),
    credentials: { expiring: async () => list, measured: async () => list },
    db: on.db,
    clock: systemClock,
  })

async function feedOf(calendar: ReturnType<typeof calendarAt>) {
  const feed = await calendar.createFeed(caller, { name: 'Mail team', locale: 'en' })
  if (!feed) throw new Error('no address')
  return feed
}

test('S-01 A-04 a private calendar address has 256 random bits, is stored as a digest, and no similar address works', async () => {
  const { db } = database
  const calendar = calendarAt()
  const { id, token } = await feedOf(calendar)
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(await calendar.readFeed(token)).toContain('BEGIN:VCALENDAR')
  const [row] = await db.calendarFeed.findMany()
  expect(JSON.stringify(row)).not.toContain(token)
  const other = token.startsWith('A') ? 'B' : 'A'
  for (const guess of [
    '',
    id,
    row?.tokenHash ?? '',
    token.slice(0, -1),
    `${token}=`,
    `${other}${token.slice(1)}`,
    token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase(),
    '%',
    "' OR 1=1 --",
    '../feed',
    'x'.repeat(100_000),
  ])
    expect(await calendar.readFeed(guess), guess.slice(0, 50)).toBeNull()
  expect(await calendar.revokeFeed(caller, id)).toBe(true)
  expect(await calendar.readFeed(token)).toBeNull()
})

test('A-04 a person has at most fifty addresses in use, and another one after one is revoked', async () => {
  const calendar = calendarAt()
  const person = {
    ...caller,
    actor: { kind: 'operator', id: 'many', email: 'many@contoso.example', role: 'admin' },
  } as const
  const wish = { name: 'Mail team', locale: 'en' } as const
  const feeds = await Promise.all(Array.from({ length: 60 }, () => calendar.createFeed(person, wish)))
  const stored = feeds.filter((feed) => feed !== null)
  expect(stored).toHaveLength(50)
  expect(await database.db.calendarFeed.count({ where: { createdBy: person.actor.email } })).toBe(50)
  expect(await calendar.createFeed(caller, wish)).not.toBeNull()
  expect(await calendar.revokeFeed(person, stored[0]?.id ?? '')).toBe(true)
  expect(await calendar.createFeed(person, wish)).not.toBeNull()
})

test('N-06 limits guesses from one address to sixty in a minute, over all consoles', async () => {
  const reads = [calendarAt().reads, calendarAt().reads]
  const turns = await Promise.all(Array.from({ length: 80 }, (_, at) => reads[at % 2]?.take('203.0.113.7')))
  expect(turns.filter((turn) => turn?.ok)).toHaveLength(60)
  for (const turn of turns) if (turn && !turn.ok) expect(turn.waitMs).toBeLessThanOrEqual(60_000)
  expect((await reads[0]?.take('203.0.113.8'))?.ok).toBe(true)
})

const uids = (text: string | null) =>
  (text ?? '')
    .replaceAll('\r\n ', '')
    .match(/^UID:.*$/gm)
    ?.map((line) => line.slice('UID:'.length)) ?? []
const ends = new Date('2099-05-01T00:00:00Z')

test('a feed omits replaced, removed and undated credentials; the file of a replaced one cancels its event', async () => {
  const current = aCredential({ expiresAt: ends })
  const at = new Date('2026-01-20T00:00:00Z')
  const gone = { slot: 'previous', replacedAt: at, expiresAt: ends } as const
  const replaced = aCredential({ id: '77777777-7777-4777-8777-777777777777', ...gone })
  const removed = aCredential({ id: '88888888-8888-4888-8888-888888888888', ...gone, removedAt: at })
  const undated = aCredential({ id: '99999999-9999-4999-8999-999999999999', expiryVersion: 2 })
  const calendar = calendarAt({ list: [current, replaced, removed, undated] })
  const { token } = await feedOf(calendar)
  const feed = await calendar.readFeed(token)
  expect(uids(feed)).toEqual([expect.stringContaining(current.id)])
  expect(feed).not.toContain('CANCELLED')
  expect(await calendar.file(replaced.id, 'en')).toContain('STATUS:CANCELLED')
  expect(await calendar.file(undated.id, 'en')).toBeNull()
})

test('an event keeps its UID when the console moves to another address, in a new console and in one that used its host in UIDs', async () => {
  const list = [aCredential({ expiresAt: ends })]
  const uidAt = async (host: string, on: TestDatabase) =>
    uids(await calendarAt({ host, list, on }).file(list[0]?.id ?? '', 'en'))
  const [fresh] = await uidAt('old.contoso.example', database)
  expect(fresh).toMatch(/@[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(await uidAt('new.contoso.example', database)).toEqual([fresh])

  // What the migration leaves in a database that has had credentials.
  await database.db.calendarNamespace.deleteMany()
  const both = await Promise.all([1, 2].map(() => uidAt('old.contoso.example', database)))
  expect(both.flat()).toEqual([1, 2].map(() => `credential-${list[0]?.id}@old.contoso.example`))
  expect(await uidAt('new.contoso.example', database)).toEqual(both[0])
})
