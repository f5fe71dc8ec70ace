import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCredential } from '../credentials/credential.fixture'
import { freshDatabase, type TestDatabase } from '../db/test-db'
import { systemClock } from '../kernel/clock'
import { createVault } from '../vault'
import { calendarReads, calendarRoom } from './calendar'
import { caller, newKey } from './mail-server.fixture'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const room = () =>
  calendarRoom({
    environment: { baseUrl: new URL('https://console.contoso.example'), clouds: [] },
    credentials: { list: async () => [aCredential()] },
    db: database.db,
    clock: systemClock,
    vault: createVault([newKey('k1')], systemClock),
  })

test('S-01 A-04 a private calendar address is 256 bits, stored as a digest, and nothing near it opens it', async () => {
  const { db } = database
  const calendar = room()
  const { id, token } = await calendar.createFeed(caller, { name: 'Mail team', locale: 'en' })
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

test('N-06 guesses from one address end after sixty in a minute, those of another console counted too', async () => {
  const reads = [calendarReads(database.db), calendarReads(database.db)]
  const turns = await Promise.all(Array.from({ length: 80 }, (_, at) => reads[at % 2]?.take('203.0.113.7')))
  expect(turns.filter((turn) => turn?.ok)).toHaveLength(60)
  for (const turn of turns) if (turn && !turn.ok) expect(turn.waitMs).toBeLessThanOrEqual(60_000)
  expect((await reads[0]?.take('203.0.113.8'))?.ok).toBe(true)
})
